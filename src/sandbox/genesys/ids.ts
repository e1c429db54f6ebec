/**
 * The kinds of entities in Genesys Cloud, which names every entity by a UUID. A UUID of the sandbox
 * contains the number of its entity, so the sandbox needs no index.
 */
export type Kind = 'contact' | 'conversation' | 'user' | 'queue' | 'skill' | 'organization';

const PREFIXES: Readonly<Record<Kind, string>> = {
  contact: 'c0000000-0000-4000-8000-',
  conversation: 'd0000000-0000-4000-8000-',
  user: 'a0000000-0000-4000-8000-',
  queue: 'e0000000-0000-4000-8000-',
  skill: 'b0000000-0000-4000-8000-',
  organization: '00000000-0000-4000-8000-',
};

export function idOf(kind: Kind, n: number): string {
  return PREFIXES[kind] + String(n).padStart(12, '0');
}

/** Returns the number in an id of this kind. `undefined` for any other text. */
export function numberIn(kind: Kind, id: string): number | undefined {
  const lower = id.toLowerCase();
  const digits = lower.startsWith(PREFIXES[kind]) ? lower.slice(PREFIXES[kind].length) : '';
  return /^\d{12}$/.test(digits) ? Number(digits) : undefined;
}
