import { describe, expect, it } from '@jest/globals';
import {
  intactUntilMs,
  judgeHistory,
  NO_WITNESS,
  parseHistoryRecord,
  type HistoryRecord,
  type Marker,
  type Witness,
} from '../../../src/platform/redis/history/internal/history-record.js';

const BEFORE = 'run-1:repl-1';
const NOW = 'run-2:repl-2';
const CHECKED_MS = 10_000;
const OWN: Witness = { process: 'own', historyId: BEFORE, acknowledged: 7, acknowledgedAtMs: 9000 };
const NEWCOMER: Witness = { process: 'own', historyId: undefined, acknowledged: 0, acknowledgedAtMs: 0 };

function record(markers: Record<string, Partial<Marker>>, agreedId: string | undefined = BEFORE): HistoryRecord {
  const stored = Object.entries(markers).map(
    ([process, marker]) => [process, { count: 7, atMs: 9000, historyId: BEFORE, ...marker }] as const,
  );
  return { nowMs: 11_000, agreedId, lostMs: 0, floorMs: 0, markers: new Map(stored) };
}

const judge = (stored: HistoryRecord, witness = OWN) => judgeHistory(stored, NOW, CHECKED_MS, witness);

describe('the judgement of a process that was running before', () => {
  it('is that data is lost if its last acknowledged marker is missing or older', () => {
    expect(judge(record({}))).toBe('lost');
    expect(judge(record({ own: { count: 6 } }))).toBe('lost');
  });

  it('is that the data is complete if its marker is there and no other process was running', () => {
    expect(judge(record({ own: {} }))).toBe('complete');
    expect(judge(record({ own: { count: 9 }, gone: { atMs: 6999 } }))).toBe('complete');
  });

  it('is doubtful until every other running process has written a marker since', () => {
    expect(judge(record({ own: {}, other: {} }))).toBe('doubtful');
    expect(judge(record({ own: {}, other: { atMs: CHECKED_MS + 1 }, third: {} }))).toBe('doubtful');
    expect(judge(record({ own: {}, other: { atMs: CHECKED_MS + 1 }, third: { historyId: NOW } }))).toBe('complete');
  });

  it('follows the other processes once they agree', () => {
    expect(judge(record({ own: {}, other: {} }, NOW))).toBe('complete');
    expect(judge(record({}, NOW))).toBe('lost');
  });
});

describe('the judgement of a process that has just started', () => {
  it('believes an empty server, and a history on which the others agree', () => {
    expect(judge({ ...record({}), agreedId: undefined }, NEWCOMER)).toBe('complete');
    expect(judge(record({ other: {} }, NOW), NEWCOMER)).toBe('complete');
  });

  it('believes a changed server if all processes that were running have written a marker since', () => {
    expect(judge(record({ gone: { atMs: 7000 }, third: { atMs: CHECKED_MS + 1 } }), NEWCOMER)).toBe('complete');
    expect(judge(record({ other: { atMs: 9000 }, third: { atMs: 9500 } }), NEWCOMER)).toBe('doubtful');
  });

  it('does not believe other processes that have just started', () => {
    expect(judge(record({ other: { historyId: NO_WITNESS, atMs: CHECKED_MS + 1 } }), NEWCOMER)).toBe('doubtful');
    expect(judge(record({ own: {}, other: { historyId: NO_WITNESS, atMs: CHECKED_MS + 1 } }))).toBe('complete');
  });
});

describe('the time until which a changed server is intact', () => {
  const intact = (stored: HistoryRecord, witness = OWN): number => intactUntilMs(stored, NOW, witness);

  it('is that of the own last marker if the server has it', () => {
    expect(intact(record({ own: { atMs: 9000 }, other: { atMs: 9500 } }))).toBe(9000);
  });

  it('is that of the newest marker before the own last one if the server lacks that', () => {
    const older = { own: { count: 6, atMs: 8600 }, other: { atMs: 8800 } };
    expect(intact(record(older))).toBe(8800);
    expect(intact(record({ ...older, other: { atMs: 8100 } }))).toBe(8600);
    // Sent before the change, and written after it.
    expect(intact(record({ ...older, held: { atMs: 10_500 } }))).toBe(8800);
  });

  it('counts no marker of the present history, and none of a process that has just started', () => {
    const later = { other: { atMs: 8000 }, third: { atMs: 8500, historyId: NOW } };
    expect(intact(record({ ...later, fourth: { atMs: 8600, historyId: NO_WITNESS } }))).toBe(8000);
  });

  it('is unknown in an empty server, and to a process that has just started', () => {
    expect(intact(record({}))).toBe(0);
    expect(intact(record({ other: { atMs: 9000 } }), NEWCOMER)).toBe(0);
  });
});

describe('parseHistoryRecord', () => {
  it('reads an empty record, and ignores markers of another form', () => {
    expect(parseHistoryRecord([5, []])).toMatchObject({ nowMs: 5, agreedId: undefined, lostMs: 0, floorMs: 0 });
    const { markers, lostMs } = parseHistoryRecord([5, ['m:a', '3 4 h', 'm:b', 'odd', 'lost', '9', 'floor', 'odd']]);
    expect([...markers]).toEqual([['a', { count: 3, atMs: 4, historyId: 'h' }]]);
    expect(lostMs).toBe(9);
  });
});
