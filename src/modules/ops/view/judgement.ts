/** `none`: there is nothing to judge, or too little of it. */
export type State = 'well' | 'watch' | 'alarm' | 'none';

/**
 * The target and the alarm of a figure. Between the two, the page says "watch".
 *
 * `below`: the figure should be at most `target`; above `alarm` is an alarm. `above`: the figure
 * should be at least `target`; below `alarm` is an alarm.
 */
export interface Bounds {
  readonly direction: 'below' | 'above';
  readonly target: number;
  readonly alarm: number;
  readonly unit: string;
}

export const BOUNDS = {
  p50: { direction: 'below', target: 30, alarm: 100, unit: 'ms' },
  p95: { direction: 'below', target: 80, alarm: 300, unit: 'ms' },
  hitRate: { direction: 'above', target: 60, alarm: 30, unit: '%' },
  originErrors: { direction: 'below', target: 1, alarm: 5, unit: '%' },
  /** Above 400 ms for 3 s, the process refuses requests. */
  loopDelay: { direction: 'below', target: 100, alarm: 400, unit: 'ms' },
} as const satisfies Record<string, Bounds>;

/** Shares and percentiles of fewer events say little: a quiet night is no alarm. */
export const FEWEST_EVENTS = 10;

/** @param value `undefined` means that there is nothing to judge */
export function judge(value: number | undefined, { direction, target, alarm }: Bounds): State {
  if (value === undefined) return 'none';
  const sign = direction === 'below' ? 1 : -1;
  if (sign * value <= sign * target) return 'well';
  return sign * value <= sign * alarm ? 'watch' : 'alarm';
}

const BY_SEVERITY: readonly State[] = ['none', 'well', 'watch', 'alarm'];

export function worst(states: readonly State[]): State {
  return states.reduce<State>(
    (so, state) => (BY_SEVERITY.indexOf(state) > BY_SEVERITY.indexOf(so) ? state : so),
    'none',
  );
}

/** A state that the first line of the page names. The text changes only if the state does. */
export interface Finding {
  readonly state: 'watch' | 'alarm';
  readonly text: string;
}

export function findingOf(state: State, text: string): readonly Finding[] {
  return state === 'watch' || state === 'alarm' ? [{ state, text }] : [];
}

/** A target and its alarm, such as "≤ 80 ms, alarm > 300 ms". */
export function targetText({ direction, target, alarm, unit }: Bounds): string {
  return direction === 'below'
    ? `≤ ${target} ${unit}, alarm > ${alarm} ${unit}`
    : `≥ ${target} ${unit}, alarm < ${alarm} ${unit}`;
}
