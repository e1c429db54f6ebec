import type { LogPartition, LogRecord, RecordToAppend } from '../../../../src/messaging/log/event-log.js';

interface Stored {
  readonly record: LogRecord;
  readonly atMs: number;
}

/** The log of the model, in true time. Partitions may be added, and old records deleted. */
export class ModelLog {
  private readonly parts: { readonly at: LogPartition; first: number; readonly stored: Stored[] }[] = [];

  constructor(customerPartitions: number) {
    this.add({ topic: 'agent.status.change', partition: 0 });
    for (let partition = 0; partition < customerPartitions; partition += 1) this.addPartition();
  }

  get partitions(): readonly LogPartition[] {
    return this.parts.map(({ at }) => at);
  }

  addPartition(): void {
    const partition = this.parts.filter(({ at }) => at.topic === 'customer.updated').length;
    this.add({ topic: 'customer.updated', partition });
  }

  append({ topic, key, value, partition }: RecordToAppend, atMs: number): void {
    const ofTopic = this.parts.filter(({ at }) => at.topic === topic);
    const part = ofTopic[partition ?? key.length % ofTopic.length];
    if (part === undefined) throw new RangeError('no such partition');
    const offset = BigInt(part.first + part.stored.length);
    part.stored.push({ record: { ...part.at, offset, key, value }, atMs });
  }

  read(index: number, from: number, count: number): readonly LogRecord[] {
    const { first, stored } = this.part(index);
    return stored.slice(from - first, from - first + count).map(({ record }) => record);
  }

  first(index: number): number {
    return this.part(index).first;
  }

  next(index: number): number {
    const { first, stored } = this.part(index);
    return first + stored.length;
  }

  offsetAt(index: number, ms: number): number {
    const { first, stored } = this.part(index);
    const at = stored.findIndex(({ atMs }) => atMs >= ms);
    return first + (at < 0 ? stored.length : at);
  }

  trim(index: number, count: number): void {
    const part = this.part(index);
    part.first += part.stored.splice(0, count).length;
  }

  private add(at: LogPartition): void {
    this.parts.push({ at, first: 0, stored: [] });
  }

  private part(index: number): (typeof this.parts)[number] {
    const part = this.parts[index];
    if (part === undefined) throw new RangeError(`no partition ${index}`);
    return part;
  }
}
