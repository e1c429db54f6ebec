import type { Finding, State } from './judgement.js';

/** A cell: its text, or a text whose state the page shows in colour and in a word. */
export type Cell = string | { readonly text: string; readonly state: State };

/** A table of the page. */
export interface Table {
  /** Unique on the page. The table next to a chart has the id of the chart. */
  readonly id: string;
  readonly title: string;
  /** The first column names the row. */
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  /** The text that replaces a table without rows. */
  readonly empty?: string;
  /** A sentence under the title. */
  readonly note?: string;
}

/** Tables with the findings about what they show. */
export interface Judged {
  readonly tables: readonly Table[];
  readonly findings: readonly Finding[];
}

/** The columns of a table next to a chart. */
export const WINDOW_COLUMNS = ['last 10 s', 'last 15 min', 'since 24 h'] as const;

export function stateCell(state: State, text = STATE_WORDS[state]): Cell {
  return { text, state };
}

const STATE_WORDS: Readonly<Record<State, string>> = {
  well: 'well',
  watch: 'watch',
  alarm: 'alarm',
  none: 'too few',
};

export function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** A number with one decimal below 10, and a dash if there is none. */
export function amount(value: number | undefined, unit = ''): string {
  if (value === undefined) return '–';
  const text = value < 10 ? String(Math.round(value * 10) / 10) : whole(value);
  return unit === '' ? text : `${text} ${unit}`;
}

export function ago(ms: number): string {
  const s = Math.round(ms / 1000);
  if (s < 120) return `${s} s ago`;
  return s < 7200 ? `${Math.round(s / 60)} min ago` : `${Math.round(s / 3600)} h ago`;
}

export function duration(s: number): string {
  if (s < 120) return `${Math.round(s)} s`;
  return s < 7200 ? `${Math.round(s / 60)} min` : `${Math.round(s / 3600)} h`;
}
