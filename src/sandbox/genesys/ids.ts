/** Genesys Cloud names everything by a UUID; ours hold the number of what they name, so nothing is held to look them up. */
export type Kind = 'contact' | 'user' | 'queue' | 'organization';

const BEGINNINGS: Readonly<Record<Kind, string>> = {
  contact: 'c0000000-0000-4000-8000-',
  user: 'a0000000-0000-4000-8000-',
  queue: 'e0000000-0000-4000-8000-',
  organization: '00000000-0000-4000-8000-',
};

export function idOf(kind: Kind, n: number): string {
  return BEGINNINGS[kind] + String(n).padStart(12, '0');
}

/** The number in an id of this kind, or undefined for any other text. */
export function numberIn(kind: Kind, id: string): number | undefined {
  const lower = id.toLowerCase();
  const digits = lower.startsWith(BEGINNINGS[kind]) ? lower.slice(BEGINNINGS[kind].length) : '';
  return /^\d{12}$/.test(digits) ? Number(digits) : undefined;
}
