import type { AgentReport, CallReading, StatePart } from '../../../contracts/agent-report.js';
import { AGENT_ID } from '../../../contracts/agent-ids.js';

type Fields = Readonly<Record<string, unknown>>;

const MARK = /^[0-9a-f]{24,64}$/;
const REGION = /^[A-Za-z0-9_-]{1,32}$/;
const PARTS: readonly StatePart[] = ['presence', 'routing', 'work'];
const PLATFORMS: readonly unknown[] = ['genesys', 'cxone', 'other'];
const AVAILABILITIES: readonly unknown[] = ['free', 'busy', 'off'];
const MAX_WORD = 256;
/** A sealed call id is longer than the call id. */
const MAX_CALL_ID = 1024;

/**
 * Reads the part `datadip` of a record, which any program may have written.
 *
 * @returns `undefined` if a field breaks the rules
 */
export function remoteReport(record: Fields, tenant: string): AgentReport | undefined {
  const { agent_id: agentId, datadip } = record;
  if (!isObject(datadip) || !isObject(datadip.report) || !matches(AGENT_ID, agentId)) return undefined;
  const { id, report } = datadip;
  const { platform, region, parts, call } = report;
  if (!matches(MARK, id) || !matches(REGION, region) || !PLATFORMS.includes(platform)) return undefined;
  if (!areParts(parts) || !(call === undefined || isCall(call))) return undefined;
  const state = { tenant, agentId, eventHash: id, region, parts, platform: platform as AgentReport['platform'] };
  return { ...state, ...(call === undefined ? {} : { call }), ...flagsOf(report) };
}

function flagsOf({ fromDirectory, gone }: Fields): Pick<AgentReport, 'fromDirectory' | 'gone'> {
  return { ...(fromDirectory === true ? { fromDirectory } : {}), ...(gone === true ? { gone } : {}) };
}

function areParts(value: unknown): value is AgentReport['parts'] {
  if (!isObject(value)) return false;
  return PARTS.every((part) => value[part] === undefined || isReading(value[part]));
}

function isReading(value: unknown): boolean {
  if (!isObject(value)) return false;
  return isTime(value.atMs) && AVAILABILITIES.includes(value.availability) && isText(value.raw, MAX_WORD);
}

function isCall(value: unknown): value is CallReading {
  return isObject(value) && isTime(value.atMs) && isText(value.callId, MAX_CALL_ID);
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function matches(pattern: RegExp, value: unknown): value is string {
  return typeof value === 'string' && pattern.test(value);
}

function isText(value: unknown, max: number): boolean {
  return typeof value === 'string' && value.length <= max;
}

/** 13 digits at most: a register holds no more. */
function isTime(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 && value <= 9_999_999_999_999;
}
