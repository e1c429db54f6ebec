import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { bounded } from '../support/bounded.js';
import { eventually } from '../support/eventually.js';
import { get } from '../support/http.js';
import { OwnedProcess } from '../support/owned-process.js';

const ROOT = resolve(import.meta.dirname, '../..');
/** More requests than a pipe and a socket can buffer, with log lines of about 350 bytes. */
const REQUESTS = 1500;
const BATCH = 25;
const LONG_ID = 'x'.repeat(128);
/** The process has a second for its last log lines, and time to end. */
const ENDS_WITHIN_MS = 20_000;

let scratch: string;
let datadip: OwnedProcess;
let written = '';

beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'datadip-unread-'));
  const { PATH = '', HOME = '' } = process.env;
  const env = { PATH, HOME, NODE_ENV: 'development', PORT: '0', HOST: '127.0.0.1' };
  datadip = new OwnedProcess(process.execPath, ['dist/main.js'], { scratch, cwd: ROOT, env, output: 'pipe' });
  for (const output of datadip.outputs) output.on('data', (piece: Buffer) => (written += piece.toString()));
});
afterEach(async () => {
  for (const output of datadip.outputs) output.resume();
  await datadip.kill();
  await rm(scratch, { recursive: true });
});

const stopReading = (): void => datadip.outputs.forEach((output) => void output.pause());

describe('a process with unread output', () => {
  it('answers requests and ends with code 0 on SIGTERM while its output is not read', async () => {
    const port = await eventually(
      () => /"port":(\d+).*"msg":"ready"/s.exec(written)?.[1] ?? Promise.reject(new Error(written)),
      { withinMs: 45_000 },
    );
    stopReading();
    for (let sent = 0; sent < REQUESTS; sent += BATCH) {
      const requests = Array.from({ length: BATCH }, () =>
        get(`http://127.0.0.1:${port}/health`, { 'x-request-id': LONG_ID }),
      );
      for (const { status } of await Promise.all(requests)) expect(status).toBe(200);
    }

    datadip.signal('SIGTERM');
    await eventually(() => expect(datadip.running).toBe(false), { withinMs: ENDS_WITHIN_MS });
    for (const output of datadip.outputs) output.resume();
    expect(await bounded(datadip.exited, ENDS_WITHIN_MS, 'the end of its output')).toEqual({ code: 0, signal: null });
  }, 180_000);
});
