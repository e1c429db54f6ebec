import { Injectable, type OnModuleInit } from '@nestjs/common';
import { EventBus } from '../../messaging/event-bus.js';
import { JobScheduler } from '../../platform/scheduler/job-scheduler.js';
import { OpsStreams } from './ops-streams.js';
import { RegionSamples } from './region-samples.js';
import { SAMPLE_EVERY_MS } from './sampling/process-sample.js';
import { ProcessSampler } from './sampling/process-sampler.js';

/** A sample is about a process, not about a tenant. */
const NO_TENANT = '';

/**
 * Takes a sample of this process once a second, sends it to the region, and ends the second of the
 * page. Samples are taken whether or not a page is open: a person who opens the page at 08:00 wants
 * to see 07:50.
 */
@Injectable()
export class SampleProcessJob implements OnModuleInit {
  constructor(
    private readonly scheduler: JobScheduler,
    private readonly sampler: ProcessSampler,
    private readonly bus: EventBus,
    private readonly region: RegionSamples,
    private readonly streams: OpsStreams,
  ) {}

  onModuleInit(): void {
    const schedule = { everyMs: SAMPLE_EVERY_MS };
    this.scheduler.schedule({ name: 'sample process', schedule, run: () => this.run() });
  }

  async run(): Promise<void> {
    this.bus.publish('process.sampled', NO_TENANT, { sample: await this.sampler.sample() });
    this.region.endSecond();
    this.streams.send();
  }
}
