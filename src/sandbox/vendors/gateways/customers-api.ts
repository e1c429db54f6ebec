import type { Answer } from '../../exchange.js';
import type { Person } from '../people.js';

/** The service behind the gateways: a customer by phone number in E.164, or by e-mail. */
export function customersAnswer(query: URLSearchParams, people: readonly Person[]): Answer {
  const [phone, email] = [query.get('phone'), query.get('email')];
  if ((phone === null) === (email === null)) return { status: 400, body: { message: 'phone or email is required' } };
  const found = people.filter((person) => (phone === null ? person.email === email : `+1${person.phone}` === phone));
  const items = found.toReversed().map(({ n, firstName, lastName, tier }) => ({
    id: `cust-${n}`,
    name: `${firstName} ${lastName}`,
    tier: n === 30 ? null : tier,
  }));
  return { status: 200, body: { items } };
}
