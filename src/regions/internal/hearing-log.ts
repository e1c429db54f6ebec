import type { Logger } from 'pino';
import type { EventLog, LogStatus } from '../../messaging/log/event-log.js';
import { declareLogFields } from '../../platform/logging/log-fields.js';
import type { DoubtReason } from './heard-note.js';
import type { HeardView } from './heard-view.js';

declareLogFields({ otherRegion: 'text', reason: 'text' });

const DOUBTS: Readonly<Record<DoubtReason, string>> = {
  duplicate_store:
    'another Redis has the name of this region: give each region its own REGION. Entries are served as if nothing were heard',
  foreign_key:
    'a region has another KEY_SECRET: give all regions the same. Entries are served as if nothing were heard',
  unreadable: 'an invalidation of another region could not be applied. Entries are served as if nothing were heard',
};

/** Logs the changes of what the region hears, one line for each change. */
export class HearingLog {
  private isBlind = false;
  private doubt: DoubtReason | undefined;
  private silent: readonly string[] = [];
  private state: LogStatus['state'] = 'connecting';

  constructor(
    private readonly log: Pick<Logger, 'info' | 'warn' | 'error'>,
    private readonly eventLog: Pick<EventLog, 'status'>,
  ) {}

  /** Called after each reading. */
  note(view: HeardView): void {
    this.noteLog(this.eventLog.status());
    this.noteDoubt(view.doubt);
    this.noteSilent(view.silentRegions);
    if (view.isBlind === this.isBlind) return;
    this.isBlind = view.isBlind;
    if (view.isBlind) this.log.warn('the region does not hear the others: entries are served for a short time only');
    else this.log.info('the region hears the others');
  }

  private noteLog({ state, lastFailure: reason }: LogStatus): void {
    if (state === this.state) return;
    const wasAway = this.state !== 'connecting';
    this.state = state;
    if (state === 'away') this.log.warn({ reason }, 'the log between regions is away');
    else if (state === 'refused') this.log.error({ reason }, 'the log between regions refuses the credentials');
    else if (state === 'connected' && wasAway) this.log.info('the log between regions is back');
  }

  private noteDoubt(doubt: DoubtReason | undefined): void {
    if (doubt === this.doubt) return;
    this.doubt = doubt;
    if (doubt !== undefined) this.log.error({ reason: doubt }, DOUBTS[doubt]);
  }

  private noteSilent(silent: readonly string[]): void {
    for (const otherRegion of silent.filter((name) => !this.silent.includes(name)))
      this.log.warn({ otherRegion }, 'a region is silent: agents that it reported last are stale');
    for (const otherRegion of this.silent.filter((name) => !silent.includes(name)))
      this.log.info({ otherRegion }, 'a region is heard');
    this.silent = silent;
  }
}
