import { randomBytes, randomUUID } from 'node:crypto';

const random = (): string => randomBytes(12).toString('hex');

/** Whom the run is about, as the origin tells it and as callers ask. */
export const PERSON = {
  phone: '+15557319246',
  digits: '15557319246',
  email: 'zoe.quarterstaff+vip@marked.example',
  customerId: 'c-7731-quarterstaff',
  firstName: 'Zoë-Philippa',
  lastName: 'Quarterstaff',
} as const;

/** What an origin says beside, and nobody declared. */
export const UNDECLARED = {
  street: '17 Marzipan Crescent',
  social: '078-05-1120',
  card: '4929-1234-5678-9012',
} as const;

/** What nobody but their owners may know. */
export const KEYS = {
  keySecret: `key-secret-${random()}`,
  valueKey: randomBytes(32).toString('base64'),
  apiKey: `api-key-${random()}`,
  nextApiKey: `next-api-key-${random()}`,
  hookKey: `hook-key-${random()}`,
  hmacSecret: `hmac-secret-${random()}`,
  originToken: `origin-token-${random()}`,
  redisPassword: `redis-password-${random()}`,
} as const;

/** What is sent where it does not belong. */
export const SENT = {
  wrongKey: `wrong-key-${random()}`,
  eventId: `event-of-+15557319247-${random()}`,
  badText: `Bärbel +4915112345678 ${random()}`,
  strangeName: `name.of+${random()}@marked.example`,
} as const;

/** What a failing origin says. */
export const FAILING = { body: `customer Xaver-Melchior ${random()}`, header: `set-by-origin-${random()}` } as const;

/** What a caller takes for the id of a conversation. Given back by `GET /agents/{id}`, and nowhere else. */
export const CALL = { callId: randomUUID() } as const;
