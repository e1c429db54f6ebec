import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import type { PriorityConfig } from '../../../src/config/sections/agents.js';
import {
  allowedScore,
  calendarOf,
  skillLevelOf,
  tenureYearsOf,
  weightedScore,
} from '../../../src/modules/agent-state/priority/priority-arithmetic.js';
import { needsHireDate, PriorityRule } from '../../../src/modules/agent-state/priority/priority-rule.js';
import type { RuleRecord } from '../../../src/modules/agent-state/store/rule-scores.js';

const TODAY = '2026-11-30';
const NO_MERITS = { skillLevel: 0, tenureYears: 0, callsToday: 0 };

describe('the arithmetic of agents.priority', () => {
  it.each([
    [{}, NO_MERITS, 500],
    [{ tenure: 2 }, { ...NO_MERITS, tenureYears: 7 }, 486],
    [{ skillMatch: 1.5 }, { ...NO_MERITS, skillLevel: 3.67 }, 494],
    [{ fairness: 5 }, { ...NO_MERITS, callsToday: 3 }, 515],
    [{ tenure: 2, skillMatch: 1, fairness: 5 }, { skillLevel: 4.5, tenureYears: 10, callsToday: 4 }, 496],
    [{ tenure: 1000 }, { ...NO_MERITS, tenureYears: 40 }, 0],
    [{ fairness: 1000 }, { ...NO_MERITS, callsToday: 2000 }, 999_999],
  ])('gives %j of %j the score %d', (weights, merits, score) => {
    expect(weightedScore(weights, merits)).toBe(score);
  });

  it.each([
    [-1, 0],
    [0.49, 0],
    [1e9, 999_999],
    [12.5, 13],
  ])('makes %d the allowed score %d', (score, allowed) => {
    expect(allowedScore(score)).toBe(allowed);
  });

  it.each<[string | undefined, number]>([
    [undefined, 0],
    ['2026-11-30', 0],
    ['2025-12-01', 0],
    ['2025-11-30', 1],
    ['2016-02-29', 10],
    ['1970-01-01', 40],
    ['2030-01-01', 0],
  ])('counts full years since %s as %d', (hiredOn, years) => {
    expect(tenureYearsOf(hiredOn, TODAY)).toBe(years);
  });

  it.each<[Record<string, number>, number]>([
    [{}, 0],
    [{ billing: 5 }, 5],
    [{ billing: 5, spanish: 4, french: 2 }, 3.67],
    [{ billing: 0 }, 0],
  ])('takes the mean of %j as %d', (skills, level) => {
    expect(skillLevelOf(new Map(Object.entries(skills)))).toBe(level);
  });

  it.each([
    ['UTC', '2026-11-30'],
    ['Europe/Berlin', '2026-12-01'],
    ['America/New_York', '2026-11-30'],
  ])('begins the day in %s', (timeZone, day) => {
    expect(calendarOf(timeZone)(Date.UTC(2026, 10, 30, 23, 30))).toBe(day);
  });
});

describe('a rule of agents.priority', () => {
  const record: RuleRecord = {
    version: ['', '', ''],
    skills: new Map([
      ['billing', 4],
      ['tier 1', 1],
    ]),
    hiredOn: '2019-11-30',
    callsToday: 3,
    scores: new Map(),
  };
  const scoreOf = (config: Omit<PriorityConfig, 'timeZone'>, platform = 'genesys') =>
    new PriorityRule({ ...config, timeZone: 'UTC' }).score(record, TODAY, { agentId: 'a-1', queueId: 'vip', platform });

  it('computes from the record with weights', async () => {
    expect(await scoreOf({ tenure: 10, skillMatch: 2, fairness: 1 })).toBe(500 - 70 - 5 + 3);
  });

  it.each([
    ['500 - tenureYears * 3 + callsToday', 482],
    ['queueId = "vip" ? 500 - skills.billing * 10 : 500', 460],
    ['skills.`tier 1` * 7', 7],
    ['agentId = "a-1" and platform = "genesys" ? skillLevel', 3],
    ['-4', 0],
    ['1e12', 999_999],
  ])('evaluates %s', async (expression, score) => {
    expect(await scoreOf({ expression })).toBe(score);
  });

  it.each(['skills.french', '"12"', 'null', 'skills', 'tenure', '"a" * 2', '1 / 0'])(
    'gives no score for %s',
    async (expression) => {
      expect(await scoreOf({ expression })).toBeUndefined();
    },
  );

  it('gives no score if the evaluation would cost too much', async () => {
    const many = new Map(Array.from({ length: 100 }, (_, n): [string, number] => [`skill ${n}`, 1]));
    const rule = new PriorityRule({ expression: '$sum(**[$sum(**[$sum(*) > 0]) > 0])', timeZone: 'UTC' });
    const scored = { agentId: 'a-1', queueId: 'vip', platform: '' };
    expect(await rule.score({ ...record, skills: many }, TODAY, scored)).toBeUndefined();
  });

  it.each([
    [{ tenure: 1 }, true],
    [{ tenure: 0, fairness: 1 }, false],
    [{ expression: '500 - tenureYears' }, true],
    [{ expression: 'callsToday' }, false],
  ])('of %j needs the date of hire: %s', (config, needs) => {
    expect(needsHireDate({ ...config, timeZone: 'UTC' })).toBe(needs);
  });
});

describe('the example of priority by rule', () => {
  const page = readFileSync('docs/concepts/agents.md', 'utf8');
  const cells = (line: string): string[] => line.split('|').map((cell) => cell.trim());
  const rows = page
    .split('\n')
    .filter((line) => /^\| (Dia|Eli|Fay|Gus) /.test(line))
    .map(cells);

  it('has the scores that its weights give', () => {
    const [, tenure, skillMatch, fairness] =
      /priority: \{ tenure: (\d+), skillMatch: (\d+), fairness: (\d+) \}/.exec(page) ?? [];
    const weights = { tenure: Number(tenure), skillMatch: Number(skillMatch), fairness: Number(fairness) };
    expect(rows).toHaveLength(4);
    for (const [, , years, level, calls, , score] of rows) {
      const merits = { tenureYears: Number(years), skillLevel: Number(level), callsToday: Number(calls) };
      expect(weightedScore(weights, merits)).toBe(Number(score));
    }
  });

  it('has the order of the scores and of the idle times', () => {
    const order = rows
      .map(([, agent, , , , idle = '', score]) => ({ agent, score: Number(score), idle: Number.parseInt(idle, 10) }))
      .toSorted((one, other) => one.score - other.score || other.idle - one.idle);
    const places = rows.map(([, agent, , , , , , place]) => ({ agent, place: Number(place) }));
    expect(order.map(({ agent }) => agent)).toEqual(
      places.toSorted((one, other) => one.place - other.place).map(({ agent }) => agent),
    );
  });
});
