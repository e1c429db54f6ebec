import { Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { RedisModule } from '../redis/redis.module.js';
import { JobLease } from './job-lease.js';
import { JobScheduler } from './job-scheduler.js';

/** The one scheduler of the process. A feature declares its jobs in `*.job.ts`. */
@Module({
  imports: [ScheduleModule.forRoot(), RedisModule],
  providers: [JobScheduler, JobLease],
  exports: [JobScheduler],
})
export class SchedulerModule {}
