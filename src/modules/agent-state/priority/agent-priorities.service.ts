import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import { type AgentsConfig, AGENTS_CONFIG } from '../../../config/sections/agents.js';
import { Clock, WallClock } from '../../../kernel/clock.js';
import { mapWithLimit } from '../../../kernel/map-with-limit.js';
import { declareLogFields } from '../../../platform/logging/log-fields.js';
import { LOGGER } from '../../../platform/logging/logger.token.js';
import { Homes } from '../../../regions/homes.js';
import { AgentMetrics } from '../agent.metrics.js';
import { AgentStore, type Membership } from '../store/agent-store.js';
import { NEUTRAL_SCORE, type JoinSource, type RuleRecord } from '../store/rule-scores.js';
import type { RecordSource } from '../store/skill-claims.js';
import { PriorityRule } from './priority-rule.js';

declareLogFields({ tenant: 'text' });

type Agent = Pick<Membership, 'tenant' | 'agentId'>;

/** Where a walk through the agents of a tenant is. `next` is `undefined` at its end. */
interface Walk {
  readonly day: string;
  readonly next: number | undefined;
}

/** Agents whose scores are computed at a time. Claims wait at most for these. */
const AT_A_TIME = 8;
/**
 * The most changed agents that wait. A further changed agent does not wait. Instead, all agents of
 * its tenant are computed in turn.
 */
const MAX_WAITING = 10_000;
/** Agents that one run of the sweep computes: 100 a second with a sweep every 5 s. */
const WALKED_PER_SWEEP = 500;
/** The record may change while its scores are computed. */
const MAX_ATTEMPTS = 5;
const MAX_TENANTS = 1000;
const LINE_EVERY_MS = 60_000;

/**
 * Computes the priority scores of `agents.priority` when something about an agent changes.
 *
 * Guarantees:
 * - A score of the rule never replaces a declared score.
 * - After the last change of a record, its scores become those of the changed record. If the record
 *   changes while its scores are computed, they are computed again.
 * - At the start of a day, and after a start of the process, every agent is computed again.
 * - Only the home region of the tenant computes. Without a rule, nothing happens.
 *
 * Does not guarantee: that a claim a few milliseconds after a change sees the new score. No answer
 * waits for a computation.
 */
@Injectable()
export class AgentPriorities {
  private readonly rule: PriorityRule | undefined;
  private readonly waiting = new Map<string, Agent>();
  private readonly walks = new LRUCache<string, Walk>({ max: MAX_TENANTS });
  private inProgress = 0;
  private loggedAtMs = -Infinity;

  constructor(
    @Inject(AGENTS_CONFIG) { priority }: AgentsConfig,
    private readonly store: AgentStore,
    @Inject(Homes) private readonly homes: Pick<Homes, 'isHome'>,
    private readonly clock: Clock,
    private readonly wallClock: WallClock,
    @Inject(AgentMetrics) private readonly metrics: Pick<AgentMetrics, 'priorityComputed'>,
    @Inject(LOGGER) private readonly log: Pick<Logger, 'warn'>,
  ) {
    this.rule = priority === undefined ? undefined : new PriorityRule(priority);
  }

  /** The present day of the rule, `YYYY-MM-DD`. `undefined` means that no rule counts calls. */
  today(): string | undefined {
    return this.rule?.day(this.wallClock.nowMs());
  }

  /** The source of a membership without a declared score. */
  sourceFor(source: RecordSource): JoinSource {
    if (this.rule === undefined) return source;
    return source === 'read' ? 'read-by-rule' : 'declared-by-rule';
  }

  /** The score of a membership that begins. Without a rule, it is 0. */
  async scoreOf({ tenant, agentId, queueId }: Membership): Promise<number> {
    const { rule } = this;
    if (rule === undefined) return 0;
    const day = rule.day(this.wallClock.nowMs());
    const record = await this.store.readRuleRecord(tenant, agentId, day);
    const scores = await this.compute(rule, { tenant, agentId }, record, day, [queueId]);
    return scores.get(queueId) ?? record.scores.get(queueId) ?? NEUTRAL_SCORE;
  }

