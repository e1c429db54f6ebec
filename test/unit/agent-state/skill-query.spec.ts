import { describe, expect, it } from '@jest/globals';
import { HttpProblem } from '../../../src/kernel/errors.js';
import { parseSkills } from '../../../src/modules/agent-state/internal/skill-declaration.js';
import { parseSkillDemand, type SkillQuery } from '../../../src/modules/agent-state/internal/skill-query.js';

const wanted = (query: SkillQuery) => parseSkillDemand(query)?.wanted;

function problemOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof HttpProblem && error.status === 400) return error.message;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('the parameters of a claim by skill', () => {
  it('are no claim by skill if none is given', () => {
    expect(parseSkillDemand({})).toBeUndefined();
  });

  it('give requirements, evaluation and preferred agents', () => {
    const query = { skills: ' Spanish:3 , billing,español:2.5', evaluation: ' Best', prefer: 'b, a,b' };
    expect(wanted(query)).toEqual({
      evaluation: 'best',
      requirements: [
        { skill: 'spanish', minimum: 3 },
        { skill: 'billing', minimum: 0 },
        { skill: 'español', minimum: 2.5 },
      ],
      preferred: ['b', 'a'],
    });
  });

  it('evaluate by all skills unless the request says otherwise', () => {
    expect(wanted({ skills: 'billing' })).toMatchObject({ evaluation: 'all', preferred: [] });
    expect(wanted({ prefer: 'a' })).toEqual({ evaluation: 'all', requirements: [], preferred: ['a'] });
  });

  it('count the higher minimum of a skill that stands twice', () => {
    const { requirements } = wanted({ skills: 'billing:2,Billing,billing:4' }) ?? {};
    expect(requirements).toEqual([{ skill: 'billing', minimum: 4 }]);
  });

  it('ignore empty words and placeholders of unset inputs', () => {
    const query = { skills: 'billing,,${input.second},', prefer: '$!{input.agent}' };
    expect(wanted(query)).toEqual({
      ...{ evaluation: 'all', preferred: [] },
      requirements: [{ skill: 'billing', minimum: 0 }],
    });
  });

  it.each([
    ['9.9', ['billing', 'spanish']],
    ['10', ['spanish']],
    ['19', ['spanish']],
    ['20.5', []],
    [undefined, ['billing', 'spanish']],
  ])('leave out relaxed skills after %s s', (waitedS, left) => {
    const query = { skills: 'billing:2,spanish', relax: 'Billing@10,spanish@20', ...(waitedS && { waitedS }) };
    expect(wanted(query)?.requirements.map(({ skill }) => skill)).toEqual(left);
  });

  it('are forwarded unchanged', () => {
    const query = { skills: 'español:3,a&b', evaluation: 'best', waitedS: '7', relax: 'a&b@9' };
    const { parameters } = parseSkillDemand(query) ?? {};
    expect(Object.fromEntries(new URLSearchParams(parameters))).toEqual(query);
  });

  it.each<[SkillQuery, string, string]>([
    [{ skills: 'billing,spanish:high' }, 'skills', '"spanish:high"'],
    [{ skills: 'spanish:6' }, 'skills', '"spanish:6"'],
    [{ skills: 'spanish:-1' }, 'skills', '"spanish:-1"'],
    [{ skills: 'spanish:1e0' }, 'skills', '"spanish:1e0"'],
    [{ skills: 'spanish:' }, 'skills', '"spanish:"'],
    [{ skills: ':3' }, 'skills', '":3"'],
    [{ skills: 'spanish:3:4' }, 'skills', '"spanish:3:4"'],
    [{ skills: 'spanish', evaluation: 'any' }, 'evaluation', '"any"'],
    [{ skills: 'spanish', relax: 'spanish' }, 'relax', '"spanish"'],
    [{ skills: 'spanish', relax: '@10' }, 'relax', '"@10"'],
    [{ skills: 'spanish', relax: 'spanish@soon' }, 'relax', '"spanish@soon"'],
    [{ skills: 'spanish', relax: 'spanish@-5' }, 'relax', '"spanish@-5"'],
    [{ skills: 'spanish', relax: 'billing@10' }, 'relax', '"billing@10"'],
    [{ relax: 'billing@10' }, 'relax', '"billing@10"'],
    [{ waitedS: 'long' }, 'waitedS', '"long"'],
    [{ waitedS: '-1' }, 'waitedS', '"-1"'],
    [{ skills: `x:${'y'.repeat(100)}` }, 'skills', `"x:${'y'.repeat(38)}…"`],
    [{ skills: 'a:\u0007' }, 'skills', '"a:_"'],
  ])('are refused with the wrong word: %j', (query, parameter, word) => {
    const problem = problemOf(() => parseSkillDemand(query));
    expect(problem).toContain(`invalid word in \`${parameter}\`: ${word};`);
  });

  it.each([
    ['a b', 'word 1'],
    ['agent-1,ada@example.com', 'word 2'],
  ])('do not show a wrong agent of %j, which may be an address', (prefer, word) => {
    expect(problemOf(() => parseSkillDemand({ prefer }))).toBe(
      `invalid ${word} in \`prefer\`: the word is no agent id`,
    );
  });

  it('show no digits of a word that may be a phone number', () => {
    expect(problemOf(() => parseSkillDemand({ skills: '+15557777:x' }))).toContain('"+########:x"');
  });

  it.each(['skills', 'prefer'] as const)('name at most 10 in %s', (parameter) => {
    const names = (count: number) => Array.from({ length: count }, (_, at) => `n-${at}`).join(',');
    expect(parseSkillDemand({ [parameter]: names(10) })).toBeDefined();
    expect(problemOf(() => parseSkillDemand({ [parameter]: names(11) }))).toContain(`\`${parameter}\`; allowed: 10`);
  });
});

describe('declared skills', () => {
  it('are read by normalized name, from numbers and from digits', () => {
    const skills = { Spanish: 4, 'Tier: 1': '2.5', constructor: 0, ['__proto__']: 1 };
    expect([...parseSkills(JSON.parse(JSON.stringify(skills)) as object)]).toEqual([
      ['spanish', 4],
      ['tier_ 1', 2.5],
      ['constructor', 0],
      ['__proto__', 1],
    ]);
  });

  it.each<[object, string]>([
    [[], 'object'],
    [{ spanish: 'good' }, '"spanish"'],
    [{ spanish: null }, '"spanish"'],
    [{ spanish: true }, '"spanish"'],
    [{ spanish: {} }, '"spanish"'],
    [{ spanish: 5.5 }, '"spanish"'],
    [{ spanish: -1 }, '"spanish"'],
    [{ ' ': 1 }, '" "'],
    [{ Spanish: 1, spanish: 2 }, '"spanish"'],
    [Object.fromEntries(Array.from({ length: 101 }, (_, at) => [`s-${at}`, 1])), 'allowed: 100'],
  ])('are refused with the wrong name: %j', (skills, word) => {
    expect(problemOf(() => parseSkills(skills))).toContain(word);
  });
});
