import { Controller, Get, UseInterceptors } from '@nestjs/common';
import { CachedFor, CacheInterceptor } from '../../cache/cache.interceptor.js';
import { Origins, type SystemReachability } from '../../origins/origins.js';
import { RequiresScope } from '../auth/requires-scope.decorator.js';

const PROBE_TTL_MS = 5000;

/**
 * Lists which systems of record can be reached. A desktop shows its agent why a screen has
 * defaults. The cache limits the checks to one connection per system and five seconds in the
 * region, however many desktops poll.
 */
@Controller('api/v1/systems')
@RequiresScope('lookup')
@UseInterceptors(CacheInterceptor)
export class SystemsController {
  constructor(private readonly origins: Origins) {}

  @Get()
  @CachedFor({ name: 'systems', ttlMs: PROBE_TTL_MS })
  async systems(): Promise<{ systems: SystemReachability[] }> {
    return { systems: await this.origins.reachability() };
  }
}
