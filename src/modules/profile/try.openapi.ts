import type { RouteDescriptions, Schema } from '../../contracts/openapi/route-description.js';
import { arrayOf, BOOLEAN, closedObject, enumOf, INTEGER, NUMBER, STRING } from '../../contracts/openapi/schemas.js';

const VALUE: Schema = { type: ['string', 'number', 'boolean'] };
const MISSING = arrayOf(closedObject({ name: STRING, at: STRING, near: arrayOf(STRING) }));

/** An object whose member `value` may be absent. */
function withValue(properties: Readonly<Record<string, Schema>>): Schema {
  return { ...closedObject(properties), properties: { ...properties, value: VALUE } };
}

const CALL = closedObject({
  system: STRING,
  request: closedObject({ method: STRING, url: STRING, headers: arrayOf(STRING), body: STRING, parameters: INTEGER }),
  status: INTEGER,
  contentType: STRING,
  steps: closedObject({ admissionMs: NUMBER, answerMs: NUMBER, readingMs: NUMBER }),
  shape: arrayOf(withValue({ name: STRING, type: STRING })),
  decision: closedObject({
    by: enumOf('failWhen', 'notFoundWhen', 'status', 'body', 'record'),
    rules: arrayOf(
      closedObject({
        rule: enumOf('failWhen', 'notFoundWhen'),
        expression: STRING,
        result: enumOf('true', 'false', 'error'),
        missing: MISSING,
      }),
    ),
  }),
  record: closedObject({ expression: STRING, found: STRING, matches: INTEGER, missing: MISSING }),
});

const PART = closedObject({
  lookup: STRING,
  result: enumOf('found', 'not_found', 'failed', 'no_lookup_key', 'withheld'),
  error: STRING,
  cause: STRING,
  message: STRING,
  inputs: arrayOf(STRING),
  usedInput: STRING,
  calls: arrayOf(CALL),
  customerId: enumOf('found', 'missing', 'not_declared'),
  customerIdFrom: STRING,
  customerIdMissing: MISSING,
  unsetInputs: arrayOf(closedObject({ input: STRING, from: STRING, reason: enumOf('default', 'empty', 'no_answer') })),
  fields: arrayOf(
    withValue({
      name: STRING,
      type: STRING,
      from: STRING,
      found: STRING,
      isDefault: BOOLEAN,
      reason: STRING,
      missing: MISSING,
    }),
  ),
});

const TRIAL: Schema = {
  type: 'object',
  required: ['lookup', 'tenant', 'parts'],
  properties: {
    lookup: STRING,
    tenant: STRING,
    parts: arrayOf(PART),
    fields: arrayOf(withValue({ name: STRING, from: STRING })),
  },
  additionalProperties: false,
};

/** The route of `TryController`. */
export const TRY_OPERATIONS: RouteDescriptions = {
  'POST /try/{name}': {
    id: 'try',
    tag: 'lookups',
    summary: 'Try a lookup: make one dip without storing it, and describe each step',
    scopes: ['operate'],
    ofTenant: true,
    parameters: [
      { name: 'name', in: 'path', description: 'Name of a lookup', required: true, example: 'customer' },
      {
        name: 'values',
        in: 'query',
        description: 'Whether the response shows the values of the customer. Default: false',
        schema: BOOLEAN,
      },
    ],
    body: { schema: { type: 'object', additionalProperties: VALUE }, example: { ani: '+15551234567' } },
    responses: { 200: { description: 'The request, the answer and the fields of the trial', schema: TRIAL } },
    problems: { 400: ['not_an_object', 'nested_value'], 403: ['wrong_lookup'], 404: ['unknown_lookup'] },
  },
};
