/** `0` to `p` of ASCII, without the backslash. */
const SIX_BITS = String.fromCharCode(...Array.from({ length: 65 }, (_, index) => 48 + index)).replace('\\', '');

/** A packed time, as `scripts/index.lua` describes it. */
export function packed(ms: number): string {
  const digits = Array.from({ length: 7 }, (_, index) => Math.floor(ms / 64 ** (6 - index)) % 64);
  return digits.map((digit) => SIX_BITS[digit]).join('');
}

/** The number of seven characters. */
function unpacked(text: string): number {
  return Array.from(text).reduce((ms, character) => ms * 64 + SIX_BITS.indexOf(character), 0);
}

interface AgentRecord {
  readonly idleMs: number;
  readonly lastMs: number;
  readonly agent: string;
  /** The text of the skills of both sources. */
  readonly skills: string;
}

const RECORD = /^(.{7})[FBOS](.{7})([^|]+)(?:\|(.*))?$/;

export function parseRecord(text: string): AgentRecord | undefined {
  const [, idle, last = '', agent = '', skills = ''] = RECORD.exec(text) ?? [];
  return idle === undefined ? undefined : { idleMs: unpacked(idle), lastMs: unpacked(last), agent, skills };
}
