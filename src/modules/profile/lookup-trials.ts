import { keyInputs } from '../../config/sections/lookups/key-inputs.js';
import { Injectable } from '@nestjs/common';
import type { LookupConfig } from '../../config/sections/lookups/lookup-config.js';
import type { OriginFailure } from '../../kernel/errors.js';
import { parseJson } from '../../kernel/json-text.js';
import type { DipPart } from '../../platform/http/request-context.js';
import type { LookupDip } from './internal/compiled-lookup.js';
import { memberText } from './internal/answer-members.js';
import { composedAnswer, inputText, partAnswer, type PartAnswer } from './internal/composed-answer.js';
import type { ComposedDip, ComposedLookup, Part } from './internal/composed-lookup.js';
import { defaultFields, fieldTrials } from './internal/trial/field-trials.js';
import { withoutSecrets } from './internal/trial/secrets.js';
import type { PartTrial, Trial, UnsetInput } from './internal/trial/trial.js';
import { LookupService, type RequestedDip } from './lookup.service.js';
import { OriginTrials, type Visibility } from './origin-trials.js';

/** A trial, with the entries whose customers it was about, for the audit lines. */
export interface FinishedTrial {
  readonly trial: Trial;
  /** The parts of a composed lookup. `undefined` for a lookup. */
  readonly dipParts: readonly DipPart[] | undefined;
}

interface TriedPart {
  readonly trial: PartTrial;
  readonly answer: PartAnswer;
  /** The secrets that the values of the answer may repeat. */
  readonly secrets: readonly string[];
}

/**
 * Makes one dip for an operator, and describes each of its steps.
 *
 * Guarantees:
 * - The origin is called as for a dip: the same credentials, limits and circuits, and the same
 *   rules for the answer. The priority is `desktop`, so the call never waits for another call.
 * - Nothing is stored: no entry, no "not found", no failure, no near copy. The dip does not count
 *   as popular, and reads no entry.
 * - Without `showsValues`, no text of the result holds a value of the origin.
 *
 * Does not guarantee: the deadline of the service. A trial waits for the timeout of the system,
 * because the operator wants to know how long the system takes.
 */
@Injectable()
export class LookupTrials {
  constructor(
    private readonly lookups: LookupService,
    private readonly origins: OriginTrials,
  ) {}

  async run(dip: RequestedDip, showsValues: boolean): Promise<FinishedTrial> {
    if ('inputs' in dip) return this.tryComposed(dip, showsValues);
    const { trial } = await this.tryLookup(dip, { showsValues, showsInput: true });
    return { trial: { lookup: dip.lookup.name, tenant: dip.tenant, parts: [trial] }, dipParts: undefined };
  }

  private async tryComposed(dip: ComposedDip, showsValues: boolean): Promise<FinishedTrial> {
    const { lookup, tenant } = dip;
    const tried: TriedPart[] = [];
    for (const part of lookup.parts) {
      const answers = tried.map(({ answer }) => answer);
      const partDip = this.lookups.partDip({ lookup: part.lookup, inputs: inputsOf(dip, part, answers), of: dip });
      const shown = { showsValues, showsInput: showsValues || part.with === undefined };
      const { trial, ...rest } = await this.tryLookup(partDip, shown);
      tried.push({ trial: { ...trial, unsetInputs: unsetInputs(lookup, part, answers) }, ...rest });
    }
    const answers = tried.map(({ answer }) => answer);
    const { text } = composedAnswer(lookup, answers, () => undefined);
    const values = parseJson(text) as Record<string, string | number | boolean>;
    const fields = lookup.fields.map(([name, { part, field }]) => {
      const from = `${lookup.parts[part]?.lookup.name ?? ''}.${field}`;
      const value = showsValues ? values[name] : undefined;
      return value === undefined ? { name, from } : { name, from, value };
    });
    const shown = withoutSecrets(
      fields,
      tried.flatMap(({ secrets }) => secrets),
    );
    const trial = { lookup: lookup.name, tenant, parts: tried.map((part) => part.trial), fields: shown };
    const dipParts = tried.map(({ trial: part, answer: { entryKey } }) => ({
      lookup: part.lookup,
      entryKey,
      cache: undefined,
      reason: undefined,
    }));
    return { trial, dipParts };
  }

