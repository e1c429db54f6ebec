import { z } from 'zod';
import { PATH_SEGMENT } from '../../kernel/path-segment.js';
import { boundedExpression } from '../schema/expression.js';
import { flag, millis, must, numberBetween, oneOf, plain, seen, strict, text, textThat } from '../schema/scalars.js';
import { tenant } from '../schema/text-rules.js';
import { unknownSystemWording } from '../schema/wordings.js';
import type { Finding } from '../yaml/finding.js';

/** `AgentsConfig` */
export const AGENTS_CONFIG = Symbol('agents config');

/** How the state of agents ages, and which platforms Datadip reads. */
export interface AgentsConfig {
  /**
   * An agent with no report for longer than this time is stale, and Datadip does not hand the agent
   * out. In milliseconds, 1,000 to 86,400,000. Default 43,200,000 (12 h, a shift): platforms report
   * changes only, so an agent who waits for calls sends no report. With `reconcile`, use 300,000
   * (5 min): the readings report every agent again several times in this time.
   */
  readonly agentTtlMs: number;
  /**
   * `true` means that Datadip checks the agent with the platform before it answers a claim. The
   * check costs one call to the platform per claim, and its time. Needs a platform of the tenant
   * under `reconcile`. Default `false`.
   */
  readonly verifyOnClaim: boolean;
  /**
   * The longest that the check of `verifyOnClaim` may take. The deadline may leave less time.
   * Without an answer in this time, Datadip keeps the claim. In milliseconds, 10 to 10,000. Default
   * 500: a platform answers in 50 to 200 ms.
   */
  readonly verifyWithinMs: number;
  /**
   * The platforms that Datadip reads in intervals, so that a lost event is repaired. At most 100.
   * An empty list, the default, means that Datadip reads no platform.
   */
  readonly reconcile: readonly ReconcileConfig[];
  /**
   * The rule that computes the priority score of agents without a declared score: weights, or an
   * expression. No value, the default, means that their score is 0.
   */
  readonly priority?: PriorityConfig | undefined;
}

/**
 * The rule for priority scores. A lower score comes first. A map has weights or an expression, not
 * both. Among agents with equal scores, the agent with the longest idle time comes first.
 */
export interface PriorityConfig {
  /** Subtracted for each full year since the date of hire. 0 to 1,000. Default 0. */
  readonly tenure?: number | undefined;
  /** Subtracted for each level of the mean proficiency, 0 to 5. 0 to 1,000. Default 0. */
  readonly skillMatch?: number | undefined;
  /** Added for each confirmed call of the day. 0 to 1,000. Default 0. */
  readonly fairness?: number | undefined;
  /**
   * A JSONata expression that yields the score, and replaces the weights. It reads `agentId`,
   * `queueId`, `platform`, `skills`, `skillLevel`, `tenureYears` and `callsToday`. No value, the
   * default, means that the weights count.
   */
  readonly expression?: string | undefined;
  /** The IANA time zone that decides when a day begins. Default `UTC`. */
  readonly timeZone: string;
}

/** A platform that Datadip reads. */
export interface ReconcileConfig {
  readonly platform: 'genesys' | 'cxone';
  /**
   * The name of the declared system that is the platform's API. The base URL of a CXone system
   * includes `/services/vXX.0`.
   */
  readonly system: string;
  /** The tenant that the agents belong to. */
  readonly tenant: string;
  /** The interval between two readings. In milliseconds, 1,000 to 3,600,000. Default 60,000. */
  readonly everyMs: number;
  /**
   * The queues whose members Datadip reads from the platform: `all`, or a list of 1 to 1,000 ids.
   * In CXone, a queue is a skill, and its id is the id of the skill. No value, the default, means
   * that only `PUT /queues/{queueId}/agents/{agentId}` declares members.
   */
  readonly queues?: 'all' | readonly string[] | undefined;
  /**
   * `true` means that Datadip reads the skills and languages of agents from the platform. Default
   * `false`: only `PUT /agents/{agentId}/skills` declares skills.
   */
  readonly skills?: boolean | undefined;
}

const MAX_QUEUES = 1000;
const queues = z.custom<'all' | readonly string[]>(
  isQueues,
  must(`must be all, or a list of ids of queues in quotes; allowed length: 1 to ${MAX_QUEUES}`),
);

const reconcile = strict({
  platform: oneOf(['genesys', 'cxone']),
  system: text,
  tenant: textThat(tenant, (given) => (given === '*' ? 'must be one tenant' : undefined)),
  everyMs: millis(1000, 3_600_000).default(60_000),
  queues: z.preprocess(plainIds, queues).optional(),
  skills: flag.optional(),
});

const MAX_WEIGHT = 1000;
const WEIGHTS = ['tenure', 'skillMatch', 'fairness'] as const;

const priority = strict({
  tenure: numberBetween(0, MAX_WEIGHT).optional(),
  skillMatch: numberBetween(0, MAX_WEIGHT).optional(),
  fairness: numberBetween(0, MAX_WEIGHT).optional(),
  expression: boundedExpression.optional(),
  timeZone: textThat((given) =>
    isTimeZone(given) ? undefined : 'must be an IANA time zone, such as Europe/Berlin',
  ).default('UTC'),
})
  .refine((rule) => rule.expression !== undefined || WEIGHTS.some((name) => rule[name] !== undefined), {
    error: 'needs tenure, skillMatch, fairness or expression',
  })
  .superRefine((rule, context) => {
    if (rule.expression === undefined) return;
    const error = 'must not stand next to expression';
    for (const name of WEIGHTS)
      if (rule[name] !== undefined)
        context.addIssue({ code: 'custom', path: [name], message: error, input: rule[name] });
  });

export const agentsSchema = strict({
  agentTtlMs: millis(1000, 86_400_000).default(43_200_000),
  verifyOnClaim: flag.default(false),
  verifyWithinMs: millis(10, 10_000).default(500),
  reconcile: z
    .array(reconcile, must('must be a list'))
    .max(100, 'must be a list; allowed length: 0 to 100')
    .default([]),
  priority: priority.optional(),
}).refine(({ verifyOnClaim, reconcile: platforms }) => !verifyOnClaim || platforms.length > 0, {
  path: ['verifyOnClaim'],
  error: 'needs a platform under reconcile',
});

function isTimeZone(given: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: given });
    return true;
  } catch {
    return false;
  }
}

function plainIds(declared: unknown): unknown {
  return Array.isArray(declared) ? declared.map(plain) : plain(declared);
}

function isQueues(declared: unknown): boolean {
  if (!Array.isArray(declared)) return declared === 'all';
  const isId = (id: unknown): boolean => typeof id === 'string' && PATH_SEGMENT.test(id);
  return declared.length >= 1 && declared.length <= MAX_QUEUES && declared.every(isId);
}

/** The sketch of the section; see `seen` in `scalars.ts`. */
export const agentsSketch = z.object({ reconcile: seen(z.array(seen(z.object({ system: seen(text) })))) });

export function agentsFindings(
  agents: z.infer<typeof agentsSketch> | undefined,
  systems: Readonly<Record<string, unknown>> | undefined,
): Finding[] {
  if (systems === undefined) return [];
  return (agents?.reconcile ?? []).flatMap((entry, at): Finding[] => {
    if (entry?.system === undefined || Object.hasOwn(systems, entry.system)) return [];
    return [{ path: ['agents', 'reconcile', at, 'system'], message: unknownSystemWording(systems) }];
  });
}
