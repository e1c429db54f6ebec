import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { SystemConfig } from '../../config/config.js';
import { SYSTEMS } from '../../config/tokens.js';
import { Clock } from '../../kernel/clock.js';
import { Metrics } from '../../platform/metrics/metrics.js';
import { TokenSources } from '../auth/token-sources.js';
import { HttpOrigin } from './http-origin.js';

export interface SystemReachability {
  readonly system: string;
  readonly reachable: boolean;
  /** How long it took to open a connection; absent when none could be opened. */
  readonly connectMs?: number;
}

/** All systems of record, by name. */
@Injectable()
export class HttpOrigins implements OnModuleDestroy {
  readonly all: readonly HttpOrigin[];

  constructor(
    @Inject(SYSTEMS) systems: ReadonlyMap<string, SystemConfig>,
    private readonly clock: Clock,
    metrics: Metrics,
    tokens: TokenSources,
  ) {
    this.all = [...systems.values()].map((system) => new HttpOrigin(system, clock, metrics, tokens));
  }

  /** @throws {RangeError} for a name the configuration does not have; it is checked when the file is read */
  get(name: string): HttpOrigin {
    const client = this.all.find((candidate) => candidate.name === name);
    if (client === undefined) throw new RangeError(`no system is called ${name}`);
    return client;
  }

  reachability(): Promise<SystemReachability[]> {
    return Promise.all(this.all.map((client) => this.reach(client)));
  }

  onModuleDestroy(): void {
    for (const client of this.all) client.close();
  }

  private async reach(client: HttpOrigin): Promise<SystemReachability> {
    const startedAtMs = this.clock.nowMs();
    try {
      await client.dial();
      return { system: client.name, reachable: true, connectMs: Math.round(this.clock.nowMs() - startedAtMs) };
    } catch {
      return { system: client.name, reachable: false };
    }
  }
}
