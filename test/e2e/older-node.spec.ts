import { afterEach, expect, it } from '@jest/globals';
import { startDatadip, type DatadipProcess } from '../support/datadip-process.js';
import { declaration } from '../support/declaration.js';
import { post } from '../support/http.js';
import { startOrigin, type ScriptedOrigin } from '../support/origin.js';
import { aboutAda } from './stage.js';

/**
 * Removes functions that Node 24 has, and older versions do not: Node 22 lacks
 * `process.threadCpuUsage`.
 */
const OLDER_NODE = 'delete Promise.withResolvers; delete process.threadCpuUsage;';

let origin: ScriptedOrigin | undefined;
let datadip: DatadipProcess | undefined;
afterEach(async () => {
  await datadip?.stop();
  await origin?.stop();
});

it('answers a lookup from dist/main.js on a Node without withResolvers and threadCpuUsage', async () => {
  origin = await startOrigin(aboutAda);
  const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(OLDER_NODE)}`;
  datadip = await startDatadip({ yaml: declaration(origin.url), env: { NODE_OPTIONS } });

  const { json } = await post(`${datadip.url}/lookup/customer`, { ani: '15550017' });
  expect(json).toMatchObject({ contactFound: true, source: 'origin', error: '' });
});
