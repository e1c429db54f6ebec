import { randomBytes, randomUUID } from 'node:crypto';

const random = (): string => randomBytes(12).toString('hex');

/** The customer of the run, in the record of the origin and in the requests. */
export const PERSON = {
  phone: '+15557319246',
  digits: '15557319246',
  email: 'zoe.quarterstaff+vip@marked.example',
  customerId: 'c-7731-quarterstaff',
  firstName: 'Zoë-Philippa',
  lastName: 'Quarterstaff',
} as const;

/** The fields of the record that no lookup declares. */
export const UNDECLARED = {
  street: '17 Marzipan Crescent',
  social: '078-05-1120',
  card: '4929-1234-5678-9012',
} as const;

/** The secrets of the service and of its callers. */
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

/** The texts that requests send in wrong places. */
export const SENT = {
  wrongKey: `wrong-key-${random()}`,
  eventId: `event-of-+15557319247-${random()}`,
  badText: `Bärbel +4915112345678 ${random()}`,
  unknownName: `name.of+${random()}@marked.example`,
} as const;

/** The texts of a failing origin. */
export const FAILING = { body: `customer Xaver-Melchior ${random()}`, header: `set-by-origin-${random()}` } as const;

/** The conversation id of a caller. Only `GET /agents/{id}` returns it. */
export const CALL = { callId: randomUUID() } as const;
