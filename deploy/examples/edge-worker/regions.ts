import { before, readBody, TOO_LARGE, TOO_SLOW, type Bytes } from './bodies.ts';
import type { RegionSettings, Settings } from './settings.ts';

/** Why no region answered, in the words of a degraded answer. */
export type AnswerError = 'origin_timeout' | 'origin_error' | 'shed';

interface Answer {
  readonly isAnswer: true;
  /** The answer of a region with its whole body. */
  readonly response: Response;
}

export interface NoAnswer {
  readonly isAnswer: false;
  readonly error: AnswerError;
  /** The answer of the last region, if it answered that it cannot serve. */
  readonly refusal: Response | undefined;
}

interface Ask {
  /** Unix milliseconds. */
  readonly untilMs: number;
  readonly mayRepeat: boolean;
}

const MAX_ANSWER_BYTES = 1024 * 1024;
/** How long a region that was not reached is asked last. */
const PAUSE_MS = 5000;
/** With less time, a second region could hardly answer. */
const MIN_ATTEMPT_MS = 100;

/**
 * Headers that a region must not get from outside. A region sends the others to another region, and
 * the rest describes the connection to the Worker or the network of the caller.
 */
const NOT_FORWARDED =
  /^(host|cookie|connection|keep-alive|te|trailer|transfer-encoding|upgrade|expect|content-length|accept-encoding|proxy-.*|cf-.*|x-forwarded-.*|x-real-ip|true-client-ip|x-datadip-(?!after$).*)$/;
const NOT_RETURNED =
  /^(set-cookie|connection|keep-alive|trailer|transfer-encoding|upgrade|content-encoding|content-length|alt-svc)$/;

/** The regions of the service, as one isolate of the Worker sees them. */
export class Regions {
  /** Region → until when it is asked last. The map has an item per region at most. */
  private readonly pausedUntilMs = new Map<string, number>();

  private readonly settings: Pick<Settings, 'regions' | 'regionMs'>;

  constructor(settings: Pick<Settings, 'regions' | 'regionMs'>) {
    this.settings = settings;
  }

  async ask(request: Request, body: Bytes | undefined, { untilMs, mayRepeat }: Ask): Promise<Answer | NoAnswer> {
    const ordered = mayRepeat ? this.inOrder() : this.settings.regions.slice(0, 1);
    let last: NoAnswer = { isAnswer: false, error: 'origin_timeout', refusal: undefined };
    for (const [at, region] of ordered.entries()) {
      const leftMs = untilMs - Date.now();
      if (leftMs < MIN_ATTEMPT_MS) break;
      const isLast = at === ordered.length - 1;
      const withinMs = isLast ? leftMs : Math.min(leftMs, this.settings.regionMs);
      const outcome = await this.attempt(region, request, body, withinMs);
      if (outcome.isAnswer) return outcome;
      last = outcome;
    }
    return last;
  }

  /**
   * Regions that were reached last time come first. When a pause ends, a single request tries the
   * region again, so a region that still hangs delays only this request.
   */
  private inOrder(): readonly RegionSettings[] {
    const nowMs = Date.now();
    const isPaused = ({ name }: RegionSettings): boolean => (this.pausedUntilMs.get(name) ?? 0) > nowMs;
    const { regions } = this.settings;
    const ordered = [...regions.filter((region) => !isPaused(region)), ...regions.filter(isPaused)];
    const [first] = ordered;
    if (first !== undefined && this.pausedUntilMs.has(first.name)) this.pause(first);
    return ordered;
  }

  private async attempt(
    region: RegionSettings,
    request: Request,
    body: Bytes | undefined,
    withinMs: number,
  ): Promise<Answer | NoAnswer> {
    const untilMs = Date.now() + withinMs;
    const ended = new AbortController();
    try {
      // The wait ends in time even if the platform is slow to abort. Aborting frees the connection.
      const given = await before(fetch(...callOf(region, request, body, ended.signal)), untilMs);
      const whole = given === TOO_SLOW ? given : await readBody(given, MAX_ANSWER_BYTES, untilMs);
      if (given === TOO_SLOW || whole === TOO_SLOW) return this.missed(region, 'origin_timeout');
      if (whole === TOO_LARGE) return this.missed(region, 'origin_error');
      const response = returned(given, whole, region);
      if (isFromProxy(given)) this.pause(region);
      else this.pausedUntilMs.delete(region.name);
      if (!isFailure(given)) return { isAnswer: true, response };
      return { isAnswer: false, error: given.status === 503 ? 'shed' : 'origin_error', refusal: response };
    } catch {
      return this.missed(region, 'origin_error');
    } finally {
      ended.abort();
    }
  }

  private missed(region: RegionSettings, error: AnswerError): NoAnswer {
    this.pause(region);
    return { isAnswer: false, error, refusal: undefined };
  }

  private pause({ name }: RegionSettings): void {
    this.pausedUntilMs.set(name, Date.now() + PAUSE_MS);
  }
}

function callOf(
  { url }: RegionSettings,
  request: Request,
  body: Bytes | undefined,
  signal: AbortSignal,
): [string, RequestInit] {
  const { pathname, search } = new URL(request.url);
  const headers = new Headers([...request.headers].filter(([name]) => !NOT_FORWARDED.test(name)));
  const init: RequestInit = { method: request.method, headers, signal, redirect: 'manual' };
  if (body !== undefined) init.body = body;
  // Keeps answers out of the caches of the platform, whatever its rules say.
  init.cache = 'no-store';
  return [url + pathname + search, init];
}

/** The service itself answers 500 and 503 only, so these statuses come from a proxy before it. */
function isFromProxy({ status }: Response): boolean {
  return status > 500 && status !== 503;
}

/**
 * A status of 500 or more is no answer of a lookup. The process stops or is overloaded, or a proxy
 * in front of it answers. A degraded profile is an answer: its 503 is no problem document.
 */
function isFailure({ status, headers }: Response): boolean {
  const type = headers.get('content-type') ?? '';
  if (status === 503 && type.startsWith('application/json')) return false;
  return status >= 500 || (status === 200 && type.startsWith('text/html'));
}

function returned({ status, headers: given }: Response, body: Bytes | undefined, { name }: RegionSettings): Response {
  const headers = new Headers([...given].filter(([header]) => !NOT_RETURNED.test(header)));
  headers.set('x-datadip-edge', name);
  if (!headers.has('cache-control')) headers.set('cache-control', 'no-store');
  const hasNoBody = status === 204 || status === 304;
  return new Response(hasNoBody ? null : (body ?? null), { status, headers });
}
