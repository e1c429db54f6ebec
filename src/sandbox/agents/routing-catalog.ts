/**
 * The queues of the contact center have the numbers 1 to 40. They are the same in Genesys Cloud and
 * in CXone, where a queue is a skill.
 */
export const QUEUE_COUNT = 40;

// prettier-ignore
const SKILLS = [
  'Billing', 'Refunds', 'Invoices', 'Collections', 'Cards', 'Loans', 'Mortgages', 'Insurance',
  'Claims', 'Travel', 'Bookings', 'Loyalty', 'Sales', 'Retention', 'Upgrades', 'Contracts',
  'Technical Support', 'Networks', 'Hardware', 'Installation', 'Complaints', 'Fraud', 'Accessibility', 'VIP',
] as const;
const LANGUAGES = ['English', 'Spanish', 'French', 'German', 'Portuguese', 'Mandarin'] as const;

/** The names of the 30 skills, languages last. Skill n has the name at n - 1. */
const SKILL_NAMES: readonly string[] = [...SKILLS, ...LANGUAGES];

export function skillName(skill: number): string {
  return SKILL_NAMES[skill - 1] ?? '';
}

/** @returns `undefined` if there is no such skill */
export function skillNumber(name: string): number | undefined {
  const at = SKILL_NAMES.indexOf(name);
  return at < 0 ? undefined : at + 1;
}

export function isLanguage(skill: number): boolean {
  return skill > SKILLS.length;
}

/**
 * The initial queues of agent n: queue n modulo 20, where 20 stands for the remainder 0, and four
 * of the queues 21 to 40.
 */
export function initialQueues(n: number): Map<number, boolean> {
  const first = n % 20 === 0 ? 20 : n % 20;
  const others = [0, 3, 7, 12].map((step) => 21 + ((n + step) % 20));
  return new Map([first, ...others].map((queue) => [queue, true]));
}

/** The initial skills of agent n: eight skills and two languages, with proficiencies 1 to 5. */
export function initialSkills(n: number): Map<number, number> {
  const skills = Array.from({ length: 8 }, (_, at) => ((n + at * 3) % SKILLS.length) + 1);
  const language = n % LANGUAGES.length;
  const second = (language + 1 + (Math.floor(n / LANGUAGES.length) % (LANGUAGES.length - 1))) % LANGUAGES.length;
  const languages = [language, second].map((at) => SKILLS.length + at + 1);
  return new Map([...skills, ...languages].map((skill) => [skill, 1 + ((n * 7 + skill * 3) % 9) / 2]));
}
