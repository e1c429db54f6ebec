import { randomItem } from './random-item.js';

/** A process under test in the view of readers and writers. */
export interface Service {
  readonly name: string;
  readonly port: number;
  /** Whether the process accepts requests. */
  readonly up: boolean;
}

/** Returns a random process that is up. `undefined` means that no process is up. */
export function randomRunningService(services: readonly Service[]): Service | undefined {
  const up = services.filter((service) => service.up);
  return up.length === 0 ? undefined : randomItem(up);
}
