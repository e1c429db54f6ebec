import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { connect } from 'node:net';
import { ADA_ANSWER, declaration } from '../support/declaration.js';
import { startDatadip, type DatadipProcess } from '../support/datadip-process.js';
import { eventually } from '../support/eventually.js';
import { get, post, type HttpAnswer } from '../support/http.js';
import { startOrigin, type ScriptedOrigin } from '../support/origin.js';
import { aboutAda } from './stage.js';

const ENDED_WELL = { code: 0, signal: null };
/** Less than the 10 s that requests in flight have to finish. */
const AT_ONCE_MS = 8000;

let origin: ScriptedOrigin;
let datadip: DatadipProcess;
beforeAll(async () => {
  origin = await startOrigin();
});
beforeEach(async () => {
  origin.answer(aboutAda);
  const yaml = declaration(origin.url, { system: { timeoutMs: 60_000 } });
  datadip = await startDatadip({ yaml, env: { DEADLINE_MS: '20000' } });
});
afterEach(() => datadip.kill());
afterAll(() => origin.stop());

const ask = (ani: string): Promise<HttpAnswer> => post(`${datadip.url}/lookup/customer`, { ani });

/** Sends SIGTERM and resolves when the process is no longer ready. */
async function terminate(): Promise<void> {
  datadip.signal('SIGTERM');
  await eventually(async () => expect((await get(`${datadip.url}/health/ready`)).status).toBe(503));
}

describe('a process that receives SIGTERM', () => {
  it('ends with code 0 on SIGTERM', async () => {
    expect((await ask('15550001')).json).toMatchObject(ADA_ANSWER);

    expect(await datadip.stop(AT_ONCE_MS)).toEqual(ENDED_WELL);
  });

  it('finishes requests in flight after SIGTERM and refuses new requests', async () => {
    const hold = origin.hold();
    const inFlight = [ask('15550001'), ask('15550001'), ask('15550002')];
    await hold.arrived(2);
    await terminate();
    const late = await ask('15550003');
    const alive = await get(`${datadip.url}/health/live`);
    hold.open();

    expect(late.status).toBe(503);
    expect(late.headers['retry-after']).toMatch(/^[1-9]\d*$/);
    expect(late.json).toMatchObject({ status: 503, code: 'stopping' });
    expect(alive.status).toBe(200);
    for (const { status, json } of await Promise.all(inFlight)) {
      expect(status).toBe(200);
      expect(json).toMatchObject({ ...ADA_ANSWER, source: 'origin' });
    }
    expect(await datadip.exited).toEqual(ENDED_WELL);
  });

  it('does not wait for idle connections on SIGTERM', async () => {
    const idle = connect(Number(datadip.port), '127.0.0.1');
    idle.on('error', () => undefined);
    const closed = once(idle, 'close');
    await once(idle, 'connect');

    expect(await datadip.stop(AT_ONCE_MS)).toEqual(ENDED_WELL);
    await closed;
  });

  it('does not open the inspector of Node on SIGUSR1 in production', async () => {
    const callers = { architect: { apiKeys: ['architect-key-1'], tenants: ['10001'], scopes: ['lookup'] } };
    const env = { NODE_ENV: 'production', KEY_SECRET: 'a-secret-of-thirty-two-characters' };
    const production = await startDatadip({ yaml: declaration(origin.url, { callers }), env });
    production.signal('SIGUSR1');
    expect((await get(`${production.url}/health/ready`)).status).toBe(200);
    expect(await production.stop()).toEqual(ENDED_WELL);
    expect(production.output).not.toContain('Debugger');
  });

  it('still finishes requests in flight after a second SIGTERM', async () => {
    const hold = origin.hold();
    const inFlight = ask('15550001');
    await hold.arrived(1);
    await terminate();
    datadip.signal('SIGTERM');
    expect((await ask('15550002')).status).toBe(503);
    hold.open();

    expect((await inFlight).json).toMatchObject(ADA_ANSWER);
    expect(await datadip.exited).toEqual(ENDED_WELL);
  });

  it('ends 10 s after SIGTERM even if requests are still open', async () => {
    const hold = origin.hold();
    const cutOff = expect(ask('15550001')).rejects.toThrow();
    await hold.arrived(1);

    expect(await datadip.stop()).toEqual(ENDED_WELL);
    await cutOff;
    hold.open();
  });
});

describe('a process with a drain delay that receives SIGTERM', () => {
  const LONG_DELAY = { DRAIN_DELAY_MS: '60000' };
  let draining: DatadipProcess;
  beforeEach(async () => {
    draining = await startDatadip({ yaml: declaration(origin.url), env: LONG_DELAY });
  });
  afterEach(() => draining.kill());

  const lookup = (ani: string): Promise<HttpAnswer> => post(`${draining.url}/lookup/customer`, { ani });
  const notReady = () =>
    eventually(async () => {
      expect(await get(`${draining.url}/health/ready`)).toMatchObject({ status: 503 });
    });

  it('is not ready at once, and still answers lookups, each with a request to close the connection', async () => {
    draining.signal('SIGTERM');
    await notReady();
    const answer = await lookup('15550001');

    expect(answer).toMatchObject({ status: 200, headers: { connection: 'close' }, json: ADA_ANSWER });
    expect((await get(`${draining.url}/health/live`)).status).toBe(200);
  });

  it('ends the delay on a second signal, and ends with code 0', async () => {
    draining.signal('SIGTERM');
    await notReady();
    draining.signal('SIGTERM');

    expect(await draining.exited).toEqual(ENDED_WELL);
  });

  it('refuses new requests after the delay', async () => {
    const brief = await startDatadip({ yaml: declaration(origin.url), env: { DRAIN_DELAY_MS: '300' } });
    const hold = origin.hold();
    const inFlight = post(`${brief.url}/lookup/customer`, { ani: '15550001' });
    await hold.arrived(1);
    brief.signal('SIGTERM');
    const late = await eventually(async () => {
      const answer = await get(`${brief.url}/health`);
      expect(answer.status).toBe(200);
      const refused = await post(`${brief.url}/lookup/customer`, {});
      expect(refused).toMatchObject({ status: 503, json: { code: 'stopping' } });
      return refused;
    });
    hold.open();

    expect(late.headers['retry-after']).toMatch(/^[1-9]\d*$/);
    expect((await inFlight).json).toMatchObject(ADA_ANSWER);
    expect(await brief.exited).toEqual(ENDED_WELL);
  });
});
