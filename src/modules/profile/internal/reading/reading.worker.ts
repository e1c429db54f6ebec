/**
 * The thread that reads answers whose expressions have no known bound. `ReadingThread` starts it,
 * and ends it if a reading takes too long.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { readBody } from '../../../../origins/http/answer-body.ts';
import { AnswerInspector, type Inspection } from './answer-inspector.ts';
import { AnswerReader, type AnswerToRead, type Reading, type ReadingPlan } from './answer-reader.ts';

/** An answer as text: a thread parses it faster than another thread can copy the parsed value. */
export interface ReadingJob extends Omit<AnswerToRead, 'body'> {
  /** The position of the plan in the list that the thread was started with. */
  readonly plan: number;
  readonly text: string;
  /** Set if the answer is to be described, and not to be read. */
  readonly inspects?: { readonly showsValues: boolean };
}

/** The result of a job that describes an answer. */
export interface Inspected {
  readonly kind: 'inspected';
  readonly inspection: Inspection;
}

const plans = workerData as readonly ReadingPlan[];
const readers = new Map<number, AnswerReader>();

async function read({ plan: at, text, inspects, ...answer }: ReadingJob): Promise<Reading | Inspected> {
  const plan = plans[at];
  if (plan === undefined) throw new RangeError(`no plan ${at}`);
  if (inspects !== undefined) {
    const { status, headers, successorOf } = answer;
    const inspection = await new AnswerInspector(plan).inspect({ status, text, headers, successorOf, ...inspects });
    return { kind: 'inspected', inspection };
  }
  const reader = readers.get(at) ?? new AnswerReader(plan, true);
  readers.set(at, reader);
  const body = readBody(text, answer.headers['content-type'] ?? '');
  return (await reader.read({ ...answer, body }, Infinity)) as Reading;
}

parentPort?.on('message', (job: ReadingJob) => {
  void read(job).then(
    (reading) => parentPort?.postMessage(reading),
    () => parentPort?.postMessage({ kind: 'failed', reason: 'record_failed' } satisfies Reading),
  );
});
parentPort?.postMessage('ready');
