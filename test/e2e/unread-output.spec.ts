import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { bounded } from '../support/bounded.js';
import { eventually } from '../support/eventually.js';
import { get } from '../support/http.js';
import { OwnedProcess } from '../support/owned-process.js';

const ROOT = resolve(import.meta.dirname, '../..');
/** More than a pipe and a socket hold between them, in lines of some 350 bytes. */
const REQUESTS = 1500;
const AT_A_TIME = 25;
const LONG_ID = 'x'.repeat(128);
/** A second for the last lines, and time to end. */
const ENDS_WITHIN_MS = 20_000;

let scratch: string;
let datadip: OwnedProcess;
let said = '';

beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'datadip-unread-'));
  const { PATH = '', HOME = '' } = process.env;
  const env = { PATH, HOME, PORT: '0', HOST: '127.0.0.1' };
  datadip = new OwnedProcess(process.execPath, ['dist/main.js'], { scratch, cwd: ROOT, env, output: 'pipe' });
  for (const output of datadip.outputs) output.on('data', (piece: Buffer) => (said += piece.toString()));
});
afterEach(async () => {
  for (const output of datadip.outputs) output.resume();
  await datadip.kill();
  await rm(scratch, { recursive: true });
});

const stopReading = (): void => datadip.outputs.forEach((output) => void output.pause());

describe('a process whose output nobody reads', () => {
  it('answers as ever, and ends with code 0 when it is told to', async () => {
    const port = await eventually(
      () => /"port":(\d+).*"msg":"ready"/s.exec(said)?.[1] ?? Promise.reject(new Error(said)),
      { withinMs: 45_000 },
    );
    stopReading();
    for (let asked = 0; asked < REQUESTS; asked += AT_A_TIME) {
      const asking = Array.from({ length: AT_A_TIME }, () =>
        get(`http://127.0.0.1:${port}/health`, { 'x-request-id': LONG_ID }),
      );
      for (const { status } of await Promise.all(asking)) expect(status).toBe(200);
    }

    datadip.signal('SIGTERM');
    await eventually(() => expect(datadip.running).toBe(false), { withinMs: ENDS_WITHIN_MS });
    for (const output of datadip.outputs) output.resume();
    expect(await bounded(datadip.exited, ENDS_WITHIN_MS, 'the end of its output')).toEqual({ code: 0, signal: null });
  }, 180_000);
});
