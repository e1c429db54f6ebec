import { afterEach, describe, expect, it } from '@jest/globals';
import { startDatadip, type DatadipOptions, type DatadipProcess } from '../support/datadip-process.js';
import { get } from '../support/http.js';

const entry = 'test/support.spec/fixtures/stand-in.js';
const started: DatadipProcess[] = [];

afterEach(async () => {
  for (const datadip of started.splice(0)) await datadip.kill();
});

async function start(options: DatadipOptions = {}): Promise<DatadipProcess> {
  const datadip = await startDatadip({ entry, ...options });
  started.push(datadip);
  return datadip;
}

describe('the product as a process', () => {
  it('is there when it is ready, with its port and its log lines', async () => {
    const datadip = await start();

    expect((await get(`${datadip.url}/health/ready`)).status).toBe(200);
    expect(datadip.logs[0]).toEqual({ msg: 'a line for people' });
    expect(datadip.logs).toContainEqual({ msg: 'listening on a port', port: datadip.port });
  });

  it('can be had as soon as it listens', async () => {
    const datadip = await start({ waitFor: 'listening' });

    expect((await get(`${datadip.url}/health/ready`)).status).toBe(503);
  });

  it('gets the file, the arguments and the environment it is given, and nothing else of ours', async () => {
    const { logs } = await start({ yaml: 'systems: {}', env: { REGION: 'eu' }, args: ['--once'] });
    const told = logs.find(({ msg }) => msg === 'started with');

    expect(told).toMatchObject({ config: 'systems: {}', args: ['--once'] });
    const given = (told?.env as string[]).filter((name) => name !== 'PWD');
    expect(given.toSorted()).toEqual(['DATADIP_CONFIG', 'HOME', 'HOST', 'PATH', 'PORT', 'REGION', 'WARM_UP']);
  });

  it('shows its output when it ends early', async () => {
    await expect(start({ env: { REFUSES: '1' } })).rejects.toThrow(/KEY_SECRET is missing/);
  });

  it('tells how it ended to whoever waits for that', async () => {
    const datadip = await start({ env: { REFUSES: '1' }, waitFor: 'exit' });

    expect(await datadip.exited).toEqual({ code: 78, signal: null });
    expect(datadip.output).toBe('KEY_SECRET is missing');
  });

  it('ends on SIGTERM, and is killed when it does not', async () => {
    const willing = await start({ waitFor: 'listening' });
    const deaf = await start({ waitFor: 'listening', env: { DEAF: '1' } });

    expect(await willing.stop()).toEqual({ code: null, signal: 'SIGTERM' });
    expect(await deaf.stop(200)).toEqual({ code: null, signal: 'SIGKILL' });
  });
});
