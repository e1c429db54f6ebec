import { readBody, TOO_LARGE, TOO_SLOW } from './bodies.ts';
import { Copies, COPY_WITHIN_MS } from './copies.ts';
import { copiedAnswer, fallbackAnswer, noAgent, problem } from './fallbacks.ts';
import { Regions, type NoAnswer } from './regions.ts';
import { routeOf, type Route } from './routes.ts';
import { readSettings, type Bindings, type Flat, type Settings } from './settings.ts';

/** The part of Cloudflare's execution context that the Worker uses. */
interface Execution {
  waitUntil(work: Promise<unknown>): void;
}

interface Edge {
  readonly settings: Settings;
  readonly regions: Regions;
  readonly copies: Copies | undefined;
}

/** Settings do not change while an isolate lives, so an isolate reads them once. */
let edge: Edge | 'misconfigured' | undefined;

/**
 * Forwards requests to a region of Datadip, within a deadline.
 *
 * Guarantees: a known lookup gets an answer before the deadline. If no region answers, the answer
 * is the degraded answer of the lookup. A refusal of a region (401, 403, 429, …) stays a refusal.
 * The Worker stores no answer, unless `COPIES` names the lookup.
 *
 * Does not guarantee: that a caller of a degraded answer is known. While no region answers, the
 * Worker cannot check credentials. A degraded answer holds no personal data.
 */
export default {
  fetch(request: Request, bindings: Bindings, execution: Execution): Promise<Response> {
    edge ??= openEdge(bindings);
    if (edge === 'misconfigured') {
      return Promise.resolve(problem(503, 'edge_misconfigured', 'the Worker is misconfigured; its log says how', 30));
    }
    return answer(request, edge, execution);
  },
};

function openEdge(bindings: Bindings): Edge | 'misconfigured' {
  const settings = readSettings(bindings);
  if (Array.isArray(settings)) {
    log('error', { msg: `the Worker is misconfigured: ${settings.join('; ')}` });
    return 'misconfigured';
  }
  const { copies } = settings;
  return { settings, regions: new Regions(settings), copies: copies && new Copies(copies) };
}

async function answer(request: Request, edge: Edge, execution: Execution): Promise<Response> {
  const startMs = Date.now();
  const { settings, regions, copies } = edge;
  const route = routeOf(request);
  if (route === undefined) return problem(404, 'not_found', 'not found');
  const untilMs = startMs + settings.deadlineMs;
  const body = await readBody(request, route.maxBodyBytes, untilMs);
  if (body === TOO_LARGE) return problem(413, 'body_too_large', 'request body too large');
  if (body === TOO_SLOW) return problem(408, 'bad_request', 'request body too slow');
  const copy = await copies?.copyOf(request, body, route.lookup);
  const regionsUntilMs = copy === undefined ? untilMs : untilMs - COPY_WITHIN_MS;
  const outcome = await regions.ask(request, body, { untilMs: regionsUntilMs, mayRepeat: route.mayRepeat });
  if (outcome.isAnswer) {
    if (copy !== undefined) execution.waitUntil(copy.store(outcome.response.clone()));
    return outcome.response;
  }
  const copied = await copy?.read();
  const tookMs = Date.now() - startMs;
  const { error } = outcome;
  // The name of an undeclared lookup is text of the caller, so it stays out of the log.
  const lookup = fallbackOf(route, settings) === undefined ? undefined : route.lookup;
  log('warn', { msg: 'no region answered', route: route.name, lookup, error, copy: copied !== undefined, tookMs });
  if (copied !== undefined) return copiedAnswer(copied, request, tookMs);
  return substitute(request, route, settings, outcome, tookMs);
}

/** The answer in place of the answer of a region, or the last refusal of a region. */
function substitute(
  request: Request,
  route: Route,
  settings: Settings,
  { error, refusal }: NoAnswer,
  tookMs: number,
): Response {
  const hasCredential = request.headers.has('authorization') || request.headers.has('x-api-key');
  const fallback = fallbackOf(route, settings);
  if (hasCredential && fallback !== undefined) return fallbackAnswer(fallback, route, request, error, tookMs);
  if (hasCredential && route.name === 'claim') return noAgent(request);
  return refusal ?? problem(503, 'no_region', 'no region answered in time', 2);
}

function fallbackOf({ lookup }: Route, { fallbacks }: Settings): Flat | undefined {
  return lookup !== undefined && Object.hasOwn(fallbacks, lookup) ? fallbacks[lookup] : undefined;
}

/** Writes a line without any text of the request. */
function log(level: 'warn' | 'error', line: Readonly<Record<string, unknown>>): void {
  console.log(JSON.stringify({ level, ...line }));
}
