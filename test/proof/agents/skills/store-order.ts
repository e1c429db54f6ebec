import { createHash } from 'node:crypto';
import {
  CLAIM_AGENT,
  CLAIM_BY_SKILL,
  CLAIM_MATCH,
} from '../../../../src/modules/agent-state/store/internal/agent-scripts.js';
import { MAX_BEST_CANDIDATES } from '../../../../src/modules/agent-state/store/skill-claims.js';
import { SortedTexts } from './sorted-texts.js';

/** A claim as the script got it. */
interface SeenClaim {
  readonly queueId: string;
  readonly evaluation: 'all' | 'best' | 'disregard' | 'plain';
  readonly requirements: readonly { readonly skill: string; readonly minimum: number }[];
  readonly preferred: readonly string[];
  /** `false`: if no agent is locked, another script looks at the matches. */
  readonly isLast: boolean;
}

interface Candidate {
  readonly agentId: string;
  readonly position: string;
  readonly sum: number;
}

const POSITION_AGENT = 24;
const shaOf = (lua: string | Buffer): string => createHash('sha1').update(lua).digest('hex');
const PLAIN = shaOf(CLAIM_AGENT.lua);
const BY_SKILL = shaOf(CLAIM_BY_SKILL.lua);
const MATCH = shaOf(CLAIM_MATCH.lua);
/** Arguments of the claim scripts, as their headers number them. */
const [EVALUATION, REQUIREMENTS] = [11, 14];

/**
 * Follows the commands of a Redis server in their order (`MONITOR`), and checks each claim against
 * the state at that moment. A claim must get the first agent of the queue that it may get.
 *
 * The claims have no call id, no lock expires, and no agent is stale. Then a claim that locks no
 * agent has found none.
 */
export class StoreOrder {
  private readonly free = new Map<string, SortedTexts>();
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
    else if (key === `agents:{${this.tenant}}:skills` && name === 'hset') this.applySkills(rest);
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
  private applySkills([agentId = '', text = '']: readonly string[]): void {
    const pairs = [...text.matchAll(/([^;|=]+)=([\d.]+);/g)].toReversed();
    this.skills.set(agentId, new Map(pairs.map(([, name = '', level]) => [name, Number(level)])));
  }

  private applyRoster([agentId = '', text = '']: readonly string[]): void {
    this.lastMs.set(agentId, Number(text.split(' ')[2]));
  }

  private applyQueue(name: string, key: string, rest: readonly string[]): void {
    const members = name === 'zadd' ? rest.filter((_, index) => index % 2 === 1) : rest;
    if (key.endsWith(':free')) {
      const free = this.freeIn(key);
      for (const position of members)
        if (name === 'zadd') free.add(position);
        else if (name === 'zrem') free.delete(position);
    } else if (key.endsWith(':agents')) {
      const agents = this.members.get(key) ?? new Set<string>();
      this.members.set(key, agents);
      for (const agentId of members)
        if (name === 'zadd') agents.add(agentId);
        else if (name === 'zrem') agents.delete(agentId);
    }
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
    const free = this.freeIn(`queue:{${this.tenant}}:${claim.queueId}:free`);
    for (const agentId of claim.preferred) {
      const position = free.texts.find((text) => text.slice(POSITION_AGENT) === agentId);
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
    const agentId = position.slice(POSITION_AGENT);
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

/**
 * The first call of a script on a connection sends its text (`EVAL`).
 *
 * @returns `undefined` if the command is no claim of the tenant
 */
function claimIn(command: readonly string[], tenant: string): SeenClaim | undefined {
  const [name = '', script = '', keyCount = '0', ...rest] = command;
  const isText = name.toLowerCase() === 'eval';
  if ((!isText && name.toLowerCase() !== 'evalsha') || rest[0] !== `agents:{${tenant}}:locks`) return undefined;
  const sha = isText ? shaOf(unescaped(script)) : script;
  const args = rest.slice(Number(keyCount));
  const queueId = args[0] ?? '';
  if (sha === PLAIN) return { queueId, evaluation: 'plain', requirements: [], preferred: [], isLast: true };
  if (sha !== BY_SKILL && sha !== MATCH) return undefined;
  const count = Number(args[REQUIREMENTS]);
  const from = REQUIREMENTS + 1;
  const requirements = Array.from({ length: count }, (_, index) => ({
    skill: skillIn(args[from + 2 * index] ?? ''),
    minimum: Number(args[from + 2 * index + 1]),
  }));
  const evaluation = args[EVALUATION] as SeenClaim['evaluation'];
  return { queueId, evaluation, requirements, preferred: args.slice(from + 2 * count), isLast: sha === MATCH };
}

/** The skill of a pattern `;<skill>=([%d.]+)`. */
function skillIn(pattern: string): string {
  return pattern.slice(1, pattern.lastIndexOf('=')).replaceAll(/%(.)/g, '$1');
}

/** The bytes of an argument that `MONITOR` shows. */
function unescaped(shown: string): Buffer {
  const letters: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };
  const text = shown.replaceAll(/\\(?:x([0-9a-f]{2})|(.))/g, (_, hex: string | undefined, letter: string) =>
    hex === undefined ? (letters[letter] ?? letter) : String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(text, 'latin1');
}
