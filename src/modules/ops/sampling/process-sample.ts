import { z } from 'zod';

/** The version of the samples. A process ignores samples of another version. */
export const SAMPLE_VERSION = 1;
/** How often a process takes a sample, in milliseconds. */
export const SAMPLE_EVERY_MS = 1000;

/** The most entries of each list of a sample. They bound the text of a sample to about 20 KB. */
export const MAX_SYSTEMS = 40;
export const MAX_TENANTS = 50;
export const MAX_TOKENS = 20;
export const MAX_REGIONS = 32;
export const MAX_TROUBLES = 20;
export const MAX_TEXT = 200;
const MAX_COUNTS = 64;

/** The groups of counters in a sample. All of them add up over processes and over time. */
export const COUNT_GROUPS = [
  /** Data dips, by source. */
  'answers',
  /** Data dips that were answered within each bound of the histogram, in seconds. */
  'within',
  /** Degraded data dips, by reason. */
  'degraded',
  /** Calls to systems of record, by system. */
  'calls',
  /** The calls that failed, by system. "Not found" is no failure. */
  'errors',
  /** Calls that admission refused, by priority. */
  'shed',
  /** The same calls, by reason. */
  'shedReasons',
  /** Claims of agents, by outcome. */
  'claims',
  /** Agents whose stored status differed, by platform. */
  'drift',
] as const;
export type CountGroup = (typeof COUNT_GROUPS)[number];

const text = z.string().max(MAX_TEXT);
const amount = z.number().min(0);
const counts = z.record(text, amount).refine((record) => Object.keys(record).length <= MAX_COUNTS);

const system = z.object({
  name: text,
  inFlight: amount,
  limit: amount,
  isCircuitOpen: z.boolean(),
  isPaused: z.boolean(),
  /** The last failed call, in words. `undefined` means that no call has failed. */
  failure: z.object({ text, ageMs: amount }).optional(),
});

/**
 * The figures of one process, once a second. A sample has names of the configuration, names of
 * machines and numbers; it has no identifier of a customer, a call or an agent.
 */
export const processSample = z.object({
  version: z.literal(SAMPLE_VERSION),
  /** The id of the process: a random text of this run. */
  process: text,
  /** Counts the samples of the process from 1, so that a repeated sample is noticed. */
  number: z.number().int().min(1),
  host: text,
  release: text,
  upS: amount,
  lifecycle: z.enum(['starting', 'ready', 'draining', 'stopping']),
  /** The growth of all counters since the sample before. Counts of 0 are left out. */
  counts: z.record(z.enum(COUNT_GROUPS), counts),
  systems: z.array(system).max(MAX_SYSTEMS),
  /** Agents by last reported status. */
  agents: z.array(z.object({ tenant: text, byStatus: counts })).max(MAX_TENANTS),
  tokens: z.array(z.object({ platform: text, expiresInS: amount })).max(MAX_TOKENS),
  loopMeanMs: amount,
  loopMaxMs: amount,
  requestsInFlight: amount,
  /** `none`: no Redis is configured. */
  store: z.object({ state: z.enum(['none', 'well', 'degraded', 'away']), text }),
  hearsMessages: z.boolean(),
  /** `undefined` means that there is a single region. */
  bus: z.object({ state: text, heardAgeS: amount.optional(), lag: amount, outbox: amount }).optional(),
  /** The other regions. No age means that the region was never heard. */
  regions: z.array(z.object({ name: text, ageS: amount.optional(), isSilent: z.boolean() })).max(MAX_REGIONS),
  /** The parts of the process that the health page shows as degraded. */
  troubles: z.array(z.object({ part: text, text })).max(MAX_TROUBLES),
});

export type ProcessSample = z.infer<typeof processSample>;
export type SystemSample = z.infer<typeof system>;
