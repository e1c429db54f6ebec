import type { LogPartition } from '../event-log.js';

/** The name of a partition as a key of maps: `<topic>:<partition>`. */
export function partitionKey({ topic, partition }: LogPartition): string {
  return `${topic}:${partition}`;
}
