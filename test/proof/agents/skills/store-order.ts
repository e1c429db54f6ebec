import { priorityDigits } from '../../../../src/modules/agent-state/store/queue-position.js';
import { MAX_BEST_CANDIDATES } from '../../../../src/modules/agent-state/store/skill-claims.js';
import { parseRecord } from '../../../support/agent-record.js';
import { claimIn, type SeenClaim } from './seen-claim.js';
import { SortedTexts } from './sorted-texts.js';

interface Candidate {
  readonly agentId: string;
  readonly position: string;
  readonly sum: number;
}

/** Characters of a position text before the ordinal: ten of the score, seven of the idle time. */
const BEFORE_ORDINAL = 17;
/**
 * Follows the commands of a Redis server in their order (`MONITOR`), and checks each claim against
 * the state at that moment. A claim must get the first agent of the queue that it may get.
 *
 * The claims have no call id, no lock expires, and no agent is stale. Then a claim that locks no
 * agent has found none.
 */
export class StoreOrder {
  /** Positions by queue: ten characters of the score, then the member. */
  private readonly free = new Map<string, SortedTexts>();
  private readonly agentByOrdinal = new Map<string, string>();
  private readonly members = new Map<string, Set<string>>();
  private readonly locked = new Set<string>();
  private readonly skills = new Map<string, ReadonlyMap<string, number>>();
  private readonly lastMs = new Map<string, number>();
  private current: SeenClaim | undefined;
  readonly findings: string[] = [];
  /** Claims that locked an agent, by the rule that chose it. */
  readonly taken = new Map<string, number>();
  none = 0;

  constructor(private readonly tenant: string) {}

  /** @param args the command and its arguments */
  follow(args: readonly string[], source: string): void {
    if (source === 'lua') {
      this.apply(args);
      return;
    }
    if (this.current?.isLast === true) this.checkNone(this.current);
    this.current = claimIn(args, this.tenant);
  }

  private apply([command = '', key = '', ...rest]: readonly string[]): void {
    const name = command.toLowerCase();
    if (key === `agents:{${this.tenant}}:locks`) this.applyLocks(name, rest);
    else if (key === `agents:{${this.tenant}}:roster` && name === 'hset') this.applyRoster(rest);
    else if (key.startsWith(`queue:{${this.tenant}}:`)) this.applyQueue(name, key, rest);
  }

  private applyLocks(name: string, rest: readonly string[]): void {
    if (name === 'hdel') for (const field of rest) this.locked.delete(field);
    if (name !== 'hset') return;
    const [agentId = '', text = ''] = rest;
    if (agentId.startsWith(':')) return;
    if (this.current !== undefined) {
      this.checkTaken(this.current, agentId, text.split(' ')[3] ?? '');
      this.current = undefined;
    }
    this.locked.add(agentId);
  }

  /** The first proficiency of a name counts: a declared one stands before a read one. */
  private applyRoster([ordinal = '', text = '']: readonly string[]): void {
    const { agent, lastMs, skills } = parseRecord(text) ?? { agent: '', lastMs: 0, skills: '' };
    const pairs = [...skills.matchAll(/([^;|=]+)=([\d.]+);/g)].toReversed();
    this.agentByOrdinal.set(ordinal, agent);
    this.lastMs.set(agent, lastMs);
    this.skills.set(agent, new Map(pairs.map(([, name = '', level]) => [name, Number(level)])));
  }

  private applyQueue(name: string, key: string, rest: readonly string[]): void {
    const members = name === 'zadd' ? rest.filter((_, index) => index % 2 === 1) : rest;
    if (key.endsWith(':idle')) {
      this.applyFree(name, key, rest, members);
    } else if (key.endsWith(':agents')) {
      const agents = this.members.get(key) ?? new Set<string>();
      this.members.set(key, agents);
      for (const agentId of members)
        if (name === 'zadd') agents.add(agentId);
        else if (name === 'zrem') agents.delete(agentId);
    }
  }

