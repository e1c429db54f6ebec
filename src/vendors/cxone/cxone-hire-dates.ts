import { z } from 'zod';
import { AGENT_ID } from '../../contracts/agent-ids.js';
import type { HireDates } from '../../contracts/agent-directory.js';
import { parseHireDate } from '../hire-date.js';
import type { PlatformApi } from '../platform-api.js';

/** CXone is said to refuse larger pages. */
const PAGE = 100;
const MAX_PAGES = 500;

/**
 * Elements of `agents` of `GET /agents`
 * (calljacob/nice-cxone-api, src/services/admin/AdminAgentsService.ts @28a1bd4b, generated from the
 * official OpenAPI document).
 */
const AGENTS = z.object({
  agents: z.array(
    z.looseObject({
      agentId: z.union([z.number(), z.string().min(1)]).transform(String),
      hireDate: z.unknown().optional(),
    }),
  ),
});

/**
 * Reads the dates of hire of all active agents.
 *
 * @throws {Error} if a page has another shape
 */
export async function readHireDates(api: PlatformApi, onPage: (page: HireDates) => Promise<void>): Promise<void> {
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const body = await api.getPage(pathOf(page));
    // An empty response body: there are no more agents.
    const { agents } = AGENTS.parse(body ?? { agents: [] });
    const known = agents.filter(({ agentId }) => AGENT_ID.test(agentId));
    await onPage(new Map(known.map(({ agentId, hireDate }) => [agentId, parseHireDate(hireDate)])));
    if (agents.length < PAGE) return;
  }
}

function pathOf(page: number): string {
  const query = { isActive: 'true', fields: 'agentId,hireDate', top: String(PAGE), skip: String(page * PAGE) };
  return `/agents?${new URLSearchParams({ ...query, orderBy: 'agentId' }).toString()}`;
}
