import type { DynamicModule, INestApplicationContext } from '@nestjs/common';
import type { Logger } from 'pino';
import type { Config } from '../../config/config.js';
import { SystemClock, SystemWallClock } from '../../kernel/clock.js';
import type { Tracing } from './tracing.js';

/** The modules that tracing adds, and the tracing of an application that has them. */
interface LoadedTracing {
  readonly modules: readonly DynamicModule[];
  readonly of: (app: INestApplicationContext) => Tracing;
}

/** Loads tracing. `undefined`, without a file loaded, if no collector is configured. */
export async function loadTracing(config: Config, log: Logger): Promise<LoadedTracing | undefined> {
  if (config.tracing === undefined) return undefined;
  const [{ TracingModule }, { Tracing: token }] = await Promise.all([
    import('./tracing.module.js'),
    import('./tracing.js'),
  ]);
  const clocks = { clock: new SystemClock(), wallClock: new SystemWallClock() };
  const parts = { config: config.tracing, region: config.region, log, ...clocks };
  return { modules: [TracingModule.register(parts)], of: (app) => app.get(token) };
}