  /** The score of a membership that begins, until the rule has computed one. */
  get firstScore(): number {
    return this.rule === undefined ? 0 : NEUTRAL_SCORE;
  }

  /** Computes the scores of a changed agent soon. */
  changed(agent: Agent): void {
    if (this.rule === undefined || !this.homes.isHome(agent.tenant)) return;
    if (this.waiting.size < MAX_WAITING) this.waiting.set(`${agent.tenant} ${agent.agentId}`, agent);
    else this.walks.delete(agent.tenant);
    while (this.inProgress < AT_A_TIME && this.waiting.size > 0) void this.work();
  }

  async setHireDate(agent: Agent, hiredOn: string | undefined): Promise<void> {
    if (await this.store.setHireDate(agent.tenant, agent.agentId, hiredOn)) this.changed(agent);
  }

  /** Computes the next agents of the tenant, if the walk of this day has not reached its end. */
  async walk(tenant: string): Promise<void> {
    const { rule } = this;
    if (rule === undefined || !this.homes.isHome(tenant)) return;
    const day = rule.day(this.wallClock.nowMs());
    const last = this.walks.get(tenant);
    const { next } = last?.day === day ? last : { next: 0 };
    if (next === undefined) return;
    const slice = await this.store.listRanked(tenant, next, WALKED_PER_SWEEP);
    const areDone = await mapWithLimit(slice.agentIds, AT_A_TIME, (agentId) => this.update(rule, { tenant, agentId }));
    this.walks.set(tenant, { day, next: areDone.includes(false) ? next : slice.next });
  }

  private async work(): Promise<void> {
    this.inProgress += 1;
    try {
      for (const [key, agent] of this.waiting) {
        this.waiting.delete(key);
        // The walk repeats what the store refused.
        if (this.rule !== undefined && !(await this.update(this.rule, agent))) this.walks.delete(agent.tenant);
      }
    } finally {
      this.inProgress -= 1;
    }
  }

  /** @returns `false` if the store failed */
  private async update(rule: PriorityRule, agent: Agent): Promise<boolean> {
    try {
      const isDone = await this.updateOnce(rule, agent);
      if (!isDone) this.metrics.priorityComputed('failed');
      return isDone;
    } catch {
      this.metrics.priorityComputed('failed');
      return false;
    }
  }

  private async updateOnce(rule: PriorityRule, agent: Agent): Promise<boolean> {
    const { tenant, agentId } = agent;
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const day = rule.day(this.wallClock.nowMs());
      const record = await this.store.readRuleRecord(tenant, agentId, day);
      const computed = await this.compute(rule, agent, record, day, record.scores.keys());
      const scores = new Map([...computed].filter(([queueId, score]) => record.scores.get(queueId) !== score));
      const changed =
        scores.size === 0 ? 0 : await this.store.setRuleScores({ tenant, agentId, version: record.version, scores });
      if (changed === undefined) continue;
      this.metrics.priorityComputed(changed > 0 ? 'changed' : 'unchanged');
      return true;
    }
    return false;
  }

  /** @returns a score per queue; a queue whose score cannot be computed is left out */
  private async compute(
    rule: PriorityRule,
    { tenant, agentId }: Agent,
    record: RuleRecord,
    day: string,
    queueIds: Iterable<string>,
  ): Promise<Map<string, number>> {
    const platform = rule.isExpression ? ((await this.store.read(tenant, agentId))?.platform ?? '') : '';
    const scores = new Map<string, number>();
    for (const queueId of queueIds) {
      const score = await rule.score(record, day, { agentId, queueId, platform });
      if (score === undefined) this.noteFailure(tenant);
      else scores.set(queueId, score);
    }
    return scores;
  }

  private noteFailure(tenant: string): void {
    this.metrics.priorityComputed('no_number');
    const nowMs = this.clock.nowMs();
    if (nowMs - this.loggedAtMs < LINE_EVERY_MS) return;
    this.loggedAtMs = nowMs;
    this.log.warn({ tenant }, 'agents.priority.expression yields no number; the former score stays');
  }
}