  private applyFree(name: string, key: string, rest: readonly string[], members: readonly string[]): void {
    const free = this.freeIn(key);
    if (name !== 'zadd' && name !== 'zrem') return;
    for (const [index, member] of members.entries()) {
      const before = free.texts.find((text) => text.slice(10) === member);
      if (before !== undefined) free.delete(before);
      if (name === 'zadd') free.add(`${priorityDigits(Number(rest[2 * index]))}${member}`);
    }
  }

  private agentAt(position: string): string {
    return this.agentByOrdinal.get(position.slice(BEFORE_ORDINAL)) ?? '';
  }

  private freeIn(key: string): SortedTexts {
    const free = this.free.get(key) ?? new SortedTexts();
    this.free.set(key, free);
    return free;
  }

  private checkTaken(claim: SeenClaim, agentId: string, lockedQueue: string): void {
    const [, rule = 'plain', score] = lockedQueue.split('|');
    this.taken.set(rule, (this.taken.get(rule) ?? 0) + 1);
    if (this.locked.has(agentId)) this.findings.push(`${agentId} was in a lock`);
    if (!this.membersOf(claim).has(agentId)) this.findings.push(`${agentId} was no member of ${claim.queueId}`);
    this.checkRight(claim, agentId, rule, score);
  }

  private checkRight(claim: SeenClaim, agentId: string, rule: string, score: string | undefined): void {
    const expected = this.expected(claim);
    const expectedRule = expected?.isPreferred === true ? 'preferred' : claim.evaluation;
    const [got, wanted] = [`${agentId} by ${rule}`, `${expected?.agentId} by ${expectedRule}`];
    if (got !== wanted) this.findings.push(`${JSON.stringify(claim)} got ${got}, not ${wanted}`);
    const sum = expected?.sum ?? 0;
    if (score !== undefined && Math.abs(Number(score) - sum) > 0.001)
      this.findings.push(`${agentId} has ${sum}, not ${score}`);
  }

  private checkNone(claim: SeenClaim): void {
    this.none += 1;
    const expected = this.expected(claim);
    if (expected !== undefined) this.findings.push(`${JSON.stringify(claim)} got none, not ${expected.agentId}`);
  }

  private expected(claim: SeenClaim): (Candidate & { readonly isPreferred?: true }) | undefined {
    const free = this.freeIn(`queue:{${this.tenant}}:${claim.queueId}:idle`);
    for (const agentId of claim.preferred) {
      const position = free.texts.find((text) => this.agentAt(text) === agentId);
      const found = position === undefined ? undefined : this.candidate(claim, position);
      if (found !== undefined) return { ...found, isPreferred: true };
    }
    const most = claim.evaluation === 'best' ? MAX_BEST_CANDIDATES : 1;
    const candidates: Candidate[] = [];
    for (const position of free.texts) {
      const found = this.candidate(claim, position);
      if (found !== undefined) candidates.push(found);
      if (candidates.length === most) break;
    }
    return candidates.toSorted((left, right) => this.order(left, right))[0];
  }

  private order(left: Candidate, right: Candidate): number {
    const [leftScore, rightScore] = [left.position.slice(0, 10), right.position.slice(0, 10)];
    return (
      right.sum - left.sum ||
      (leftScore < rightScore ? -1 : leftScore > rightScore ? 1 : 0) ||
      (this.lastMs.get(left.agentId) ?? 0) - (this.lastMs.get(right.agentId) ?? 0) ||
      (left.position < right.position ? -1 : 1)
    );
  }

  /** @returns `undefined` if the agent of the position is locked, or lacks a skill */
  private candidate({ evaluation, requirements }: SeenClaim, position: string): Candidate | undefined {
    const agentId = this.agentAt(position);
    if (this.locked.has(agentId)) return undefined;
    const levels = requirements.map(({ skill }) => this.skills.get(agentId)?.get(skill));
    const isMet = requirements.every(({ minimum }, index) => (levels[index] ?? -1) >= minimum);
    if (evaluation !== 'disregard' && !isMet) return undefined;
    return { agentId, position, sum: levels.reduce<number>((sum, level) => sum + (level ?? 0), 0) };
  }

  private membersOf({ queueId }: SeenClaim): ReadonlySet<string> {
    return this.members.get(`queue:{${this.tenant}}:${queueId}:agents`) ?? new Set();
  }
}
