import { z } from 'zod';
import { AGENT_ID, QUEUE_ID } from '../../contracts/agent-ids.js';
import type { Completeness, DirectorySkill, QueueReading, SkillsReading } from '../../contracts/agent-directory.js';
import type { WallClock } from '../../kernel/clock.js';
import { parseDecimal } from '../../kernel/parse-number.js';
import type { PlatformApi } from '../platform-api.js';

/** CXone is said to return at most 100 entries. It may return fewer than the request asks for. */
const PAGE = 100;
/** 60 MB in memory, and 3,000 calls. A larger list is read only up to here. */
const MAX_ASSIGNMENTS = 300_000;

const id = z.union([z.number(), z.string().min(1)]).transform(String);
const isTrue = z
  .union([z.boolean(), z.string().transform((text) => text.toLowerCase() === 'true')])
  .nullish()
  .transform((value) => value ?? true);

/**
 * An element of `agentSkillAssignments` of `GET /agents/skills`
 * (calljacob/nice-cxone-api, src/services/admin/AdminAgentsService.ts @28a1bd4b, generated from the
 * official OpenAPI document). An absent flag does not end the assignment.
 */
const ASSIGNMENT = z.object({
  agentId: id,
  skillId: id,
  skillName: z.string().min(1),
  agentProficiencyValue: z.preprocess((value) => parseDecimal(value) ?? value, z.number().min(1).max(20)),
  isActive: isTrue,
  isSkillActive: isTrue,
});
type Assignment = z.infer<typeof ASSIGNMENT>;
const LIST = z.object({
  agentSkillAssignments: z.array(ASSIGNMENT),
  /** Number of assignments on all pages. */
  totalRecords: z.unknown().optional().transform(parseDecimal),
});

/** All skill assignments of a business unit. In CXone a queue is a skill. */
export interface CxoneAssignments {
  readonly startedMs: number;
  readonly assignments: readonly Assignment[];
  readonly completeness: Completeness;
}

/**
 * Reads all assignments of active agents. An empty list shows a fault of the platform.
 *
 * @throws {Error} if the list is empty, a page before the announced end is missing, or a page has
 *   another shape
 */
export async function readAssignments(api: PlatformApi, clock: WallClock): Promise<CxoneAssignments> {
  const startedMs = clock.nowMs();
  const assignments: Assignment[] = [];
  const totals = new Set<number | undefined>();
  for (;;) {
    const body = await api.getPage(pathOf(assignments.length));
    const announced = Math.max(0, ...[...totals].map((total) => total ?? 0));
    if (body === undefined && assignments.length < announced) throw new Error('a page of the skills is missing');
    // An empty response body: there are no more assignments.
    const { agentSkillAssignments, totalRecords } = LIST.parse(body ?? { agentSkillAssignments: [] });
    if (body !== undefined) totals.add(totalRecords);
    assignments.push(...agentSkillAssignments);
    const isEnd = agentSkillAssignments.length === 0 || assignments.length >= (totalRecords ?? Infinity);
    if (isEnd || assignments.length >= MAX_ASSIGNMENTS) break;
  }
  if (assignments.length === 0) throw new Error('the platform lists no skills of agents');
  return { startedMs, assignments, completeness: completenessOf(assignments, totals) };
}

/** @param wanted ids of skills; a skill without assignments is a queue without members */
export function queueReadings(
  { startedMs, assignments, completeness }: CxoneAssignments,
  wanted: 'all' | readonly string[],
  knownQueues: Iterable<string>,
): QueueReading[] {
  const queues = new Map<string, Map<string, boolean>>();
  for (const queueId of wanted === 'all' ? knownQueues : wanted) queues.set(queueId, new Map());
  for (const assignment of assignments) {
    const { skillId, agentId } = assignment;
    if (wanted === 'all' && QUEUE_ID.test(skillId) && !queues.has(skillId)) queues.set(skillId, new Map());
    if (AGENT_ID.test(agentId)) queues.get(skillId)?.set(agentId, counts(assignment));
  }
  return [...queues].map(([queueId, members]) => ({ queueId, startedMs, members, completeness }));
}

export function skillsReading({ startedMs, assignments, completeness }: CxoneAssignments): SkillsReading {
  const agents = new Map<string, DirectorySkill[]>();
  for (const assignment of assignments) {
    const { agentId, skillName: name, agentProficiencyValue } = assignment;
    if (!AGENT_ID.test(agentId)) continue;
    const skills = agents.get(agentId) ?? [];
    if (counts(assignment)) skills.push({ name, proficiency: proficiencyOf(agentProficiencyValue) });
    agents.set(agentId, skills);
  }
  return { startedMs, agents, completeness };
}

/**
 * CXone's proficiencies are 1, the best, to 20
 * (help.nice-incontact.com/content/acd/channels/additionalchannelfeatures/skills/manageskills.htm).
 * They become 5 to 0, in equal steps.
 */
export function proficiencyOf(level: number): number {
  return Math.round(((20 - level) * 5 * 100) / 19) / 100;
}

function counts({ isActive, isSkillActive }: Assignment): boolean {
  return isActive && isSkillActive;
}

function pathOf(skip: number): string {
  const query = { isAgentActive: 'true', isActive: 'true', top: String(PAGE), skip: String(skip), orderBy: 'agentId' };
  return `/agents/skills?${new URLSearchParams(query).toString()}`;
}

function completenessOf(assignments: readonly Assignment[], totals: ReadonlySet<number | undefined>): Completeness {
  const distinct = new Set(assignments.map(({ agentId, skillId }) => `${agentId} ${skillId}`)).size;
  const [total] = totals;
  if (totals.size > 1) return 'partial';
  if (total === undefined) return assignments.length < MAX_ASSIGNMENTS ? 'unconfirmed' : 'partial';
  return total === distinct ? 'confirmed' : 'partial';
}
