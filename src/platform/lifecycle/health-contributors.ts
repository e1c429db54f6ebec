import { Injectable } from '@nestjs/common';
/**
 * How a part of the house is, for the health page. `well: false` shows as degraded and makes
 * nothing unready.
 */
export interface HealthContribution {
  readonly name: string;
  readonly healthy: boolean;
  readonly details: Readonly<Record<string, unknown>>;
}

/**
 * What parts of the house have to say on the health page. It is open to everybody: no tenants, no
 * ids.
 */
@Injectable()
export class HealthContributors {
  private readonly writers: (() => HealthContribution)[] = [];

  /** @param write answers at once: it is asked with every probe */
  add(write: () => HealthContribution): void {
    this.writers.push(write);
  }

  all(): HealthContribution[] {
    return this.writers.map((write) => write());
  }
}
