import { Controller, Get, UseInterceptors } from '@nestjs/common';
import { CachedFor, CacheInterceptor } from '../../cache/cache.interceptor.js';
import { HttpOrigins, type SystemReachability } from '../../origins/http/http-origins.js';
import { RequiresScope } from '../auth/requires-scope.decorator.js';

const PROBE_TTL_MS = 5000;

/**
 * Which systems of record can be reached, for a desktop that wants to tell its agent why a screen shows defaults. However many
 * desktops poll it, each system is dialled once in five seconds in the region.
 */
@Controller('api/v1/systems')
@RequiresScope('lookup')
@UseInterceptors(CacheInterceptor)
export class SystemsController {
  constructor(private readonly upstreams: HttpOrigins) {}

  @Get()
  @CachedFor({ name: 'systems', ttlMs: PROBE_TTL_MS })
  async systems(): Promise<{ systems: SystemReachability[] }> {
    return { systems: await this.upstreams.reachability() };
  }
}
