import { eventually } from '../../support/eventually.js';
import { Callers } from '../callers.js';
import { Chronicle } from '../chronicle.js';
import { LOOKUP_VARIANTS } from '../lookup-variants.js';
import { Population } from '../population.js';
import { Reader } from '../reader.js';
import { UNKNOWN, type AgentEvents } from './agent-events.js';
import { HEADERS, INVALIDATED_WITHIN_MS, TENANT, type RegionsStage } from './stage.js';

/** Fewer than the milliseconds after which a region counts as blind. */
const HEARS_WITHIN_S = INVALIDATED_WITHIN_MS / 1000 / 2;
const AT_A_TIME = 32;

/**
 * Waits until every region has sent and applied everything, and until all of them agree about all
 * agents. The error says what is missing.
 */
export async function untilSettled(
  { regions, services }: RegionsStage,
  events: AgentEvents,
  withinMs: number,
): Promise<void> {
  const callers = new Callers(HEADERS);
  try {
    await eventually(
      async () => {
        for (const site of regions.sites) {
          const metrics = await site.metrics();
          const [outbox, lag] = [
            metrics.sum('datadip_outbox_events') ?? 0,
            metrics.sum('datadip_bus_lag_records') ?? 0,
          ];
          const heardAgeS = metrics.sum('datadip_bus_heard_age_seconds') ?? Infinity;
          if (outbox + lag !== 0 || !(heardAgeS < HEARS_WITHIN_S))
            throw new Error(`${site.name}: outbox ${outbox}, lag ${lag}, heard all ${heardAgeS} s ago`);
        }
        await each(events.agents, async (agentId) => {
          const path = `/agents/${agentId}?tenantId=${TENANT}`;
          const replies = await Promise.all(services.map(({ port }) => callers.get(port, path)));
          const states = replies.map(({ json }) => (json.agentFound === false ? UNKNOWN : String(json.status)));
          const allowed = events.allowedStates(agentId);
          const isRight = new Set(states).size === 1 && allowed.has(states[0] ?? '');
          if (!isRight)
            throw new Error(
              `${agentId} is ${states.join(', ')}; allowed: ${[...allowed].join(' or ')}; events: ${events.describe(agentId)}; replies: ${JSON.stringify(replies.map(({ json }) => json))}`,
            );
        });
      },
      { withinMs },
    );
  } finally {
    callers.close();
  }
}

/**
 * Reads these customers in every region through every lookup without near copies. A read that
 * failed or was shed is repeated, because it says nothing about the entry.
 */
export async function readEverywhere({ crm, services }: RegionsStage, subjects: readonly number[]): Promise<Chronicle> {
  const callers = new Callers(HEADERS);
  const chronicle = new Chronicle();
  const reader = new Reader({ crm, callers, chronicle, population: new Population(), readFrom: services });
  const variants = LOOKUP_VARIANTS.filter(({ graceMs }) => graceMs === 0);
  const reads = subjects.flatMap((subject) =>
    services.flatMap((service) => variants.map((variant) => ({ service, subject, variant }))),
  );
  try {
    await each(reads, async ({ service, subject, variant }) => {
      await eventually(async () => {
        const source = await reader.read(service, subject, variant);
        if (source === 'failed' || source === 'degraded')
          throw new Error(`${service.name} gives no answer about customer ${subject}: ${source}`);
      });
    });
    return chronicle;
  } finally {
    callers.close();
  }
}

async function each<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  const waiting = items.values();
  const worker = async (): Promise<void> => {
    for (const item of waiting) await act(item);
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
}
