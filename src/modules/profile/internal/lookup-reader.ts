import type { FieldConfig, LookupConfig } from '../../../config/sections/lookups/lookup-config.js';
import type { AnswerText } from '../../../contracts/dip.js';
import { readBody } from '../../../origins/http/answer-body.ts';
import { isXmlType } from '../../../origins/http/xml-text.ts';
import type { HttpAnswer, Interpretation } from '../../../origins/http/http-request.js';
import { boundedAnswer } from './answer-bound.js';
import type { AnswerValue } from './answer-shape.js';
import { AnswerReader, TOO_COSTLY, type Reading, type ReadingPlan, type Replaced } from './reading/answer-reader.ts';
import type { Inspection } from './reading/answer-inspector.ts';
import type { DefaultReason } from './reading/field-value.ts';
import type { ReadingBudget, ReadingThreads } from './reading/reading-threads.js';

/**
 * The longest that all expressions of one record may run, in milliseconds. The time counts in a
 * thread, and the process answers other callers during that time.
 */
const RECORD_BUDGET_MS = 250;
/** A longer answer is not parsed in the main thread: 1 MiB of small objects takes 40 ms. */
const MAX_INLINE_TEXT = 16 * 1024;
/** The same for XML: 1 MiB of small elements takes about a second. */
const MAX_INLINE_XML = 4 * 1024;
/**
 * The most evaluations in the main thread. An evaluation takes 0.2 to 1.4 µs (Node 24, 2 vCPU).
 * So they take 14 ms at most, and less than a millisecond for a usual record.
 */
const MAX_INLINE_EVALUATIONS = 10_000;

/** The part of an origin's record that Datadip stores. */
export interface Projected {
  readonly text: AnswerText;
  /** The id that invalidation events name. `undefined` if the record has none. */
  readonly customerId: string | undefined;
  /** Why fields took their defaults although the record has a value. */
  readonly defaults: readonly (readonly [field: string, reason: DefaultReason])[];
}

type RecordReading = Extract<Reading, { readonly kind: 'record' }>;

/**
 * Reads the answers of one lookup: in the main thread if that is certain to be quick, else in a
 * thread that can be ended.
 */
export class LookupReader {
  private readonly inline: AnswerReader;
  private readonly fields: readonly (readonly [name: string, field: FieldConfig])[];

  /** @param at the position of the lookup's plan among the plans of the threads */
  constructor(
    private readonly lookup: LookupConfig,
    private readonly at: number,
    private readonly threads: ReadingThreads,
  ) {
    this.inline = new AnswerReader(planOf(lookup), false);
    this.fields = [...lookup.fields];
  }

  static budget(): ReadingBudget {
    return { leftMs: RECORD_BUDGET_MS };
  }

  /** Whether a usual answer of this lookup needs a thread. */
  get needsThread(): boolean {
    return !this.inline.isBounded;
  }

  /** The value of an interpretation is a reading: of a record, or of an id that replaces it. */
  async interpret(answer: HttpAnswer, budget: ReadingBudget, successorOf?: Replaced): Promise<Interpretation> {
    const reading =
      (await this.readInline(answer, successorOf)) ?? (await this.readInThread(answer, budget, successorOf));
    return reading.kind === 'record' || reading.kind === 'replaced' ? { kind: 'answer', value: reading } : reading;
  }

  /**
   * Describes an answer to an operator, always in a thread.
   *
   * @returns `undefined` if the description takes too long
   */
  inspect(answer: HttpAnswer, showsValues: boolean, successorOf?: Replaced): Promise<Inspection | undefined> {
    return this.threads.inspect({ plan: this.at, ...answer, successorOf, inspects: { showsValues } });
  }

  /** Starts the thread of `inspect`, so that an answer does not wait for it. */
  readyToInspect(): Promise<void> {
    return this.threads.warmUp();
  }

  project({ fields: read, customerId }: RecordReading): Projected {
    const found = new Map<string, AnswerValue>();
    const defaults: [string, DefaultReason][] = [];
    this.fields.forEach(([name, field], at) => {
      const { value, reason } = read[at] ?? {};
      found.set(name, value ?? field.default);
      if (reason !== undefined) defaults.push([name, reason]);
    });
    const onDefault = (name: string): void => void defaults.push([name, 'too_long']);
    const text = boundedAnswer(found, this.lookup.fields, onDefault);
    return { text, customerId, defaults };
  }

  /** Reads an empty answer, a record and a list, so that the engine compiles the code. */
  async warmUp(): Promise<void> {
    for (const text of ['{}', '{"a":{}}', '[{"a":1}]'])
      await this.readInline({ status: 200, headers: {}, text }, undefined);
  }

  private async readInline(
    { status, headers, text }: HttpAnswer,
    successorOf?: Replaced,
  ): Promise<Reading | undefined> {
    if (this.needsThread || text.length > longestInline(headers['content-type'])) return undefined;
    const body = readBody(text, headers['content-type'] ?? '');
    const reading = await this.inline.read({ status, headers, body, successorOf }, MAX_INLINE_EVALUATIONS);
    return reading === TOO_COSTLY ? undefined : reading;
  }

  private readInThread(answer: HttpAnswer, budget: ReadingBudget, successorOf?: Replaced): Promise<Reading> {
    return this.threads.read({ plan: this.at, ...answer, successorOf }, budget);
  }
}

function longestInline(contentType = ''): number {
  return isXmlType(contentType) ? MAX_INLINE_XML : MAX_INLINE_TEXT;
}

export function planOf({ name, origin, customerId, fields }: LookupConfig): ReadingPlan {
  return {
    lookup: name,
    failWhen: origin.failWhen,
    notFoundWhen: origin.notFoundWhen,
    record: origin.record,
    ofRows: origin.sql !== undefined,
    follow: origin.follow?.id,
    customerId,
    fields: [...fields.values()].map(({ type, from }) => ({ type, from })),
  };
}
