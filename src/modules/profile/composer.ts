import { Injectable } from '@nestjs/common';
import type { ReadDip } from './cache-reads.js';
import type { ComposedDip, Part } from './internal/composed-lookup.js';
import { inputText, partAnswer, type PartAnswer, type PartOutcome } from './internal/composed-answer.js';
import { LookupService } from './lookup.service.js';

type Pending = PartAnswer | Promise<PartAnswer>;

/**
 * Requests the parts of a composed dip.
 *
 * Guarantees:
 * - A part starts as soon as the parts that it needs have an answer. All other parts run at the
 *   same time.
 * - Each part is an ordinary dip: it has its own entry, lifetime, budget and invalidation.
 * - A part that fails does not fail the others.
 * - All parts have the deadline of the request.
 *
 * Does not guarantee: that the parts describe one moment. Each entry has its own age.
 */
@Injectable()
export class Composer {
  constructor(private readonly lookups: LookupService) {}

  /** Returns no promise if the near cache answers every part: see `LookupCache.answer`. */
  answer(dip: ComposedDip, readDip: ReadDip): PartAnswer[] | Promise<PartAnswer[]> {
    const parts: Pending[] = [];
    for (const part of dip.lookup.parts) parts.push(this.answerPart(dip, part, parts, readDip));
    return allOf(parts);
  }

  /** @param earlier the answers of the parts before this one */
  private answerPart(dip: ComposedDip, part: Part, earlier: readonly Pending[], readDip: ReadDip): Pending {
    if (part.with === undefined) return this.request(dip, part, dip.inputs, 'none', readDip);
    const awaited: Pending[] = [];
    for (const [, { part: at }] of part.with) {
      const answer = earlier[at];
      if (answer !== undefined) awaited.push(answer);
    }
    const needed = allOf(awaited);
    return needed instanceof Promise
      ? needed.then((settled) => this.answerDependent(dip, part, settled, readDip))
      : this.answerDependent(dip, part, needed, readDip);
  }

  private answerDependent(dip: ComposedDip, part: Part, needed: readonly PartAnswer[], readDip: ReadDip): Pending {
    const inputs = new Map<string, string>();
    part.with?.forEach(([input, value], at) => {
      const text = inputText(needed[at], value);
      if (text !== undefined) inputs.set(input, text);
    });
    return this.request(dip, part, inputs, needed, readDip);
  }

  /** @param needed the answers that gave the inputs; `none` means that the caller gave them */
  private request(
    of: ComposedDip,
    { lookup }: Part,
    inputs: ReadonlyMap<string, string>,
    needed: readonly PartAnswer[] | 'none',
    readDip: ReadDip,
  ): Pending {
    const dip = this.lookups.partDip({ lookup, inputs, of });
    if (dip.subject === undefined && needed !== 'none') return partAnswer(reasonOf(needed), undefined);
    const entryKey = dip.subject?.entryKey;
    const outcome = readDip(dip);
    return outcome instanceof Promise
      ? outcome.then((settled) => partAnswer(settled, entryKey))
      : partAnswer(outcome, entryKey);
  }
}

/** Why a part has no input: the worst that happened to the parts that it needs. */
function reasonOf(needed: readonly PartAnswer[]): PartOutcome {
  const outcomes = needed.map(({ outcome }) => outcome);
  const failed =
    outcomes.find(({ source }) => source === 'degraded') ?? outcomes.find(({ source }) => source === 'none');
  if (failed !== undefined) return failed;
  return needed.some(({ contactFound }) => !contactFound)
    ? { source: 'skipped' }
    : { source: 'none', reason: 'no_lookup_key' };
}

/** Makes no promise if no part is a promise. */
function allOf(parts: readonly Pending[]): PartAnswer[] | Promise<PartAnswer[]> {
  const settled: PartAnswer[] = [];
  for (const part of parts) {
    if (part instanceof Promise) return Promise.all(parts.map(async (each) => each));
    settled.push(part);
  }
  return settled;
}
