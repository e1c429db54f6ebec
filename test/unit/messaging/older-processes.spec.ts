import { beforeEach, describe, expect, it } from '@jest/globals';
import { OlderProcesses } from '../../../src/messaging/internal/older-processes.js';
import { ManualClock } from '../../support/manual-clock.js';

describe('OlderProcesses', () => {
  let clock: ManualClock;
  let older: OlderProcesses;
  beforeEach(() => {
    clock = new ManualClock();
    older = new OlderProcesses(clock);
  });

  it('assumes an older process until this process has listened for three seconds', () => {
    expect(older.mayExist()).toBe(true);
    older.listens();
    clock.advance(2999);
    older.listens();
    expect(older.mayExist()).toBe(true);
    clock.advance(1);
    expect(older.mayExist()).toBe(false);
  });

  it('assumes an older process again after messages were lost', () => {
    older.listens();
    clock.advance(3000);
    older.lost();
    expect(older.mayExist()).toBe(true);
    older.listens();
    clock.advance(3000);
    expect(older.mayExist()).toBe(false);
  });

  it('remembers an older process for ten minutes after its last message', () => {
    older.listens();
    clock.advance(3000);
    older.heard();
    clock.advance(599_999);
    expect(older.mayExist()).toBe(true);
    clock.advance(1);
    expect(older.mayExist()).toBe(false);
  });
});
