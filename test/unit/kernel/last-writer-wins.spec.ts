import { describe, expect, it } from '@jest/globals';
import { mergeRegisters, newestRegister, timeDigits, type MergeOptions } from '../../../src/kernel/last-writer-wins.js';

const NOW_MS = 1_700_000_000_000;
const EVENT: MergeOptions = { nowMs: NOW_MS, latestMs: NOW_MS + 1000, current: false, stale: false };
const write = (atMs: number, rank: string, payload = '') => ({ name: 'x' as const, atMs, rank, payload });
const register = (atMs: number, rank: string): string => timeDigits(atMs) + rank;

describe('mergeRegisters', () => {
  it('keeps the newer write and, at the same time, the greater rank, in any order', () => {
    const writes = [write(5, '0'), write(7, '1'), write(7, '0')];
    for (const order of [writes, writes.toReversed()])
      expect(mergeRegisters({}, order, EVENT).registers).toEqual({ x: register(7, '1') });
  });

  it('replaces a time that is too far ahead by its own time', () => {
    const merged = mergeRegisters({}, [write(NOW_MS + 1001, '0')], EVENT);
    expect(merged).toMatchObject({ registers: { x: register(NOW_MS, '0') }, clamped: true });
    expect(mergeRegisters({}, [write(NOW_MS + 1000, '0')], EVENT)).toMatchObject({ clamped: false });
  });

  it('confirms a register of the same rank by an older current reading', () => {
    const merged = mergeRegisters({ x: register(7, '1') }, [write(5, '1')], { ...EVENT, current: true });
    expect(merged).toMatchObject({ registers: { x: register(7, '1') }, applied: false, refreshed: true });
  });

  it('keeps a register that an older current reading contradicts, unless the register is stale', () => {
    const stored = { x: register(7, '1') };
    const kept = mergeRegisters(stored, [write(5, '0')], { ...EVENT, current: true });
    expect(kept).toMatchObject({ registers: stored, applied: false, refreshed: false });
    const replaced = mergeRegisters(stored, [write(5, '0')], { ...EVENT, current: true, stale: true });
    expect(replaced).toMatchObject({ registers: { x: register(8, '0') }, applied: true, refreshed: true });
  });
});

describe('newestRegister', () => {
  it('returns the empty string if no register is set', () => {
    expect(newestRegister({})).toBe('');
    expect(newestRegister({ a: register(1, '1'), b: register(2, '0') })).toBe(register(2, '0'));
  });
});
