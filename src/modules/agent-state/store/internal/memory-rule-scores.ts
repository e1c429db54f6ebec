import { callsOn, type AgentSlice, type RuleRecord, type RuleScores } from '../rule-scores.js';
import type { MemoryQueues } from './memory-queues.js';
import type { MemorySkills } from './memory-skills.js';

/** The facts that `agents.priority` computes from, and its scores, of one tenant. */
export class MemoryRuleScores {
  private readonly hired = new Map<string, string>();
  /** `<day> <calls>` */
  private readonly calls = new Map<string, string>();

  /** @param queuedSince the idle time in the agent's positions */
  constructor(
    private readonly queues: MemoryQueues,
    private readonly skills: MemorySkills,
    private readonly queuedSince: (agentId: string) => string | undefined,
  ) {}

  read(agentId: string, day: string): RuleRecord {
    const hiredOn = this.hired.get(agentId);
    const calls = this.calls.get(agentId) ?? '';
    const skills = this.skills.read(agentId);
    const version = [JSON.stringify([...skills]), hiredOn ?? '', calls] as const;
    return { version, skills, hiredOn, callsToday: callsOn(calls, day), scores: this.queues.ruleScores(agentId) };
  }

  /** @returns the number of changed scores; `undefined` if the record has another version by now */
  set({ agentId, version, scores }: RuleScores): number | undefined {
    const current = this.read(agentId, '').version;
    if (version.some((part, at) => part !== current[at])) return undefined;
    const queuedSince = this.queuedSince(agentId);
    const set = ([queueId, score]: [string, number]): boolean =>
      this.queues.setRuleScore({ queueId, agentId, queuedSince }, score);
    return [...scores].filter(set).length;
  }

  /** The agents have no ordinals here. A part begins after `from` agents. */
  listRanked(from: number, limit: number): AgentSlice {
    const all = [...new Set([...this.queues.agentIds(), ...this.skills.agentIds()])];
    const next = from + limit < all.length ? from + limit : undefined;
    return { agentIds: all.slice(from, from + limit), next };
  }

  /** @returns whether the date changed */
  setHireDate(agentId: string, hiredOn: string | undefined): boolean {
    if (this.hired.get(agentId) === hiredOn) return false;
    if (hiredOn === undefined) this.hired.delete(agentId);
    else this.hired.set(agentId, hiredOn);
    return true;
  }

  countCall(agentId: string, day: string): void {
    this.calls.set(agentId, `${day} ${callsOn(this.calls.get(agentId) ?? '', day) + 1}`);
  }

  delete(agentId: string): void {
    this.hired.delete(agentId);
    this.calls.delete(agentId);
  }
}
