/**
 * Appends records to Kafka one after the other at a steady rate, as an invalidation does. The
 * output is a line of JSON with the durations of the acknowledgements.
 *
 * Arguments: address, records per second, seconds.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Producer, stringSerializers } from '@platformatic/kafka';
import { quantile } from './support/numbers.ts';

export interface AckFigures {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const [address = '', perS, seconds] = process.argv.slice(2);
const producer = new Producer({
  clientId: 'bench',
  bootstrapBrokers: [address],
  serializers: stringSerializers,
  acks: -1,
  idempotent: false,
});
const took: number[] = [];
const value = JSON.stringify({ type: 'of the benchmark', text: 'x'.repeat(300) });
const everyMs = 1000 / Number(perS);
const startedAtMs = performance.now();
for (let sent = 0; sent < Number(perS) * Number(seconds); sent++) {
  const dueInMs = startedAtMs + sent * everyMs - performance.now();
  if (dueInMs > 0) await delay(dueInMs);
  const sentAtMs = performance.now();
  await producer.send({ messages: [{ topic: 'customer.updated', key: `bench:${sent}`, value }] });
  took.push(performance.now() - sentAtMs);
}
await producer.close();
const figures: AckFigures = { p50Ms: quantile(took, 0.5), p99Ms: quantile(took, 0.99) };
console.log(JSON.stringify(figures));
