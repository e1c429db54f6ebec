import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newHandles, countHandles } from '../support/open-handles.js';
import { childJest, resultOf } from './child-jest.js';

describe('newHandles', () => {
  const before = countHandles(['PipeWrap', 'Timeout', 'FSReqCallback']);

  it('returns the additional handles by kind', () => {
    const now = countHandles(['TCPSocketWrap', 'PipeWrap', 'TCPSocketWrap', 'Timeout', 'ProcessWrap']);

    expect(newHandles(before, now)).toEqual(['TCP sockets: 2', 'child processes: 1']);
  });

  it('returns nothing for fewer handles, or for handles that keep no process running', () => {
    expect(newHandles(before, countHandles(['PipeWrap', 'FSReqCallback', 'FSReqCallback']))).toEqual([]);
  });
});

describe('the leak alarm', () => {
  let scratch: string;

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'datadip-alarm-'));
    await childJest(['leaving', 'tidy'], scratch).exited;
  }, 180_000);

  afterAll(() => rm(scratch, { recursive: true, force: true }));

  it('fails a file that leaves handles open, and names them', async () => {
    const result = await resultOf('leaving', scratch);

    expect(result).toMatchObject({ status: 'failed', message: expect.stringContaining('TCP servers: 1, timers: 1') });
  });

  it('passes a file that closes all handles in its last hook', async () => {
    expect(await resultOf('tidy', scratch)).toMatchObject({ status: 'passed', message: '' });
  });
});
