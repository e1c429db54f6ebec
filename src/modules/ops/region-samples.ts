import { Inject, Injectable } from '@nestjs/common';
import { REGION } from '../../config/sections/server.js';
import { Clock, WallClock } from '../../kernel/clock.js';
import { EventBus } from '../../messaging/event-bus.js';
import { MutableCounts } from './sampling/counts.js';
import { processSample } from './sampling/process-sample.js';
import { CHART_DESCRIPTIONS, pointsOf, type ChartDescription, type Points } from './view/charts.js';
import { regionView, type RegionView } from './view/region-view.js';
import { HeardProcesses } from './region/heard-processes.js';
import { CHART_SECONDS, RecentWindows } from './region/recent-windows.js';
import { regionState } from './region/region-state.js';

/** The points of all charts in one second. */
interface ChartSecond {
  /** Unix milliseconds, by the clock of this process. */
  readonly atMs: number;
  readonly points: Points;
}

/** The data that the page needs when it opens. */
export interface OpsHistory {
  readonly charts: readonly ChartDescription[];
  readonly seconds: readonly ChartSecond[];
}

/** The data that the page gets each second. */
export interface OpsSecond extends ChartSecond {
  readonly view: RegionView;
}

/**
 * Puts the samples of all processes of the region together, second by second, for as long as this
 * process runs.
 *
 * Guarantees: memory is bounded, however many processes send samples. A sample that this version
 * cannot read is ignored.
 *
 * Does not guarantee: samples that were lost. Other processes are missing from the seconds in which
 * no messages arrived, and from the time before this process started.
 */
@Injectable()
export class RegionSamples {
  private readonly processes: HeardProcesses;
  private readonly windows = new RecentWindows();
  private readonly seconds: ChartSecond[] = [];

  constructor(
    bus: EventBus,
    private readonly clock: Clock,
    private readonly wallClock: WallClock,
    @Inject(REGION) private readonly region: string,
  ) {
    this.processes = new HeardProcesses(clock);
    bus.subscribe('process.sampled', ({ data }) => {
      const { success, data: sample } = processSample.safeParse(data.sample);
      if (success) this.processes.receive(sample);
    });
  }

  /** Ends the present second. Called once a second. */
  endSecond(): void {
    const counted = new MutableCounts();
    for (const counts of this.processes.nextSecond()) counted.add(counts);
    const counts = counted.all();
    this.windows.add(counts);
    const { loopMaxMs } = regionState(this.processes.all());
    this.seconds.push({ atMs: this.wallClock.nowMs(), points: pointsOf({ counts, loopMaxMs }) });
    if (this.seconds.length > CHART_SECONDS) this.seconds.shift();
  }

  history(): OpsHistory {
    return { charts: CHART_DESCRIPTIONS, seconds: this.seconds };
  }

  /** The last second that ended. */
  latest(): OpsSecond {
    const last = this.seconds.at(-1) ?? { atMs: this.wallClock.nowMs(), points: [] };
    const state = regionState(this.processes.all());
    return { ...last, view: regionView(this.region, state, this.windows, this.clock.nowMs()) };
  }
}
