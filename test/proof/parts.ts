import type { Crm } from './crm.js';
import { DatadipService } from './datadip-service.js';

/** The processes under test, and what surrounds them. */
export interface ProofStage {
  readonly crm: Crm;
  /** Readers read from these processes, and writers notify them. */
  readonly busy: readonly DatadipService[];
  /** Writers notify this process now and then, but no reader reads from it. */
  readonly quiet: DatadipService;
  stop(): Promise<void>;
}

export interface Stoppable {
  stop(): Promise<void>;
}

/** Waits for a resource, and stops it at the end of the stage. */
export type StopLater = <T extends Stoppable>(opening: Promise<T>) => Promise<T>;

/** Opens the parts of a stage. `stop` stops them in reverse, also if a part does not open. */
export async function openParts<Parts>(build: (stopLater: StopLater) => Promise<Parts>): Promise<Parts & Stoppable> {
  const opened: Stoppable[] = [];
  const stop = async (): Promise<void> => {
    for (const resource of opened.toReversed()) await resource.stop();
  };
  const stopLater: StopLater = async (opening) => {
    const resource = await opening;
    opened.push(resource);
    return resource;
  };
  try {
    return { ...(await build(stopLater)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * Starts three processes. The last one is the quiet one.
 *
 * @param redisUrls `REDIS_URL` of each process, by its name
 */
export async function startServices(
  stopLater: StopLater,
  yaml: string,
  redisUrls: Readonly<Record<string, string>>,
): Promise<{ readonly busy: readonly DatadipService[]; readonly quiet: DatadipService }> {
  const starting = Object.entries(redisUrls).map(([name, redisUrl]) =>
    stopLater(DatadipService.start({ name, yaml, redisUrl })),
  );
  // If one process fails to start, `stop` must find the others started.
  await Promise.allSettled(starting);
  const services = await Promise.all(starting);
  const quiet = services.pop();
  if (quiet === undefined) throw new Error('a stage needs a process');
  return { busy: services, quiet };
}
