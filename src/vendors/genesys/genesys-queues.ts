import { z } from 'zod';
import { AGENT_ID, QUEUE_ID } from '../../contracts/agent-ids.js';
import type { Completeness, QueueReading } from '../../contracts/agent-directory.js';
import type { WallClock } from '../../kernel/clock.js';
import { parseDecimal } from '../../kernel/parse-number.js';
import type { PlatformApi } from '../platform-api.js';

/** The largest page of members that the platform returns. */
const PAGE = 100;
/** 100,000 members or queues. A longer list is read only up to here. */
const MAX_PAGES = 1000;

const count = z.unknown().optional().transform(parseDecimal);
/**
 * The SDK has two shapes of a list. `QueueMemberEntityListingV1` has `total` and `pageCount`;
 * `QueueMemberEntityListing` has neither (MyPureCloud/platform-client-sdk-go @62dc270e).
 */
const LISTING = z.object({
  entities: z.array(z.unknown()),
  total: count,
  pageCount: count,
  nextUri: z.string().nullish(),
});
const QUEUE = z.looseObject({ id: z.string(), memberCount: count });
/** `joined` is the member's own switch for the queue, whatever its routing status is. */
const MEMBER = z.looseObject({ id: z.string(), joined: z.boolean() });

interface List<Entity> {
  readonly entities: readonly Entity[];
  /** Whether the list was read to its last page. */
  readonly isEnded: boolean;
  /** The number of entities by the platform. `undefined` means that a page has no such number. */
  readonly total: number | undefined;
  /** Whether every page has the same number. */
  readonly isStable: boolean;
}

/** A queue, and the number of its members by the platform. */
interface Queue {
  readonly queueId: string;
  readonly memberCount: number | undefined;
}

/** The queues of a Genesys Cloud organization and their members. A call returns 100 entities. */
export class GenesysQueues {
  constructor(
    private readonly api: PlatformApi,
    private readonly clock: WallClock,
  ) {}

  /**
   * @param wanted an id that the platform does not list has no count
   * @throws {Error} if the platform lists no queues, or not all of them
   */
  async list(wanted: 'all' | readonly string[]): Promise<Queue[]> {
    if (wanted !== 'all') return this.named(wanted);
    const list = await this.read('/api/v2/routing/queues?', QUEUE);
    if (list.entities.length === 0) throw new Error('the platform lists no queues');
    if (!list.isEnded || !list.isStable || (list.total ?? list.entities.length) !== list.entities.length) {
      throw new Error('the platform does not list all of its queues');
    }
    return list.entities.filter(({ id }) => QUEUE_ID.test(id)).map(queueOf);
  }

  /** Reads the members of a queue. A queue that the platform does not have has no members. */
  async members({ queueId, memberCount }: Queue): Promise<QueueReading> {
    const startedMs = this.clock.nowMs();
    const list = await this.read(`/api/v2/routing/queues/${encodeURIComponent(queueId)}/members?`, MEMBER);
    const ids = new Set(list.entities.map(({ id }) => id));
    const members = new Map(list.entities.flatMap(({ id, joined }) => (AGENT_ID.test(id) ? [[id, joined]] : [])));
    return { queueId, startedMs, members, completeness: completenessOf(list, ids.size, memberCount) };
  }

  private async named(wanted: readonly string[]): Promise<Queue[]> {
    const counts = new Map<string, number | undefined>();
    for (let at = 0; at < wanted.length; at += PAGE) {
      const query = wanted.slice(at, at + PAGE).map((id) => `id=${encodeURIComponent(id)}&`);
      const { entities } = await this.read(`/api/v2/routing/queues?${query.join('')}`, QUEUE);
      for (const { id, memberCount } of entities) counts.set(id, memberCount);
    }
    return wanted.map((queueId) => ({ queueId, memberCount: counts.get(queueId) }));
  }

  /**
   * @param path ends with `?` or `&`, because parameters are appended
   * @throws {Error} if a page after the first one is missing, or has another shape
   */
  private async read<Entity extends z.ZodType>(path: string, entity: Entity): Promise<List<z.infer<Entity>>> {
    const entities: z.infer<Entity>[] = [];
    const totals = new Set<number | undefined>();
    for (let number = 1; number <= MAX_PAGES; number += 1) {
      const body = await this.api.getPage(`${path}pageSize=${PAGE}&pageNumber=${number}`);
      if (body === undefined && number === 1) break;
      const page = LISTING.parse(body);
      entities.push(...z.array(entity).parse(page.entities));
      totals.add(page.total);
      const hasNext = page.pageCount === undefined ? (page.nextUri ?? '') !== '' : number < page.pageCount;
      if (hasNext && page.entities.length > 0) continue;
      return { entities, isEnded: true, total: [...totals][0], isStable: totals.size === 1 };
    }
    return { entities, isEnded: entities.length === 0, total: undefined, isStable: true };
  }
}

function queueOf({ id, memberCount }: z.infer<typeof QUEUE>): Queue {
  return { queueId: id, memberCount };
}

/** @param distinct the number of different members in the list */
function completenessOf(
  { isEnded, isStable, total }: List<unknown>,
  distinct: number,
  memberCount: number | undefined,
): Completeness {
  if (!isEnded || !isStable || (total ?? distinct) !== distinct) return 'partial';
  // An empty list may be a fault of the platform, so the count of the queue decides.
  if (distinct === 0) return memberCount === undefined ? 'unconfirmed' : memberCount === 0 ? 'confirmed' : 'partial';
  return total === distinct || memberCount === distinct ? 'confirmed' : 'unconfirmed';
}
