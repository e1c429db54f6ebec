import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { leftOpen, openHandles } from '../support/open-handles.js';
import { childJest, verdictOn } from './child-jest.js';

describe('what is left open', () => {
  const before = openHandles(['PipeWrap', 'Timeout', 'FSReqCallback']);

  it('is what there is more of than before, by kind', () => {
    const now = openHandles(['TCPSocketWrap', 'PipeWrap', 'TCPSocketWrap', 'Timeout', 'ProcessWrap']);

    expect(leftOpen(before, now)).toEqual(['TCP sockets: 2', 'child processes: 1']);
  });

  it('is nothing when there is less, or only more of what holds no process', () => {
    expect(leftOpen(before, openHandles(['PipeWrap', 'FSReqCallback', 'FSReqCallback']))).toEqual([]);
  });
});

describe('the leak alarm', () => {
  let scratch: string;

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'datadip-alarm-'));
    await childJest(['leaving', 'tidy'], scratch).exited;
  }, 180_000);

  afterAll(() => rm(scratch, { recursive: true, force: true }));

  it('fails a file that leaves something, and says what', async () => {
    const verdict = await verdictOn('leaving', scratch);

    expect(verdict).toMatchObject({ status: 'failed', message: expect.stringContaining('TCP servers: 1, timers: 1') });
  });

  it('is silent about a file that ends everything in its last hook', async () => {
    expect(await verdictOn('tidy', scratch)).toMatchObject({ status: 'passed', message: '' });
  });
});
