import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Lifecycle } from '../platform/lifecycle/lifecycle.js';
import { JobScheduler } from '../platform/scheduler/job-scheduler.js';
import { Origins } from './origins.js';

/** Servers close idle connections: many after 5 s, most within a minute. */
const EVERY_MS = 15_000;

/**
 * Keeps connections to the origins open while no caller needs them. The first caller after a quiet
 * hour then does not wait for a TLS handshake.
 */
@Injectable()
export class KeepConnectionsOpenJob implements OnModuleInit {
  constructor(
    lifecycle: Lifecycle,
    private readonly scheduler: JobScheduler,
    private readonly origins: Origins,
  ) {
    for (const origin of origins.all) lifecycle.beforeReady(`origin ${origin.name}`, () => origin.driver.keepWarm());
  }

  onModuleInit(): void {
    this.scheduler.schedule({
      name: 'keep connections open',
      schedule: { everyMs: EVERY_MS },
      run: () => Promise.allSettled(this.origins.warm.map((origin) => origin.driver.keepWarm())),
    });
  }
}
