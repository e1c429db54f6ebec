import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from 'pino';
import { Clock } from '../../../kernel/clock.js';
import { HttpProblem } from '../../../kernel/errors.js';
import { declareLogFields } from '../../../platform/logging/log-fields.js';
import { LOGGER } from '../../../platform/logging/logger.token.js';
import { MAX_SKILLS_PER_AGENT, MAX_SKILLS_PER_TENANT } from '../../../contracts/skills.js';
import {
  MAX_AGENTS_PER_QUEUE,
  MAX_AGENTS_PER_TENANT,
  MAX_MEMBERSHIPS_PER_TENANT,
  MAX_QUEUES_PER_AGENT,
  type RefusedJoin,
  type RefusedReport,
} from '../store/agent-store.js';
import type { SkillsResult } from '../store/skill-claims.js';

declareLogFields({ tenant: 'text', reason: 'text' });

type Refusal = RefusedReport | RefusedJoin | Exclude<SkillsResult['outcome'], 'applied' | 'unchanged' | 'older'>;

/** At most one line a minute per reason, because a caller usually repeats a refused request. */
const LINE_EVERY_MS = 60_000;
/** `Retry-After` of a full store, in seconds: an operator has to act. */
const FULL_RETRY_AFTER_S = 60;

/**
 * Turns a refusal of the agent store into the problem that the caller gets, and logs it. A full
 * Redis refuses every write of every caller, so Datadip stops storing what has no TTL before that.
 */
@Injectable()
export class AgentLimits {
  private readonly loggedAtMs = new Map<Refusal, number>();

  constructor(
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly log: Pick<Logger, 'warn'>,
  ) {}

  refuse(tenant: string, refusal: Refusal): HttpProblem {
    const problem = problemOf(refusal);
    const nowMs = this.clock.nowMs();
    if (nowMs - (this.loggedAtMs.get(refusal) ?? -Infinity) >= LINE_EVERY_MS) {
      this.loggedAtMs.set(refusal, nowMs);
      this.log.warn({ tenant, reason: problem.message }, 'agent or membership refused');
    }
    return problem;
  }
}

function problemOf(refusal: Refusal): HttpProblem {
  switch (refusal) {
    case 'too-many-queues':
      return tooMany('queues of the agent', MAX_QUEUES_PER_AGENT);
    case 'too-many-members':
      return tooMany('agents in the queue', MAX_AGENTS_PER_QUEUE);
    case 'too-many-memberships':
      return tooMany('queue memberships of the tenant', MAX_MEMBERSHIPS_PER_TENANT);
    case 'too-many-agents':
      return new HttpProblem('too_many_agents', 400, `too many agents; allowed per tenant: ${MAX_AGENTS_PER_TENANT}`);
    case 'too-many-skills':
      return new HttpProblem(
        'too_many_skills',
        400,
        `too many skills; allowed: ${MAX_SKILLS_PER_AGENT} of an agent, ${MAX_SKILLS_PER_TENANT} names of a tenant`,
      );
    case 'store-full':
      return new HttpProblem(
        'store_full',
        503,
        'Redis uses more than 90 % of its memory and takes no new agents, memberships or skills; raise maxmemory',
        FULL_RETRY_AFTER_S,
      );
  }
}

function tooMany(what: string, allowed: number): HttpProblem {
  return new HttpProblem('too_many_members', 400, `too many ${what}; allowed: ${allowed}`);
}
