import { Injectable } from '@nestjs/common';

/**
 * The state of one part of Datadip for the health page. `healthy: false` shows the part as
 * degraded. The process stays ready.
 */
export interface HealthContribution {
  readonly name: string;
  readonly healthy: boolean;
  readonly details: Readonly<Record<string, unknown>>;
}

/**
 * Collects the states that features report on the health page. The page needs no credentials, so no
 * contribution may hold an id of a caller, an agent or a customer. Names of the configuration are
 * allowed, such as `crm@20002`, the own system of a tenant.
 */
@Injectable()
export class HealthContributors {
  private readonly contributors: (() => HealthContribution)[] = [];

  /** @param contribute returns at once, because every health probe calls it */
  add(contribute: () => HealthContribution): void {
    this.contributors.push(contribute);
  }

  all(): HealthContribution[] {
    return this.contributors.map((contribute) => contribute());
  }
}
