import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { ask, sendAll, customersTo, warm } from './support/ask.ts';
import type { Bench } from './support/bench.ts';
import { metrics, startDatadip, type Datadip } from './support/datadip.ts';
import { freePort } from './support/free-port.ts';
import { collectGarbage } from './support/garbage.ts';
import { NEAR_TTL_MS } from './support/near-window.ts';
import { fixed, megabytes, whole } from './support/numbers.ts';
import { startOrigin } from './support/origin.ts';
import { startRedis, type BenchRedis } from './support/redis.ts';
import { table } from './support/table.ts';

/** All customers of the sandbox. */
const ENTRIES = 100_000;
/**
 * Requested repeatedly before the measurement, so that the code is compiled and the pools are
 * filled.
 */
const KNOWN = 1000;
/** Brings the declared part of an answer to about 300 bytes. */
const FIELDS = {
  email: { type: 'string', from: 'email', default: '' },
  phone: { type: 'string', from: 'phone', default: '' },
  greeting: {
    type: 'string',
    from: '"Welcome back, " & firstName & ". We are glad that you call us again, one moment please."',
    default: '',
  },
};
/**
 * The defaults, 100,000 entries and 64 MiB, would just hold the copies. The measurement must not
 * depend on these limits.
 */
const ROOMY = { NEAR_MAX_ENTRIES: '200000', NEAR_MAX_BYTES: String(256 * 1024 * 1024) };
const SAMPLES = 10;
const BETWEEN_SAMPLES_MS = 1000;

/** The minimum of each figure over some seconds without requests. */
interface Memory {
  readonly rss: number;
  readonly heap: number;
  /** Includes array buffers. */
  readonly external: number;
}

/**
 * Measures the memory of 100,000 near copies. The process has only read them from Redis, so the
 * figures contain nothing of their load from the origin.
 */
export const memory: Bench = async (stage) => {
  const redis = await startRedis(stage);
  const origin = await startOrigin(stage);
  const settings = { originUrl: origin.url, redisUrl: redis.url, fields: FIELDS, cache: { nearTtlMs: NEAR_TTL_MS } };
  console.log('  loading Redis through another process');
  const loader = await startDatadip(stage, { ...settings, name: 'loader' });
  await warm(loader.url, ENTRIES);
  await loader.actor.stop();

  const port = await freePort();
  const datadip = await startDatadip(stage, {
    ...settings,
    env: ROOMY,
    nodeArgs: [`--inspect-port=127.0.0.1:${port}`],
  });
  await sendAll(customersTo(ENTRIES), (n) => ask(datadip.url, (n % KNOWN) + 1));
  const idle = await measured(datadip, port);
  const answers = await warm(datadip.url, ENTRIES);
  const near = await stillNear(redis, datadip);
  const full = await measured(datadip, port);
  const bytes = answers.reduce((sum, { body }) => sum + body.indexOf(',"source":') + 1, 0) / ENTRIES;
  const what = `${whole(ENTRIES)} near copies, declared part ${whole(bytes)} bytes on average, ${near}.`;
  return [what, memoryTable('collected', idle, full), memoryTable('asFound', idle, full)].join('\n\n');
};

interface Measured {
  readonly asFound: Memory;
  readonly collected: Memory;
}

async function measured(datadip: Datadip, inspectPort: number): Promise<Measured> {
  const asFound = await leastMemory(datadip);
  await collectGarbage(datadip.actor.pid, inspectPort);
  return { asFound, collected: await leastMemory(datadip) };
}

async function leastMemory(datadip: Datadip): Promise<Memory> {
  const samples: Memory[] = [];
  while (samples.length < SAMPLES) {
    await delay(BETWEEN_SAMPLES_MS);
    samples.push(await memoryOf(datadip));
  }
  const least = (figure: keyof Memory): number => Math.min(...samples.map((sample) => sample[figure]));
  return { rss: least('rss'), heap: least('heap'), external: least('external') };
}

async function memoryOf(datadip: Datadip): Promise<Memory> {
  const status = await readFile(`/proc/${datadip.actor.pid}/status`, 'utf8');
  const rss = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
  const figures = await metrics(datadip, ['nodejs_heap_size_used_bytes', 'nodejs_external_memory_bytes']);
  const [heap = Number.NaN, external = Number.NaN] = figures;
  return { rss, heap, external };
}

/** Counts the answers of a sample that needed no read from Redis. */
async function stillNear(redis: BenchRedis, { url }: Datadip): Promise<string> {
  const sample = 1000;
  const before = await redis.calls('evalsha');
  for (let n = 1; n <= sample; n++) await ask(url, n * (ENTRIES / sample));
  const asked = (await redis.calls('evalsha')) - before;
  return `${whole(sample - asked)} of a sample of ${whole(sample)} answered without Redis`;
}

function memoryTable(when: keyof Measured, idle: Measured, full: Measured): string {
  const row = (name: string, figure: keyof Memory): string[] => {
    const [before, after] = [idle[when][figure], full[when][figure]];
    return [
      name,
      megabytes(before),
      megabytes(after),
      megabytes(after - before),
      whole((after - before) / (ENTRIES - KNOWN)),
    ];
  };
  const state = when === 'collected' ? 'after a garbage collection' : 'as V8 left it';
  const head = [
    `least of ${fixed((SAMPLES * BETWEEN_SAMPLES_MS) / 1000, 0)} s, ${state}`,
    'idle',
    'full',
    'more',
    'bytes per copy',
  ];
  return table([head, row('RSS', 'rss'), row('heap used', 'heap'), row('external, array buffers', 'external')]);
}
