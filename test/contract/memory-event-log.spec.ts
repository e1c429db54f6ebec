import { describe, expect, it } from '@jest/globals';
import { LogUnavailable, type EventLog } from '../../src/messaging/log/event-log.js';
import { MemoryEventLog } from '../../src/messaging/log/memory-event-log.js';
import { MemoryLog } from '../../src/messaging/log/memory-log.js';
import { eventually } from '../support/eventually.js';
import { LogListener } from '../support/log-listener.js';
import { eventLogContract } from './event-log.contract.js';

eventLogContract('in memory', () => {
  const log = new MemoryLog();
  const opened: EventLog[] = [];
  return Promise.resolve({
    open: (region) => {
      const process = new MemoryEventLog(log, region);
      opened.push(process);
      return process;
    },
    forgetPositions: (region) => {
      log.forgetPositions(region);
      return Promise.resolve();
    },
    close: async () => {
      await Promise.all(opened.map((process) => process.close()));
    },
  });
});

describe('the log in memory', () => {
  const at = { topic: 'customer.updated', partition: 0 } as const;

  it('neither appends nor reads while it is cut off, and misses nothing after it is healed', async () => {
    const log = new MemoryLog();
    const us = new MemoryEventLog(log, 'us');
    const eu = new LogListener(new MemoryEventLog(log, 'eu'));
    eu.start();
    await us.append([{ ...at, key: 'k', value: '1' }]);
    await eventually(() => expect(eu.valuesOf('k')).toEqual(['1']));
    (eu.log as MemoryEventLog).cut();
    await us.append([{ ...at, key: 'k', value: '2' }]);
    await expect(eu.log.append([{ ...at, key: 'k', value: '3' }], 1)).rejects.toBeInstanceOf(LogUnavailable);
    expect(eu.log.status().state).toBe('away');
    (eu.log as MemoryEventLog).heal();

    await eventually(() => expect(eu.valuesOf('k')).toEqual(['1', '2']));
    await Promise.all([us.close(), eu.log.close()]);
  });

  it('reports records that were deleted before they were read', async () => {
    const log = new MemoryLog();
    const eu = new LogListener(new MemoryEventLog(log, 'eu'));
    eu.start();
    await eventually(() => expect(log.group('eu').positions.size).toBe(6));
    (eu.log as MemoryEventLog).cut();
    log.append(
      ['1', '2'].map((value) => ({ ...at, key: 'k', value })),
      0,
    );
    log.deleteBefore(at, 1n);
    (eu.log as MemoryEventLog).heal();

    await eventually(() => expect(eu.valuesOf('k')).toEqual(['2']));
    expect(eu.gaps).toEqual([{ at, reason: 'out_of_range' }]);
    await eu.log.close();
  });
});
