import { Module } from '@nestjs/common';
import { Clock, SystemClock, SystemWallClock, WallClock } from '../kernel/clock.js';

/** The two clocks: the monotonic clock for durations, the wall clock for times of day. */
@Module({
  providers: [
    { provide: Clock, useClass: SystemClock },
    { provide: WallClock, useClass: SystemWallClock },
  ],
  exports: [Clock, WallClock],
})
export class TimeModule {}
