import { anyOf } from './any-of.js';

/** One process of what is tested, as those who ask and tell it see it. */
export interface Service {
  readonly name: string;
  readonly port: number;
  /** Whether it can be asked at all. */
  readonly up: boolean;
}

/** Any one that can be asked; absent while none can. */
export function anyUp(services: readonly Service[]): Service | undefined {
  const up = services.filter((service) => service.up);
  return up.length === 0 ? undefined : anyOf(up);
}
