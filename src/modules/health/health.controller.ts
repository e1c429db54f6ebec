import { Controller, Get, HttpException, Inject, Res } from '@nestjs/common';
import { HealthCheckService, HealthIndicatorService, type HealthIndicatorFunction } from '@nestjs/terminus';
import type { Response } from 'express';
import { HealthContributors } from '../../platform/lifecycle/health-contributors.js';
import { RouteOptions } from '../../platform/http/route-options.js';
import { Lifecycle } from '../../platform/lifecycle/lifecycle.js';
import { VERSION } from '../../platform/metrics/version.js';
import { Redis } from '../../platform/redis/redis.js';
import { storeProblem } from '../../platform/redis/store-problem.js';
import { REGION } from '../../config/sections/server.js';
import { RequiresScope } from '../auth/requires-scope.decorator.js';

/**
 * The probes of Kubernetes. `live`: the event loop runs. `startup`: the warm-up is finished.
 * `ready`: the warm-up is finished and the process is not stopping. If Redis fails after the start,
 * the process stays ready, answers requests, and reports the store as `degraded`.
 */
@Controller('health')
@RouteOptions({ neverShed: true })
@RequiresScope('open')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly indicator: HealthIndicatorService,
    private readonly lifecycle: Lifecycle,
    private readonly contributors: HealthContributors,
    private readonly redis: Redis,
    @Inject(REGION) private readonly region: string,
  ) {}

  @Get()
  status(): { status: 'ok'; region: string; version: string } {
    return { status: 'ok', region: this.region, version: VERSION };
  }

  @Get('live')
  live(@Res({ passthrough: true }) response: Response): Promise<unknown> {
    return this.check(response, []);
  }

  @Get('startup')
  startup(@Res({ passthrough: true }) response: Response): Promise<unknown> {
    return this.check(response, [() => this.warm()]);
  }

  @Get('ready')
  ready(@Res({ passthrough: true }) response: Response): Promise<unknown> {
    return this.check(response, [
      () => this.warm(),
      () => this.acceptsWork(),
      () => this.store(),
      ...this.contributed(),
    ]);
  }

  private warm() {
    const steps = Object.fromEntries(this.lifecycle.warmUpSteps.map(({ name, state }) => [name, state]));
    const indicator = this.indicator.check('warm');
    return this.lifecycle.state === 'starting' ? indicator.down({ steps }) : indicator.up({ steps });
  }

  private acceptsWork() {
    const indicator = this.indicator.check('taking work');
    const { state } = this.lifecycle;
    return state === 'draining' || state === 'stopping' ? indicator.down(state) : indicator.up();
  }

  private store() {
    const { status } = this.redis;
    const indicator = this.indicator.check('store');
    if (status === undefined) return indicator.up({ kind: 'in process' });
    const problem = storeProblem(status);
    return problem === undefined
      ? indicator.up({ kind: 'redis' })
      : indicator.degraded({ kind: 'redis', ...problem, nodes: status.nodes, failing: status.failing });
  }

  private contributed(): HealthIndicatorFunction[] {
    return this.contributors.all().map(({ name, healthy, details }) => () => {
      const indicator = this.indicator.check(name);
      return healthy ? indicator.up(details) : indicator.degraded(details);
    });
  }

  /** If a check fails, Terminus throws an exception with the report: the report is the answer. */
  private async check(response: Response, indicators: HealthIndicatorFunction[]): Promise<unknown> {
    try {
      return await this.health.check(indicators);
    } catch (thrown) {
      if (!(thrown instanceof HttpException)) throw thrown;
      response.status(thrown.getStatus());
      return thrown.getResponse();
    }
  }
}
