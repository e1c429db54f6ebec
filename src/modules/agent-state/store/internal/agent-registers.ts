import type { AgentReport, StatePart, Availability } from '../../../../contracts/agent-report.js';
import type { AgentState, AgentStatus } from '../agent-store.js';

/** One letter a part: what agents cost is the store's memory. */
export type RegisterName = 'p' | 'r' | 'w' | 'c';

const NAMES: Readonly<Record<StatePart, RegisterName>> = { presence: 'p', routing: 'r', work: 'w' };
/** In the order of caution: at the same moment the greater wins. */
const DIGITS: Readonly<Record<Availability, string>> = { free: '0', busy: '1', off: '2' };

const TIME_DIGITS = 13;
const MAX_RAW = 40;

/** One part as it is stored: `<13 digits of ms><verdict>|<platform>|<region>|<raw>`. Of two, the greater text is the one that counts. */
export interface RegisterWrite {
  readonly name: RegisterName;
  readonly atMs: number;
  readonly verdict: string;
  readonly rest: string;
}

export type Registers = Readonly<Partial<Record<RegisterName, string>>>;

export function registerWrites({ parts, call, platform, region }: AgentReport): RegisterWrite[] {
  const writes = (['presence', 'routing', 'work'] as const).flatMap((part): RegisterWrite[] => {
    const finding = parts[part];
    if (finding === undefined) return [];
    const rest = `|${platform}|${region}|${plain(finding.raw)}`;
    return [{ name: NAMES[part], atMs: Math.trunc(finding.atMs), verdict: DIGITS[finding.availability], rest }];
  });
  if (call === undefined) return writes;
  const verdict = call.callId === '' ? DIGITS.free : DIGITS.busy;
  return [
    ...writes,
    { name: 'c', atMs: Math.trunc(call.atMs), verdict, rest: `|${platform}|${region}|${call.callId}` },
  ];
}

export function digits(ms: number): string {
  return String(ms).padStart(TIME_DIGITS, '0');
}

/** The platform time of a register, as its digits. */
export function timeOf(register: string): string {
  return register.slice(0, TIME_DIGITS);
}

/** The digit of a register that says whether a call may come. */
export function verdictOf(register: string): string {
  return register.charAt(TIME_DIGITS);
}

/** Available is on queue, and idle, and not wrapping up. `report-agent.lua` says the same. */
export function statusOf(registers: Registers): AgentStatus {
  const [presence, routing, work] = [registers.p, registers.r, registers.w].map((text) => text?.[TIME_DIGITS]);
  if (presence === DIGITS.off || (presence === undefined && routing === DIGITS.off)) return 'OFFLINE';
  const isFree = presence === DIGITS.free && routing === DIGITS.free && work !== DIGITS.busy;
  return isFree ? 'AVAILABLE' : 'BUSY';
}

export function newestOf(registers: Registers): string {
  return Object.values(registers).reduce((newest, text) => (text > newest ? text : newest), '');
}

/** What is told of an agent: where it was last heard of, and the platform's own words, each once. */
export function described(registers: Registers): Pick<AgentState, 'platform' | 'platformStatus' | 'region'> {
  const { p, r, w } = registers;
  const [, platform = '', region = ''] = newestOf(registers).split('|');
  const working = w?.[TIME_DIGITS] === DIGITS.busy ? w : undefined;
  const words = [p, r, working].filter((text) => text !== undefined).map(rawOf);
  return { platform, region, platformStatus: [...new Set(words)].join(' ') };
}

/** The conversation of the call register; empty: none. */
export function callOf({ c }: Registers): string {
  return c === undefined || c[TIME_DIGITS] === DIGITS.free ? '' : rawOf(c);
}

function rawOf(register: string): string {
  return register.split('|').slice(3).join('|');
}

function plain(raw: string): string {
  return raw.replace(/[^\x20-\x7e]/g, '').slice(0, MAX_RAW);
}
