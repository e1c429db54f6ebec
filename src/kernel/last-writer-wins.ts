/**
 * Last-writer-wins registers as sortable text: `<13 digits of Unix ms><one rank
 * character><payload>`.
 *
 * Guarantees:
 * - Of two values the greater text wins: the newer time, and at equal times the greater rank.
 * - The same writes lead to the same registers, in any order and any number of times.
 *
 * Does not guarantee: that clocks of different writers agree. `latestMs` only bounds a clock that
 * is ahead.
 */
export type Registers<Name extends string> = Readonly<Partial<Record<Name, string>>>;

/** A value that may replace a register. */
export interface RegisterWrite<Name extends string> {
  readonly name: Name;
  readonly atMs: number;
  /** A single character. At equal times the greater rank wins. */
  readonly rank: string;
  readonly payload: string;
}

export interface MergeOptions {
  readonly nowMs: number;
  /** A write with a later time gets the time `nowMs`. */
  readonly latestMs: number;
  /** `true` means the writes show the current state, even if their times are old. */
  readonly current: boolean;
  /** `true` means the stored registers are too old to contradict a current reading. */
  readonly stale: boolean;
}

export interface MergeResult<Name extends string> {
  readonly registers: Registers<Name>;
  /** At least one time was later than `latestMs`. */
  readonly clamped: boolean;
  /** At least one write is newer than its register, or equal to it. */
  readonly applied: boolean;
  /**
   * The registers are up to date: a write was applied or confirmed a register, and no register
   * contradicted a current reading.
   */
  readonly refreshed: boolean;
}

const TIME_DIGITS = 13;

/** Formats a time so that texts sort as times do. */
export function timeDigits(ms: number): string {
  return String(ms).padStart(TIME_DIGITS, '0');
}

/** The time of a register, as its digits. */
export function timeOf(register: string): string {
  return register.slice(0, TIME_DIGITS);
}

export function rankOf(register: string): string {
  return register.charAt(TIME_DIGITS);
}

/** The register that was written last; the empty string means there is none. */
export function newestRegister(registers: Registers<string>): string {
  return Object.values(registers).reduce<string>((newest, text = '') => (text > newest ? text : newest), '');
}

/**
 * Applies each write that is newer than its register.
 *
 * A current reading that is older than its register is handled as follows:
 * - If both have the same rank, the reading confirms the register, and the register stays.
 * - If the rank differs and the registers are stale, the reading replaces the register, with the
 *   register's time plus 1 ms.
 * - If the rank differs and the registers are not stale, the register stays, and contradicts the
 *   reading.
 */
export function mergeRegisters<Name extends string>(
  stored: Registers<Name>,
  writes: readonly RegisterWrite<Name>[],
  { nowMs, latestMs, current, stale }: MergeOptions,
): MergeResult<Name> {
  const registers: Partial<Record<Name, string>> = { ...stored };
  let [clamped, applied, confirmed, contradicted] = [false, false, false, false];
  for (const { name, atMs, rank, payload } of writes) {
    const isAhead = atMs > latestMs;
    clamped ||= isAhead;
    const value = rank + payload;
    let text = timeDigits(isAhead ? nowMs : atMs) + value;
    const before = registers[name] ?? '';
    if (current && text < before) {
      if (rankOf(before) === rank) confirmed = true;
      else if (stale) text = timeDigits(Number(timeOf(before)) + 1) + value;
      else contradicted = true;
    }
    if (text < before) continue;
    applied = true;
    registers[name] = text;
  }
  return { registers, clamped, applied, refreshed: !contradicted && (applied || confirmed) };
}
