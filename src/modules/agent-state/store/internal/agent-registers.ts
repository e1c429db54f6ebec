import type { AgentReport, Availability, StatePart } from '../../../../contracts/agent-report.js';
import {
  newestRegister,
  rankOf,
  timeOf,
  type RegisterWrite,
  type Registers,
} from '../../../../kernel/last-writer-wins.js';
import type { AgentState, AgentStatus } from '../agent-store.js';

/**
 * A name has one letter, because the registers are most of an agent's memory in the store:
 * presence, routing, work, call.
 */
export type RegisterName = 'p' | 'r' | 'w' | 'c';
/** Each register is `<13 digits of ms><availability>|<platform>|<region>|<raw>`. */
export type AgentRegisters = Registers<RegisterName>;

const NAMES: Readonly<Record<StatePart, RegisterName>> = { presence: 'p', routing: 'r', work: 'w' };
/** At the same time the more cautious availability wins. */
const RANKS: Readonly<Record<Availability, string>> = { free: '0', busy: '1', off: '2' };

const MAX_RAW_LENGTH = 40;

/** The register writes of a report: one per part, and one for the call. */
export function registerWrites({ parts, call, platform, region }: AgentReport): RegisterWrite<RegisterName>[] {
  const writes = (['presence', 'routing', 'work'] as const).flatMap((part): RegisterWrite<RegisterName>[] => {
    const reading = parts[part];
    if (reading === undefined) return [];
    const payload = `|${platform}|${region}|${printable(reading.raw)}`;
    return [{ name: NAMES[part], atMs: Math.trunc(reading.atMs), rank: RANKS[reading.availability], payload }];
  });
  if (call === undefined) return writes;
  const rank = call.callId === '' ? RANKS.free : RANKS.busy;
  const payload = `|${platform}|${region}|${call.callId}`;
  return [...writes, { name: 'c', atMs: Math.trunc(call.atMs), rank, payload }];
}

/** The report with other times: one per write, in the order of `registerWrites`. */
export function atTimes(report: AgentReport, times: readonly number[]): AgentReport {
  const rest = [...times];
  const parts = (['presence', 'routing', 'work'] as const).flatMap((part) => {
    const reading = report.parts[part];
    return reading === undefined ? [] : [[part, { ...reading, atMs: rest.shift() ?? reading.atMs }] as const];
  });
  const { call } = report;
  const timed = { ...report, parts: Object.fromEntries(parts) };
  return call === undefined ? timed : { ...timed, call: { ...call, atMs: rest.shift() ?? call.atMs } };
}

/**
 * `AVAILABLE` means on queue, idle and not in wrap-up. `apply-report.lua` implements the same rule.
 */
export function statusOf(registers: AgentRegisters): AgentStatus {
  const [presence, routing, work] = [registers.p, registers.r, registers.w].map(rankIfSet);
  if (presence === RANKS.off || (presence === undefined && routing === RANKS.off)) return 'OFFLINE';
  const isFree = presence === RANKS.free && routing === RANKS.free && work !== RANKS.busy;
  return isFree ? 'AVAILABLE' : 'BUSY';
}

/**
 * The platform and region of the newest register, and the platform's own words, each word once.
 *
 * @param isGone `true` means the platform no longer has the agent; the word is then `GONE`
 */
export function platformStateOf(
  registers: AgentRegisters,
  isGone: boolean,
): Pick<AgentState, 'platform' | 'platformStatus' | 'region'> {
  const { p, r, w } = registers;
  const [, platform = '', region = ''] = newestRegister(registers).split('|');
  if (isGone) return { platform, region, platformStatus: 'GONE' };
  const work = rankIfSet(w) === RANKS.busy ? w : undefined;
  const words = [p, r, work].filter((register) => register !== undefined).map(rawOf);
  return { platform, region, platformStatus: [...new Set(words)].join(' ') };
}

/** When the newest interaction ended that a report ends. 0 means that the report ends none. */
export function endedInteractionMs(before: AgentRegisters, after: AgentRegisters): number {
  const times = (['r', 'w', 'c'] as const).map((name) => {
    const ended = after[name];
    const isEnd = rankIfSet(before[name]) === RANKS.busy && rankIfSet(ended) === RANKS.free;
    return isEnd && ended !== undefined ? Number(timeOf(ended)) : 0;
  });
  return Math.max(...times);
}

/**
 * The conversation in the call register; the empty string means the agent is in no conversation.
 */
export function callOf({ c }: AgentRegisters): string {
  return c === undefined || rankOf(c) === RANKS.free ? '' : rawOf(c);
}

function rankIfSet(register: string | undefined): string | undefined {
  return register === undefined ? undefined : rankOf(register);
}

function rawOf(register: string): string {
  return register.split('|').slice(3).join('|');
}

function printable(raw: string): string {
  return raw.replace(/[^\x20-\x7e]/g, '').slice(0, MAX_RAW_LENGTH);
}
