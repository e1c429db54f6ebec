import { Module } from '@nestjs/common';
import { CacheModule } from '../cache/cache.module.js';
import { WarmUpLoader } from './warm-up-loader.js';

/** The loader that answers warm-up requests in place of an origin. */
@Module({ imports: [CacheModule], providers: [WarmUpLoader], exports: [WarmUpLoader] })
export class WarmUpModule {}
