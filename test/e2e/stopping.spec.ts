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
