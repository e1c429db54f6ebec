import type { EntryIdentifier } from '../../../cache/identified-entries.js';
import { WITHHELD } from '../../../config/phone/bare-number.js';
import { entryInputs } from '../../../config/sections/lookups/key-inputs.js';
import type { KeyEntry, KeyInput, LookupConfig } from '../../../config/sections/lookups/lookup-config.js';
import {
  filteredValue,
  isChoosy,
  templateInputs,
  type Placeholder,
  type Template,
} from '../../../config/sections/lookups/template.js';
import type { Dip, DipLookup, Identifier } from '../../../contracts/dip.js';
import { answerConverter, answerFormat, defaultAnswer, wholeAnswerCheck } from './answer-shape.js';
import { Bulkheads } from './bulkheads.js';
import type { Clock } from '../../../kernel/clock.js';
import { PopularEntries } from './popular-entries.js';
import type { Inputs } from './inputs.js';
import { identityPrefix, normalize } from './normalize.js';
import { LookupReader } from './lookup-reader.js';
import {
  allTemplates,
  followedPath,
  requestTemplates,
  sendsAll,
  valueOf,
  type RequestTemplates,
} from './origin-request.js';
import { leavesPath } from './path-segments.js';
import type { ReadingThreads } from './reading/reading-threads.js';

interface IdentifyingInput extends KeyInput {
  /** Precedes the value in the hashed text. */
  readonly prefix: string;
  /** The placeholders that cannot take every value. `undefined` means that there are none. */
  readonly choosy: readonly Placeholder[] | undefined;
}

/** Inputs that identify an entry only together. */
interface JointInputs {
  /** Sorted by name, so that the order in the file does not change the key of an entry. */
  readonly all: readonly IdentifyingInput[];
}

/** A declared lookup with everything that can be computed before the first request. */
export interface CompiledLookup extends DipLookup {
  readonly config: LookupConfig;
  readonly request: RequestTemplates;
  /** `undefined` means that the lookup follows no record. */
  readonly followed: Template | undefined;
  readonly reader: LookupReader;
  /** `undefined` means that only the limits of the system apply. */
  readonly bulkheads: Bulkheads | undefined;
  /** `undefined` means that no pre-warming is declared, so no requests are counted. */
  readonly popular: PopularEntries | undefined;
  /**
   * In the declared order: the first usable alternative identifies the entry. An alternative that
   * the request does not send is left out.
   */
  readonly keys: readonly (IdentifyingInput | JointInputs)[];
  /** The path of the origin, if it holds an input. */
  readonly path: Template | undefined;
}

/** A dip that carries its compiled lookup, so that no stage looks the lookup up again. */
export interface LookupDip extends Dip {
  readonly lookup: CompiledLookup;
}

/**
 * Counted entries per entry that pre-warming loads. More than one, so that the counts become
 * stable.
 */
const COUNTED_PER_PREWARMED = 4;

/** @param at the position of the lookup's plan among the plans of the threads */
export function compileLookup(config: LookupConfig, clock: Clock, threads: ReadingThreads, at: number): CompiledLookup {
  const request = requestTemplates(config.origin);
  const maxTop = Math.max(0, ...config.prewarm.map(({ top }) => top));
  return {
    name: config.name,
    fields: config.fields,
    cache: config.cache,
    priority: config.priority,
    format: answerFormat(config),
    readable: wholeAnswerCheck(config.fields),
    converted: answerConverter(config.fields),
    defaults: defaultAnswer(config.fields),
    config,
    request,
    followed: followedPath(config.origin),
    bulkheads: createBulkheads(config.limits.maxCalls),
    popular: maxTop === 0 ? undefined : new PopularEntries(clock, maxTop * COUNTED_PER_PREWARMED),
    reader: new LookupReader(config, at, threads),
    keys: sentAlternatives(config.key, request).map((entry) => compiledKey(config.key, entry, request)),
    path: pathWithInputs(request),
  };
}

/** The inputs of a path are checked for every value, so a path without inputs is left out. */
function pathWithInputs(request: RequestTemplates): Template | undefined {
  return request.sql === undefined && templateInputs(request.path).length > 0 ? request.path : undefined;
}

