import type { PriorityConfig } from '../../../config/sections/agents.js';
import type { Skills } from '../../../contracts/skills.js';
import { MAX_PRIORITY } from '../store/queue-position.js';
import { NEUTRAL_SCORE } from '../store/rule-scores.js';

/** A longer tenure counts as 40 years. */
const MAX_TENURE_YEARS = 40;

export type Weights = Pick<PriorityConfig, 'tenure' | 'skillMatch' | 'fairness'>;

/** The numbers that the weights multiply. An expression sees the same numbers. */
export interface Merits {
  /** Mean of the proficiencies, 0 to 5, two decimal places. */
  readonly skillLevel: number;
  /** Full years since the date of hire, 0 to 40. */
  readonly tenureYears: number;
  /** Confirmed calls since the day began. */
  readonly callsToday: number;
}

/** A lower score comes first. */
export function weightedScore(
  { tenure = 0, skillMatch = 0, fairness = 0 }: Weights,
  { skillLevel, tenureYears, callsToday }: Merits,
): number {
  return allowedScore(NEUTRAL_SCORE - tenure * tenureYears - skillMatch * skillLevel + fairness * callsToday);
}

/** The nearest whole number that `PUT` allows. Whole numbers make equal scores common. */
export function allowedScore(score: number): number {
  return Math.min(MAX_PRIORITY, Math.max(0, Math.round(score)));
}

/** @returns 0 without skills */
export function skillLevelOf(skills: Skills): number {
  if (skills.size === 0) return 0;
  const sum = [...skills.values()].reduce((total, proficiency) => total + proficiency, 0);
  return Math.round((sum / skills.size) * 100) / 100;
}

/**
 * @param hiredOn `YYYY-MM-DD`; `undefined` means unknown, and counts as 0 years
 * @param today `YYYY-MM-DD`
 */
export function tenureYearsOf(hiredOn: string | undefined, today: string): number {
  if (hiredOn === undefined) return 0;
  const years = Number(today.slice(0, 4)) - Number(hiredOn.slice(0, 4));
  const full = today.slice(5) < hiredOn.slice(5) ? years - 1 : years;
  return Math.min(MAX_TENURE_YEARS, Math.max(0, full));
}

/** Returns the day of a moment as `YYYY-MM-DD`. */
export function calendarOf(timeZone: string): (atMs: number) => string {
  const format = new Intl.DateTimeFormat('en', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  return (atMs) => {
    const parts = new Map(format.formatToParts(atMs).map(({ type, value }) => [type, value]));
    return [parts.get('year'), parts.get('month'), parts.get('day')].join('-');
  };
}
