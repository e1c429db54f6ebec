import type { Logger } from 'pino';
import { SEVERAL_SUBJECTS } from '../kernel/circuit-breaker.js';
import type { Clock } from '../kernel/clock.js';
import { NotAdmitted, type OriginFailure, type OriginFault } from '../kernel/errors.js';
import { declareLogFields } from '../platform/logging/log-fields.js';

declareLogFields({
  system: 'text',
  fault: 'text',
  status: 'number',
  code: 'text',
  contentType: 'text',
  calls: 'number',
  faults: 'counts',
});

const DESCRIPTIONS: Readonly<Record<OriginFault, string>> = {
  connection_refused: 'connection refused',
  name_not_resolved: 'host name not resolved (DNS)',
  unreachable: 'host unreachable',
  tls: 'TLS failed',
  connection_lost: 'connection lost before the end of the answer',
  proxy_unreachable: 'the forward proxy cannot be reached',
  proxy_refused: 'the forward proxy refuses the connection',
  proxy_failed: 'the forward proxy does not reach the host',
  proxy_timeout: 'the forward proxy did not connect in time',
  not_http: 'the answer is not HTTP',
  timeout: 'no answer in time',
  too_large: 'answer too large',
  credentials_refused: 'credentials refused',
  rate_limited: 'too many calls',
  error_status: 'error status',
  query_refused: 'the database refused the query',
  value_refused: 'the database refused a value of the query',
  too_many_connections: 'the database has too many connections',
  repeated_column: 'two columns of the answer have one name',
  database_error: 'the database reported an error',
  html: 'the answer is HTML',
  not_json: 'the answer is not JSON',
  not_xml: 'the answer is not well-formed XML',
  xml_doctype: 'the answer declares a document type',
  xml_too_complex: 'the answer has too many or too deep elements',
  unknown_charset: 'the answer has an unknown charset',
  malformed_text: 'the answer is not text in its charset',
  not_found_page: '404 with a page, as proxies send it',
  not_found_without_body: '404 without a body',
  reported_error: 'the answer reports an error',
  fail_when: 'failWhen of the lookup is true',
  rule_failed: 'failWhen or notFoundWhen fails on the answer',
  record_failed: 'the answer does not fit the expressions of the lookup',
  several_records: 'the answer has several records',
  record_not_object: 'the record is not an object',
  expression_timeout: 'the expressions of the lookup took too long',
  expression_memory: 'the expressions of the lookup used too much memory',
  expression_busy: 'no thread was free for the expressions of the lookup',
  other: 'the call failed',
};

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
    const text = `origin ${isLogged ? 'still fails' : 'fails'}: ${DESCRIPTIONS[latest.fault]}`;
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
