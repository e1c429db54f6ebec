import { get, post, type HttpAnswer } from '../../support/http.js';

/** An answer and the time of its last byte. */
export interface TimedAnswer extends HttpAnswer {
  readonly atMs: number;
}

/** Sends a lookup request to `customer` for one phone number. */
export async function lookUpCustomer(url: string, ani: string): Promise<TimedAnswer> {
  const answer = await post(`${url}/lookup/customer`, { ani });
  return { ...answer, atMs: performance.now() };
}

/** Starts `size` callers at the same time. Each caller opens its own connection. */
export function callConcurrently(
  size: number,
  caller: (index: number) => Promise<TimedAnswer>,
): Promise<TimedAnswer[]> {
  return Promise.all(Array.from({ length: size }, (_, index) => caller(index)));
}

/**
 * The first requests of a process pay for compiling the code they run. A test that measures later
 * requests sends these first.
 */
export async function warmUp(url: string): Promise<void> {
  for (let round = 0; round < 2; round += 1) await callConcurrently(30, () => lookUpCustomer(url, '15559998'));
}

/** Returns the source and the error of an answer as `source:error`. */
export function outcomeOf({ json }: HttpAnswer): string {
  return `${String(json?.source)}:${String(json?.error)}`;
}

/** Counts the answers by outcome. */
export function countOutcomes(answers: readonly HttpAnswer[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const answer of answers) counts[outcomeOf(answer)] = (counts[outcomeOf(answer)] ?? 0) + 1;
  return counts;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

/** Writes figures to the output of the run. No expectation depends on them. */
export function report(title: string, figures: Record<string, number>): void {
  const text = Object.entries(figures).map(([name, value]) => `${name} ${Math.round(value)}`);
  process.stdout.write(`    ${title}: ${text.join(', ')}\n`);
}

/**
 * Returns the value of one series in the Prometheus text. 0 means that the series does not exist.
 * Labels are in the order of their declaration.
 */
export async function metric(url: string, series: string): Promise<number> {
  const { text } = await get(`${url}/metrics`);
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${series} `));
  return line === undefined ? 0 : Number(line.slice(series.length + 1));
}

/** Returns the number of data dips that have arrived, answered or in flight. */
export async function countArrivals(url: string): Promise<number> {
  const { text } = await get(`${url}/metrics`);
  const answered = text.matchAll(/^datadip_http_request_duration_seconds_count\{route="\/lookup\/:name".*\} (\d+)$/gm);
  const inFlight = /^datadip_http_requests_in_flight (\d+)$/m.exec(text)?.[1];
  // The request for the metrics is in flight as well.
  return [...answered].reduce((sum, [, count]) => sum + Number(count), Number(inFlight) - 1);
}
