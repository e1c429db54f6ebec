import { z } from 'zod';
import { Deadline } from '../../../kernel/deadline.js';
import type { Clock } from '../../../kernel/clock.js';
import type { BudgetedApi } from '../../../shedding/budgeted-api.js';
import type { AgentReport } from '../agent-report.js';
import { activityParts, summaryParts } from './genesys-topics.js';
import { ID } from './ids.js';

const PAGE = 100;
/** 50,000 users; an organisation with more is read by none of our means. */
const MAX_PAGES = 500;
const PAGE_WITHIN_MS = 10_000;

const PAGE_OF_USERS = z.object({
  entities: z.array(z.looseObject({ id: z.string() })),
  pageCount: z.number().int().nonnegative().optional(),
});

export interface PlatformAgent {
  readonly agentId: string;
  readonly parts: AgentReport['parts'];
}

/** Reads every active user of an organisation with status, page by page: 100 users a call of the platform's 300 a minute. */
export class GenesysUsers {
  constructor(
    private readonly api: BudgetedApi,
    private readonly clock: Clock,
  ) {}

  /** Throws for a page that cannot be read, or that is not a page of users: what is missing then says nothing of anybody. */
  async *pages(wallMs: () => number): AsyncGenerator<readonly PlatformAgent[]> {
    for (let number = 1; number <= MAX_PAGES; number += 1) {
      const readAtMs = wallMs();
      const pathAndQuery = `/api/v2/users?state=active&expand=routingStatus,presence,conversationSummary&pageSize=${PAGE}&pageNumber=${number}`;
      const deadline = new Deadline(this.clock, this.clock.nowMs() + PAGE_WITHIN_MS);
      const { body } = await this.api.call({ method: 'GET', pathAndQuery, body: undefined }, deadline);
      const { entities, pageCount } = PAGE_OF_USERS.parse(body);
      yield entities.flatMap((user) => agentOf(user, readAtMs));
      if (entities.length === 0 || number >= (pageCount ?? (entities.length < PAGE ? number : MAX_PAGES))) return;
    }
  }
}

function agentOf(user: Readonly<Record<string, unknown>> & { readonly id: string }, readAtMs: number): PlatformAgent[] {
  const { id: agentId, conversationSummary } = user;
  if (!ID.test(agentId)) return [];
  const work =
    typeof conversationSummary === 'object' && conversationSummary !== null
      ? summaryParts(conversationSummary as Record<string, unknown>, readAtMs)
      : {};
  return [{ agentId, parts: { ...activityParts(user, readAtMs), ...work } }];
}
