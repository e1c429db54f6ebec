import { QuerySyntaxError, TokenCursor } from '../token-cursor.js';

export interface StripeCustomer {
  readonly id: string;
  readonly object: 'customer';
  /** In cents. A negative balance is credit. */
  readonly balance: number;
  /** Unix seconds. */
  readonly created: number;
  readonly currency: string | null;
  readonly delinquent: boolean;
  readonly email: string;
  readonly name: string;
  readonly phone: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** A text stands in single or double quotes. A backslash stands before a quote inside. */
const RULES = {
  blank: /\s+/y,
  text: /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/y,
  word: /[a-zA-Z_]+/y,
  sign: /[:[\]-]/y,
};
const FIELDS = ['email', 'name', 'phone', 'metadata'] as const;
const MAX_CLAUSES = 10;
type Clause = (customer: StripeCustomer) => boolean;

/**
 * The customers that match the clauses `field:"value"` and `metadata["key"]:"value"`. AND or OR
 * joins clauses, and a query has only one of the two.
 *
 * @throws {QuerySyntaxError}
 */
export function searchCustomers(query: string, customers: readonly StripeCustomer[]): readonly StripeCustomer[] {
  const cursor = new TokenCursor(query, RULES);
  const clauses = [clause(cursor)];
  let joint: string | undefined;
  while (!cursor.isAtEnd) {
    const { text, at } = cursor.expect('and', 'or');
    const word = text.toLowerCase();
    if (joint !== undefined && joint !== word) throw new QuerySyntaxError(at, text, 'AND and OR cannot be combined.');
    joint = word;
    clauses.push(clause(cursor));
  }
  if (clauses.length > MAX_CLAUSES) throw new QuerySyntaxError(0, '', `At most ${MAX_CLAUSES} clauses are allowed.`);
  return customers.filter((customer) =>
    joint === 'or' ? clauses.some((matches) => matches(customer)) : clauses.every((matches) => matches(customer)),
  );
}

function clause(cursor: TokenCursor): Clause {
  const isNegated = cursor.takeIf('-') !== undefined;
  const field = cursor.expect(...FIELDS).text.toLowerCase() as (typeof FIELDS)[number];
  const key = field === 'metadata' ? metadataKey(cursor) : '';
  cursor.expect(':');
  const value = textOf(cursor).toLowerCase();
  const found = ({ [field]: content }: StripeCustomer): string | undefined =>
    typeof content === 'string' ? content : content[key];
  return (customer) => (found(customer)?.toLowerCase() === value) !== isNegated;
}

function metadataKey(cursor: TokenCursor): string {
  cursor.expect('[');
  const key = textOf(cursor);
  cursor.expect(']');
  return key;
}

function textOf(cursor: TokenCursor): string {
  return cursor.expectKind('text').text.slice(1, -1).replace(/\\(.)/g, '$1');
}
