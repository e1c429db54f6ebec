import type { RecentWindows, Window } from '../region/recent-windows.js';
import { FEWEST_EVENTS, judge, type Bounds, type State } from './judgement.js';

/**
 * Judges a figure in the shortest window that has enough events: 10 s, else a minute. So a failure
 * shows within seconds under load, and a single call at night is no alarm.
 */
export function judgeRecent(
  windows: RecentWindows,
  bounds: Bounds,
  events: (window: Window) => number,
  figure: (window: Window) => number | undefined,
): State {
  const window = (['now', 'minute'] as const).find((candidate) => events(candidate) >= FEWEST_EVENTS);
  return window === undefined ? 'none' : judge(figure(window), bounds);
}
