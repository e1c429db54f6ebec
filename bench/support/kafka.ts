import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BENCH } from './places.ts';
import { LOAD_CORE, type Stage } from './stage.ts';

/** The first start on a machine downloads Kafka. */
const STARTS_WITHIN_MS = 5 * 60_000;

/** Starts Kafka with the topics of the regions, and returns its address. */
export async function startKafka(stage: Stage, partitions = 12): Promise<string> {
  const args = ['--experimental-transform-types', '--disable-warning=ExperimentalWarning'];
  const actor = stage.start({
    name: 'kafka',
    core: LOAD_CORE,
    command: process.execPath,
    args: [...args, join(BENCH, 'kafka-broker.ts'), `${partitions}`],
  });
  let address = '';
  await stage.until(
    actor,
    async () => {
      ({ address } = JSON.parse(await readFile(actor.outputFile, 'utf8')) as { readonly address: string });
    },
    STARTS_WITHIN_MS,
  );
  return address;
}
