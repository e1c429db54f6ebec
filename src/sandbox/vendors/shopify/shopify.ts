import type { Answer } from '../../exchange.js';
import type { Person } from '../people.js';
import { QuerySyntaxError } from '../token-cursor.js';
import type { Vendor, VendorContext, VendorRequest } from '../vendor.js';
import { parseOperation, type ArgumentValue, type Operation, type Selection } from './graphql-query.js';

const TOKEN = 'shpat_sandbox';
const INPUT_TYPE = 'CustomerIdentifierInput!';
const IDENTIFIERS: ReadonlySet<string> = new Set(['id', 'emailAddress', 'phoneNumber']);
const COST = { requestedQueryCost: 1, actualQueryCost: 1 };

type Members = Readonly<Record<string, unknown>>;

/** An error of GraphQL, with its code. Shopify sends it with status 200. */
class GraphqlError extends Error {
  constructor(
    message: string,
    readonly code: string,
  ) {
    super(message);
  }
}

/** Shopify Admin: the query `customerByIdentifier`. Its switches know the status 200: THROTTLED. */
export function createShopify({ people }: VendorContext): Vendor {
  const customers = people.map(customerOf);
  return {
    name: 'shopify',
    routes: [
      { method: 'POST', path: '/admin/api/:version/graphql.json', answer: (request) => answerOf(request, customers) },
    ],
    rejectionOf: ({ headers }) => (headers['x-shopify-access-token'] === TOKEN ? undefined : INVALID_TOKEN),
    failureBody: (status) =>
      status === 200 ? errorBody(new GraphqlError('Throttled', 'THROTTLED')) : { errors: 'Internal Server Error' },
    noRoute: { status: 404, body: { errors: 'Not Found' } },
  };
}

export function customerGid(n: number): string {
  return `gid://shopify/Customer/${7_000_000_000 + n}`;
}

const INVALID_TOKEN: Answer = {
  status: 401,
  body: { errors: '[API] Invalid API key or access token (unrecognized login or wrong password)' },
};

/** Two customers never share a number in Shopify, so person 49 has none. */
function customerOf(person: Person): Members {
  const { n, firstName, lastName, email, phone, tier, balance, openCases } = person;
  return {
    id: customerGid(n),
    displayName: `${firstName} ${lastName}`,
    firstName,
    lastName,
    defaultEmailAddress: { emailAddress: email },
    defaultPhoneNumber: n === 49 ? null : { phoneNumber: `+1${phone}` },
    // An unsigned number of 64 bits is text.
    numberOfOrders: String(openCases),
    amountSpent: { amount: balance.toFixed(2), currencyCode: 'USD' },
    tags: [tier],
    metafield: n === 30 ? null : { value: tier },
  };
}

function answerOf({ headers, body }: VendorRequest, customers: readonly Members[]): Answer {
  if (!/^application\/json\b/.test(headers['content-type'] ?? ''))
    return { status: 415, body: { errors: 'Unsupported Media Type' } };
  try {
    const { query, variables } = requestOf(body);
    return {
      status: 200,
      body: { data: dataOf(parseOperation(query), variables, customers), extensions: { cost: COST } },
    };
  } catch (error) {
    if (error instanceof GraphqlError) return { status: 200, body: errorBody(error) };
    if (error instanceof QuerySyntaxError)
      return { status: 200, body: errorBody(new GraphqlError(`syntax error, ${error.message}`, 'parseError')) };
    throw error;
  }
}

function errorBody({ message, code }: GraphqlError): Members {
  return { errors: [{ message, extensions: { code } }], extensions: { cost: COST } };
}

function requestOf(body: string): { readonly query: string; readonly variables: Members } {
  try {
    const { query, variables = {} } = JSON.parse(body) as { query?: unknown; variables?: Members };
    if (typeof query === 'string') return { query, variables };
  } catch {
    // Answered below.
  }
  throw new GraphqlError('A query attribute must be specified and must be a string.', 'BAD_REQUEST');
}

function dataOf({ variables: types, selections }: Operation, variables: Members, customers: readonly Members[]) {
  const unused = Object.keys(variables).find((name) => types[name] === undefined);
  if (unused !== undefined) throw new GraphqlError(`Variable $${unused} is not declared`, 'variableNotDefined');
  const answers = selections.map(({ as, name, args, selections: inner }) => {
    if (name !== 'customerByIdentifier') throw undefinedField(name, 'QueryRoot');
    const wanted = identifierOf(args.identifier, types, variables);
    const found = customers.find((customer) => hasIdentifier(customer, wanted));
    return [as, found === undefined ? null : selected(inner, found, 'Customer')];
  });
  return Object.fromEntries(answers) as Members;
}

/** The type of the argument is an input with exactly one member. */
function identifierOf(given: ArgumentValue | undefined, types: Operation['variables'], variables: Members) {
  if (given === undefined) throw new GraphqlError('Argument `identifier` is required', 'missingRequiredArguments');
  const value = 'literal' in given ? given.literal : variables[given.variable];
  if ('variable' in given && types[given.variable] !== INPUT_TYPE)
    throw new GraphqlError(`Type mismatch on variable $${given.variable}`, 'variableMismatch');
  const members = Object.entries((value ?? {}) as Members);
  const [[name, content] = ['', undefined]] = members;
  if (members.length !== 1 || !IDENTIFIERS.has(name) || typeof content !== 'string')
    throw new GraphqlError("'CustomerIdentifierInput' requires exactly one argument", 'INVALID_VARIABLE');
  if (name === 'phoneNumber' && !/^\+\d+$/.test(content))
    throw new GraphqlError('phoneNumber is not in the format E.164', 'INVALID_VARIABLE');
  return { name, content };
}

function hasIdentifier(customer: Members, { name, content }: { readonly name: string; readonly content: string }) {
  const values: Members = {
    id: customer.id,
    emailAddress: (customer.defaultEmailAddress as Members | null)?.emailAddress,
    phoneNumber: (customer.defaultPhoneNumber as Members | null)?.phoneNumber,
  };
  return values[name] === content;
}

/** A field of an object needs selections, and a field of another type has none. */
function selected(selections: readonly Selection[], record: Members, type: string): Members {
  if (selections.length === 0) throw new GraphqlError(`Field must have selections (${type})`, 'selectionMismatch');
  return Object.fromEntries(
    selections.map(({ as, name, selections: inner }) => {
      if (!Object.hasOwn(record, name)) throw undefinedField(name, type);
      const value = record[name];
      const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
      return [as, isObject ? selected(inner, value as Members, name) : value];
    }),
  );
}

function undefinedField(name: string, type: string): GraphqlError {
  return new GraphqlError(`Field '${name}' doesn't exist on type '${type}'`, 'undefinedField');
}
