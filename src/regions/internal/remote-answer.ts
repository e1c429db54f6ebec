/**
 * - `answered`: the home answered, whatever the answer says.
 * - `timeout`: no complete answer came in time.
 * - `connection_lost`: the connection was refused or broke.
 * - `bad_answer`: the answer is not one of Datadip, or its status says that the process failed.
 * - `refused`: the home does not accept the `apiKey`, or the caller lacks rights.
 * - `limited`: the home counts too many requests of this region.
 * - `circuit_open`: the home failed before, and the request was not sent.
 * - `unknown_region`: the home is not among the peers.
 * - `earlier_version`: the home answered, but its version does not know the request.
 */
export type RemoteOutcome =
  | 'answered'
  | 'timeout'
  | 'connection_lost'
  | 'bad_answer'
  | 'refused'
  | 'limited'
  | 'circuit_open'
  | 'unknown_region'
  | 'earlier_version';

/** Another region gave no usable answer. */
export class RemoteFailure extends Error {
  constructor(readonly outcome: RemoteOutcome) {
    super(`the home region gave no usable answer: ${outcome}`);
  }
}

export interface RemoteAnswer {
  readonly status: number;
  /** The members of the JSON object. */
  readonly body: Readonly<Record<string, unknown>>;
  /** Whole seconds; `undefined` if the answer names none. */
  readonly retryAfterS: number | undefined;
}

/** @throws {RemoteFailure} for an answer that says nothing about the request */
export function parseRemoteAnswer(status: number, text: string, retryAfter: unknown): RemoteAnswer {
  if (status === 401 || status === 403) throw new RemoteFailure('refused');
  if (status === 429) throw new RemoteFailure('limited');
  const body = jsonObject(text);
  if (body === undefined || !isFinal(status, body.code)) throw new RemoteFailure('bad_answer');
  const seconds = typeof retryAfter === 'string' && /^\d{1,6}$/.test(retryAfter) ? Number(retryAfter) : undefined;
  return { status, body, retryAfterS: seconds };
}

/**
 * The codes of a 503 that answer the request. Other codes come from a process that stops or is
 * overloaded.
 */
const FINAL_CODES: ReadonlySet<unknown> = new Set(['store_unavailable', 'store_full', 'no_home', 'region_unreachable']);

function isFinal(status: number, code: unknown): boolean {
  if (status === 200) return true;
  if (status === 503) return FINAL_CODES.has(code);
  return status >= 400 && status < 500 && typeof code === 'string';
}

function jsonObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
