import { digits, timeOf, verdictOf, type Registers, type RegisterWrite } from './agent-registers.js';

interface MergeTerms {
  readonly nowMs: number;
  /** A later time is taken for now. */
  readonly latestMs: number;
  /** The platform was asked: this holds there now. */
  readonly asked: boolean;
  /** Nothing was heard of the agent for long, so what is stored does not stand against what was asked. */
  readonly stale: boolean;
}

export interface Merged {
  readonly registers: Registers;
  readonly clamped: boolean;
  /** Something counts: it is newer than what was stored, or the same. */
  readonly taken: boolean;
  readonly heard: boolean;
}

/** Takes in what is newer, part by part. `report-agent.lua` says the same. */
export function mergedRegisters(stored: Registers, writes: readonly RegisterWrite[], terms: MergeTerms): Merged {
  const registers = { ...stored };
  let [clamped, taken, confirmed, contradicted] = [false, false, false, false];
  for (const { name, atMs, verdict, rest } of writes) {
    if (atMs > terms.latestMs) clamped = true;
    const said = verdict + rest;
    let text = digits(atMs > terms.latestMs ? terms.nowMs : atMs) + said;
    const old = registers[name] ?? '';
    if (terms.asked && text < old) {
      if (verdictOf(old) === verdict) confirmed = true;
      else if (terms.stale) text = digits(Number(timeOf(old)) + 1) + said;
      else contradicted = true;
    }
    if (text < old) continue;
    taken = true;
    registers[name] = text;
  }
  return { registers, clamped, taken, heard: !contradicted && (taken || confirmed) };
}