/**
 * The alternatives of a key whose inputs the request sends. The check of the file refuses the other
 * ones. This is the second guard: every caller would get the same answer from such a request.
 */
function sentAlternatives(key: readonly KeyEntry[], request: RequestTemplates): readonly KeyEntry[] {
  return key.filter((entry) => {
    const inputs = entryInputs(entry).map(({ input }) => input);
    return sendsAll(request, inputs);
  });
}

function compiledKey(
  key: readonly KeyEntry[],
  entry: KeyEntry,
  request: RequestTemplates,
): IdentifyingInput | JointInputs {
  if (!('all' in entry)) {
    const alone = key.filter((other): other is KeyInput => !('all' in other));
    return identifyingInput(entry, identityPrefix(alone, entry), request);
  }
  const sorted = entry.all.toSorted((a, b) => (a.input < b.input ? -1 : 1));
  return { all: sorted.map((input) => identifyingInput(input, `${input.input}:`, request)) };
}

function identifyingInput(key: KeyInput, prefix: string, request: RequestTemplates): IdentifyingInput {
  const placeholders = allTemplates(request).flatMap((template) => template.placeholders);
  // A phone number has a form under every filter, so a hit does not try its filters.
  const isTried = (placeholder: Placeholder): boolean => placeholder.input === key.input && isChoosy(placeholder);
  const choosy = key.kind === 'phone' ? [] : placeholders.filter(isTried);
  return { ...key, prefix, choosy: choosy.length === 0 ? undefined : choosy };
}

function createBulkheads(maxCalls: number | undefined): Bulkheads | undefined {
  return maxCalls === undefined ? undefined : new Bulkheads(maxCalls);
}

/**
 * The first alternative that is present and usable. `undefined` means that the request has none,
 * and `WITHHELD` that it has none because a phone number is withheld.
 */
export function identify({ keys, path }: CompiledLookup, inputs: Inputs): Identifier | typeof WITHHELD | undefined {
  let withheld: typeof WITHHELD | undefined;
  for (const key of keys) {
    const found = 'all' in key ? identifyJointly(key, inputs) : identifyAlone(key, inputs);
    if (found === WITHHELD) withheld = WITHHELD;
    else if (found !== undefined && (path === undefined || !leavesPath(path, valueOf(found)))) return found;
  }
  return withheld;
}

function identifyAlone(key: IdentifyingInput, inputs: Inputs): Identifier | typeof WITHHELD | undefined {
  const text = inputs.get(key.input);
  const value = text === undefined ? undefined : normalize(key, text);
  if (value === undefined || value === WITHHELD) return value;
  const hasForm = key.choosy?.every((placeholder) => filteredValue(placeholder, value.atOrigin) !== undefined) ?? true;
  return hasForm ? { input: key.input, hashed: key.prefix + value.identity, atOrigin: value.atOrigin } : undefined;
}

/** No identifier holds U+0000, so two pairs of values never join to one text. */
function identifyJointly({ all }: JointInputs, inputs: Inputs): Identifier | typeof WITHHELD | undefined {
  const found: Identifier[] = [];
  for (const key of all) {
    const identifier = identifyAlone(key, inputs);
    if (identifier === undefined || identifier === WITHHELD) return identifier;
    found.push(identifier);
  }
  const [first, ...others] = found;
  return first && { ...first, hashed: found.map(({ hashed }) => hashed).join('\0'), others };
}

/**
 * The texts that identify entries of the lookup, for a value that an event names. An entry of
 * joint inputs is identified by no single value.
 */
export function hashedTexts({ keys }: CompiledLookup, identifier: EntryIdentifier): readonly string[] {
  return keys.flatMap((key) => {
    if ('all' in key) return [];
    const isMeant = 'input' in identifier ? identifier.input === key.input : identifier.kind === key.kind;
    const value = isMeant ? normalize(key, identifier.value) : undefined;
    return value === undefined || value === WITHHELD ? [] : [key.prefix + value.identity];
  });
}
