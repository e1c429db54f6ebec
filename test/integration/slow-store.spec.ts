import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../support/app.js';
import { ADA, declaration } from '../support/declaration.js';
import { startOrigin, type ScriptedOrigin } from '../support/origin.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { ask, report, warmUp } from './parts/crowd.js';
import { KEY_SECRET } from './parts/entries.js';
import { listenForNoise } from './parts/noise.js';

const DEADLINE_MS = 300;
/** The longest that may be configured, and longer than anybody waits. */
const REDIS_TIMEOUT_MS = 1000;

let redis: TestRedis;
let origin: ScriptedOrigin;
let app: TestApp;

beforeEach(async () => {
  redis = await startRedis();
  origin = await startOrigin(() => ({ results: [ADA] }));
  const env = { KEY_SECRET, DEADLINE_MS: `${DEADLINE_MS}`, REDIS_TIMEOUT_MS: `${REDIS_TIMEOUT_MS}` };
  app = await startApp(declaration(origin.url), { REDIS_URL: redis.url, ...env });
  await warmUp(app.url);
});
afterEach(async () => {
  redis.resume();
  await app.stop();
  await origin.stop();
  await redis.stop();
});

it('costs no caller more than the deadline, though a command may take longer', async () => {
  await redis.pause();
  const noise = listenForNoise();
  const answers = [await ask(app.url, '15550017'), await ask(app.url, '15550018')];

  const longestMs = Math.max(...answers.map(({ elapsedMs }) => elapsedMs));
  report('a silent store, ms', { longest: longestMs });
  for (const { status } of answers) expect(status).toBe(200);
  expect(longestMs).toBeLessThan(DEADLINE_MS + noise.allowanceMs());
});
