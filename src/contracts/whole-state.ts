import type { AgentReport, Finding, Verdict } from './agent-report.js';

/**
 * A state told as a whole says something of every part, so that it counts until any part is told anew. Who is there and busy counts as on
 * queue: a later `IDLE` alone then makes them available, as the platform means it.
 */
export function wholeState(verdict: Verdict, atMs: number, raw: string): AgentReport['parts'] {
  const finding = (part: Verdict): Finding => ({ atMs, verdict: part, raw });
  switch (verdict) {
    case 'free':
      return { presence: finding('free'), routing: finding('free'), work: finding('free') };
    case 'busy':
      return { presence: finding('free'), routing: finding('busy'), work: finding('free') };
    case 'off':
      return { presence: finding('off'), routing: finding('off'), work: finding('free') };
  }
}
