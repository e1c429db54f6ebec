import { Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { Lifecycle } from '../platform/lifecycle/lifecycle.js';
import { HttpOrigins } from './http/http-origins.js';

/** Servers close connections nobody used for a while, many after 5 s, most within a minute. */
const EVERY_MS = 15_000;

/** Keeps connections to the origins open through quiet hours: the caller at two in the morning pays no cold start either. */
@Injectable()
export class KeepConnectionsOpenJob {
  constructor(
    lifecycle: Lifecycle,
    private readonly upstreams: HttpOrigins,
  ) {
    for (const client of upstreams.all) lifecycle.beforeReady(`origin ${client.name}`, () => client.keepWarm());
  }

  @Interval(EVERY_MS)
  async topUp(): Promise<void> {
    await Promise.allSettled(this.upstreams.all.map((client) => client.keepWarm()));
  }
}
