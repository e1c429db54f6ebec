import { AGENT_ID, QUEUE_ID } from '../../contracts/agent-ids.js';
import { tenantOfEntryKey } from '../../contracts/entry-key.js';
import { parseJson } from '../../kernel/json-text.js';
import type { LogRecord } from '../../messaging/log/event-log.js';
import {
  VALUE_VERSION,
  type CallEnded,
  type CustomerUpdated,
  type HomeMoved,
  type HomeReleased,
  type QueuesChanged,
  type RegionHeartbeat,
} from '../../messaging/log/log-values.js';
import type { UncheckedStatusChange } from '../region-handlers.js';

/** A record of the log, by its type. */
export type ReadRecord =
  | { readonly kind: 'heartbeat'; readonly value: RegionHeartbeat }
  | { readonly kind: 'customer'; readonly value: CustomerUpdated }
  | { readonly kind: 'agent'; readonly value: UncheckedStatusChange }
  | { readonly kind: 'call'; readonly value: CallEnded }
  | { readonly kind: 'queues'; readonly value: QueuesChanged }
  | { readonly kind: 'home'; readonly value: HomeMoved | HomeReleased }
  /**
   * `later_schema`: a later version of Datadip wrote the record. `ignored`: the type is not one of
   * Datadip.
   */
  | { readonly kind: 'malformed' | 'later_schema' | 'ignored' };

type Fields = Readonly<Record<string, unknown>>;

const REGION = /^[A-Za-z0-9_-]{1,32}$/;
const TENANT = /^[A-Za-z0-9_-]{1,64}$/;
const HASH = /^[0-9a-f]{64}$/;
const WORD = /^[A-Za-z0-9.:_-]{1,128}$/;
/** Fingerprints of a table of homes. `Homes.heard` reads them. */
const HOMES = /^[0-9a-f]{1,400}$/;
const ENTRY_KEY = /^cust:[^:\s]{1,128}:[^:\s]{1,64}:[0-9a-f]{64}$/;
/** The most customers or entries of a record. A request may name the same number. */
const MAX_NAMED = 1000;

const MALFORMED: ReadRecord = { kind: 'malformed' };

/** Reads a value that any program may have written. Returns at once for any text. */
export function readRecord({ topic, value }: LogRecord): ReadRecord {
  const fields = objectIn(value);
  if (fields === undefined) return MALFORMED;
  const { type } = fields;
  if (type === 'region.heartbeat') return checked('heartbeat', fields, isHeartbeat);
  if (isLater(fields)) return { kind: 'later_schema' };
  if (topic === 'customer.updated')
    return type === 'customer.updated' ? checked('customer', fields, isCustomer) : { kind: 'ignored' };
  switch (type) {
    case undefined:
      return checked('agent', fields, isStatusChange);
    case 'call.ended':
      return checked('call', fields, isCallEnded);
    case 'agent.queues':
      return checked('queues', fields, isQueuesChanged);
    case 'tenant.home':
    case 'tenant.home-released':
      return checked('home', fields, isHome);
    default:
      return { kind: 'ignored' };
  }
}

function objectIn(text: string): Fields | undefined {
  try {
    const value = parseJson(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Whether a later version of Datadip wrote the record. A heartbeat is read in any version, because
 * later versions keep its fields.
 */
function isLater({ schema, datadip }: Fields): boolean {
  const version = isObject(datadip) ? datadip.schema : schema;
  return typeof version === 'number' && version > VALUE_VERSION;
}

function checked(kind: ReadRecord['kind'], fields: Fields, isValid: (fields: Fields) => boolean): ReadRecord {
  return isValid(fields) ? ({ kind, value: fields } as unknown as ReadRecord) : MALFORMED;
}

function isHeartbeat({ region, sentMs, store, key, homes }: Fields): boolean {
  const words = [store, key].every((word) => matches(WORD, word));
  return matches(REGION, region) && isTime(sentMs) && words && matches(HOMES, homes);
}

function isCustomer({ id, region, tenant, customers, entryKeys, critical }: Fields): boolean {
  return (
    [id].every((hash) => matches(HASH, hash)) &&
    matches(REGION, region) &&
    matches(TENANT, tenant) &&
    typeof critical === 'boolean' &&
    isList(customers, (hash) => matches(HASH, hash)) &&
    (customers as readonly unknown[]).length > 0 &&
    isList(entryKeys, (key) => matches(ENTRY_KEY, key) && tenantOfEntryKey(key as string) === tenant)
  );
}

function isStatusChange({ tenant_id: tenant }: Fields): boolean {
  return matches(TENANT, tenant);
}

function isCallEnded({ id, region, tenant, callHash, agentId }: Fields): boolean {
  return (
    [id, callHash].every((word) => matches(WORD, word)) &&
    matches(REGION, region) &&
    matches(TENANT, tenant) &&
    (agentId === undefined || matches(WORD, agentId))
  );
}

function isQueuesChanged({ region, tenant, agentId, change, queueIds, atMs, sentMs }: Fields): boolean {
  return (
    matches(REGION, region) &&
    matches(TENANT, tenant) &&
    matches(AGENT_ID, agentId) &&
    ['joined', 'left', 'active'].includes(change as string) &&
    isList(queueIds, (queueId) => matches(QUEUE_ID, queueId)) &&
    (change === 'active' || (queueIds as readonly unknown[]).length === 1) &&
    [atMs, sentMs].every(isTime)
  );
}

function isHome({ type, tenant, epoch, home, fenceAbove, region, lastFence }: Fields): boolean {
  if (!matches(TENANT, tenant) || !isTime(epoch)) return false;
  if (type === 'tenant.home-released') return matches(REGION, region) && isTime(lastFence);
  return (home === null || matches(REGION, home)) && isTime(fenceAbove);
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function matches(pattern: RegExp, value: unknown): boolean {
  return typeof value === 'string' && pattern.test(value);
}

function isTime(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isList(value: unknown, isItem: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.length <= MAX_NAMED && value.every(isItem);
}
