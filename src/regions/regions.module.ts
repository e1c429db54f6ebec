import { Module } from '@nestjs/common';
import { RegionHandlers } from './region-handlers.js';

/** Hears the other regions: reads the log, applies its records, and knows how far it has heard. */
@Module({
  providers: [RegionHandlers],
  exports: [RegionHandlers],
})
export class RegionsModule {}