  private async tryLookup(dip: LookupDip, visibility: Visibility): Promise<TriedPart> {
    const { lookup, subject } = dip;
    const { config } = lookup;
    const about = { lookup: lookup.name, inputs: keyInputs(config.key).map(({ input }) => input) };
    const none = {
      error: '',
      cause: '',
      message: '',
      customerId: 'not_declared',
      customerIdFrom: withoutSecrets(config.customerId ?? '', config.secrets),
      customerIdMissing: [],
      unsetInputs: [],
    } as const;
    if (subject === undefined) {
      const reason = dip.isWithheld === true ? 'withheld' : 'no_lookup_key';
      const fields = withoutSecrets(defaultFields(config, reason), config.secrets);
      const trial: PartTrial = { ...about, ...none, result: reason, usedInput: '', calls: [], fields };
      return { trial, answer: partAnswer({ source: 'none', reason }, undefined), secrets: config.secrets };
    }
    await lookup.reader.readyToInspect();
    const { calls: tried, failure } = await this.origins.callAll(dip, subject, visibility);
    const last = tried.at(-1);
    const calls = tried.map(({ trial }) => trial);
    const secrets = [...config.secrets, ...tried.flatMap((call) => call.secrets)];
    const base = { ...about, ...none, usedInput: subject.identifier.input, calls };
    if (failure !== undefined) {
      const fields = withoutSecrets(defaultFields(config, 'failed'), config.secrets);
      const trial: PartTrial = { ...base, ...described(failure), result: 'failed', fields };
      return { trial, answer: partAnswer({ source: 'degraded', reason: failure.code }, subject.entryKey), secrets };
    }
    if (last?.reading?.kind !== 'record') {
      const fields = withoutSecrets(defaultFields(config, 'not_found'), config.secrets);
      const trial: PartTrial = { ...base, result: 'not_found', fields };
      return { trial, answer: partAnswer({ source: 'origin', text: lookup.defaults }, subject.entryKey), secrets };
    }
    const { reading, inspection } = last;
    const { text, customerId, defaults } = lookup.reader.project(reading);
    const trial: PartTrial = {
      ...base,
      result: 'found',
      customerId: standingOf(config, customerId),
      customerIdMissing: withoutSecrets(inspection?.customerId?.missing ?? [], secrets),
      fields: withoutSecrets(fieldTrials(config, { reading, defaults, inspection }, visibility.showsValues), secrets),
    };
    return { trial, answer: partAnswer({ source: 'origin', text }, subject.entryKey), secrets };
  }
}

function described({ code, message, details }: OriginFailure): Pick<PartTrial, 'error' | 'cause' | 'message'> {
  return { error: code, cause: details.tokenFault ?? details.fault ?? 'other', message };
}

function standingOf({ customerId }: LookupConfig, found: string | undefined): PartTrial['customerId'] {
  if (customerId === undefined) return 'not_declared';
  return found === undefined ? 'missing' : 'found';
}

/** The inputs of a part: those of the caller, or fields of earlier parts. */
function inputsOf(
  dip: ComposedDip,
  { with: given }: Part,
  earlier: readonly PartAnswer[],
): ReadonlyMap<string, string> {
  if (given === undefined) return dip.inputs;
  return new Map(
    given.flatMap(([input, value]): [string, string][] => {
      const text = inputText(earlier[value.part], value);
      return text === undefined ? [] : [[input, text]];
    }),
  );
}

function unsetInputs(
  { parts }: ComposedLookup,
  { with: given = [] }: Part,
  earlier: readonly PartAnswer[],
): UnsetInput[] {
  return given.flatMap(([input, value]): UnsetInput[] => {
    const answer = earlier[value.part];
    if (inputText(answer, value) !== undefined) return [];
    const from = `${parts[value.part]?.lookup.name ?? ''}.${value.field}`;
    const text = answer?.text && memberText(answer.text, value.opening);
    if (text === undefined) return [{ input, from, reason: 'no_answer' }];
    return [{ input, from, reason: text === value.fallback ? 'default' : 'empty' }];
  });
}
