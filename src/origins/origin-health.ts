import type { Logger } from 'pino';
import { SEVERAL_SUBJECTS } from '../kernel/circuit-breaker.js';
import type { Clock } from '../kernel/clock.js';
import { NotAdmitted, type OriginFailure, type OriginFault } from '../kernel/errors.js';
import { declareLogFields } from '../platform/logging/log-fields.js';
import { FAULT_DESCRIPTIONS } from './fault-descriptions.js';

declareLogFields({
  system: 'text',
  fault: 'text',
  status: 'number',
  code: 'text',
  contentType: 'text',
  calls: 'number',
  faults: 'counts',
});

/** While a system fails, its lines are at least this far apart. */
const LINE_EVERY_MS = 60_000;
/**
 * A system is well after an answer and this long without a failure. Without the wait, a system that
 * fails half of its calls would be reported as well many times a second.
 */
const WELL_AFTER_MS = 1000;
/**
 * Times that a system may start to fail before its lines are at least a minute apart. A single
 * identifier that always fails would otherwise write two lines for every call about it.
 */
const MAX_STARTS = 10;

type OriginLog = Pick<Logger, 'warn' | 'info'>;

interface FailureFacts {
  readonly fault: OriginFault;
  readonly status: number | undefined;
  readonly code: string | undefined;
  readonly contentType: string | undefined;
}

/** Failures without a time that the system was well. */
interface Episode {
  readonly startedAtMs: number;
  readonly subjects: Set<string>;
  calls: number;
  /** Failed calls since the last line, by fault. */
  faults: Partial<Record<OriginFault, number>>;
  latest: FailureFacts;
  /** Whether a line reported the episode. */
  isLogged: boolean;
}

/** Why a system fails, for the health page. */
export interface FailingOrigin {
  readonly fault: OriginFault;
  /** Of the latest failed call. Missing if it got no answer. */
  readonly httpStatus?: number;
}

/** The last call of a system that failed. */
export interface LastFailure {
  /** The cause in words, with the HTTP status if there is one. */
  readonly text: string;
  /** How long ago the call failed, in milliseconds. */
  readonly ageMs: number;
}

/**
 * Logs why the calls of one system fail. A system that starts failing gets one line, and then at
 * most one line a minute. Another line says that the system is well again.
 *
 * A line has the fault, the status or the error code, the media type, and the number of failed
 * calls. A line never has a part of the request or of the body.
 */
export class OriginHealth {
  private episode: Episode | undefined;
  private readonly counted = new WeakSet<OriginFailure>();
  private wellTimer: NodeJS.Timeout | undefined;
  private lastFailureAtMs = -Infinity;
  private lastFacts: Pick<FailureFacts, 'fault' | 'status'> | undefined;
  private lastLineAtMs = -Infinity;
  /** Starts that may still be logged at once. Each minute adds one. */
  private starts = MAX_STARTS;
  private startsFilledAtMs: number;

  constructor(
    private readonly system: string,
    private readonly clock: Clock,
    private readonly log: OriginLog,
  ) {
    this.startsFilledAtMs = clock.nowMs();
  }

  /** `undefined` while calls about fewer than three subjects fail. */
  get failing(): FailingOrigin | undefined {
    const { episode } = this;
    if (episode === undefined || episode.subjects.size < SEVERAL_SUBJECTS) return undefined;
    const { fault, status } = episode.latest;
    return status === undefined ? { fault } : { fault, httpStatus: status };
  }

  /** `undefined` means that no call has failed since the start of the process. */
  get lastFailure(): LastFailure | undefined {
    if (this.lastFacts === undefined) return undefined;
    const { fault, status } = this.lastFacts;
    const text = status === undefined ? FAULT_DESCRIPTIONS[fault] : `${FAULT_DESCRIPTIONS[fault]} (HTTP ${status})`;
    return { text, ageMs: this.clock.nowMs() - this.lastFailureAtMs };
  }

  /** The system gave an answer. */
  answered(): void {
    if (this.episode === undefined || this.wellTimer !== undefined) return;
    const sinceFailureMs = this.clock.nowMs() - this.lastFailureAtMs;
    if (sinceFailureMs >= WELL_AFTER_MS) this.well();
    else this.wellTimer = setTimeout(() => this.well(), WELL_AFTER_MS - sinceFailureMs).unref();
  }

  /**
   * A call failed, or its answer is of no use. A failure is counted once, however often it is
   * reported. A call that was not made says nothing.
   *
   * @param otherwise the fault of a failure that names none
   */
  failed(failure: OriginFailure, subject: string, otherwise: OriginFault = 'other'): void {
    if (failure instanceof NotAdmitted || this.counted.has(failure)) return;
    this.counted.add(failure);
    this.stopWellTimer();
    this.lastFailureAtMs = this.clock.nowMs();
    const fault = faultOf(failure, otherwise);
    const { status, errorCode, contentType } = failure.details;
    this.lastFacts = { fault, status };
    const episode = (this.episode ??= this.begin());
    episode.latest = { fault, status, code: errorCode, contentType };
    episode.calls++;
    episode.faults[fault] = (episode.faults[fault] ?? 0) + 1;
    if (episode.subjects.size < SEVERAL_SUBJECTS) episode.subjects.add(subject);
    this.logIfDue(episode);
  }

  close(): void {
    this.stopWellTimer();
  }

  private begin(): Episode {
    const latest: FailureFacts = { fault: 'other', status: undefined, code: undefined, contentType: undefined };
    const startedAtMs = this.clock.nowMs();
    return { startedAtMs, subjects: new Set(), calls: 0, faults: {}, latest, isLogged: false };
  }

  private logIfDue(episode: Episode): void {
    const nowMs = this.clock.nowMs();
    const isDue = nowMs - this.lastLineAtMs >= LINE_EVERY_MS || (!episode.isLogged && this.mayStart(nowMs));
    if (!isDue) return;
    const { latest, faults, isLogged } = episode;
    const calls = Object.values(faults).reduce((sum, count) => sum + count, 0);
    const text = `origin ${isLogged ? 'still fails' : 'fails'}: ${FAULT_DESCRIPTIONS[latest.fault]}`;
    this.log.warn({ system: this.system, ...latest, calls, faults }, text);
    episode.isLogged = true;
    episode.faults = {};
    this.lastLineAtMs = nowMs;
  }

  private mayStart(nowMs: number): boolean {
    const minutes = Math.floor((nowMs - this.startsFilledAtMs) / LINE_EVERY_MS);
    this.startsFilledAtMs += minutes * LINE_EVERY_MS;
    this.starts = Math.min(MAX_STARTS, this.starts + minutes);
    if (this.starts === 0) return false;
    this.starts--;
    return true;
  }

  private well(): void {
    const { episode, system } = this;
    this.stopWellTimer();
    this.episode = undefined;
    if (episode?.isLogged !== true) return;
    const durationMs = Math.round(this.lastFailureAtMs - episode.startedAtMs);
    this.log.info({ system, calls: episode.calls, durationMs }, 'origin is well again');
  }

  private stopWellTimer(): void {
    clearTimeout(this.wellTimer);
    this.wellTimer = undefined;
  }
}

function faultOf({ code, details: { fault } }: OriginFailure, otherwise: OriginFault): OriginFault {
  return fault ?? (code === 'origin_timeout' ? 'timeout' : otherwise);
}
