import { parseTemplate, templateInputs } from '../../config/sections/lookups/template.js';
import { TENANT_INPUT, type FlatInput, type FlatOutput, type FlatRoute } from '../flat-route.js';
import type { OperationDescription, ParameterDescription, Schema } from './route-description.js';
import { closedObject, openObject } from './schemas.js';

/** The parts of a description that the flat route itself does not have. */
export interface FlatRouteTerms extends Pick<OperationDescription, 'tag' | 'scopes' | 'responses' | 'problems'> {
  /**
   * `true`: the route accepts a body without its required inputs, and any plain JSON value for an
   * input. `false`: the required inputs are required, and each is a string.
   */
  readonly lenientBody: boolean;
}

/** Describes a flat route whose inputs arrive in the path and in a JSON body. */
export function byBody(route: FlatRoute, terms: FlatRouteTerms): OperationDescription {
  const { lenientBody } = terms;
  const inPath = templateInputs(parseTemplate(route.path));
  const inputs = [...route.inputs.filter(({ name }) => !inPath.includes(name)), TENANT_INPUT];
  const required = inputs.filter((input) => input.required && !lenientBody).map(({ name }) => name);
  const schemaOf = lenientBody ? lenientSchema : inputSchema;
  const properties = Object.fromEntries(inputs.map((input) => [input.name, schemaOf(input)]));
  return {
    ...common(route, terms),
    parameters: parametersOf(route, 'body'),
    body: { schema: openObject(properties, required), example: exampleOf(inputs) },
  };
}

/** Describes a flat route whose inputs arrive in the path and in the query. */
export function byQuery(route: FlatRoute, terms: FlatRouteTerms): OperationDescription {
  return { ...common(route, terms), parameters: parametersOf(route, 'query') };
}

/** The response of a flat route: every output, and nothing else. */
export function outputSchema(outputs: readonly FlatOutput[]): Schema {
  return closedObject(
    Object.fromEntries(
      outputs.map(({ name, type, description, words }) => [
        name,
        { type, description, ...(words === undefined ? {} : { enum: words }) },
      ]),
    ),
  );
}

function common({ name, description }: FlatRoute, { tag, scopes, responses, problems = {} }: FlatRouteTerms) {
  return { id: name, tag, summary: description, scopes, ofTenant: true, responses, problems };
}

function inputSchema({ description, words }: FlatInput): Schema {
  return { type: 'string', description, ...(words === undefined ? {} : { enum: words }) };
}

function lenientSchema(input: FlatInput): Schema {
  return { ...inputSchema(input), type: ['string', 'number', 'boolean', 'null'] };
}

/** @param others where the inputs arrive that are not in the path */
function parametersOf({ path, inputs }: FlatRoute, others: 'query' | 'body'): ParameterDescription[] {
  const inPath = templateInputs(parseTemplate(path));
  return [...inputs, TENANT_INPUT].flatMap((input): ParameterDescription[] => {
    const { name, description, example } = input;
    const isInPath = inPath.includes(name);
    if (!isInPath && name !== TENANT_INPUT.name && others === 'body') return [];
    const parameter = { name, description, example, schema: inputSchema(input) };
    return [isInPath ? { ...parameter, in: 'path', required: true } : { ...parameter, in: 'query' }];
  });
}

/** The required inputs; or the first one, because one key is enough. */
function exampleOf(inputs: readonly FlatInput[]): Record<string, string> {
  const shown = inputs.filter(({ required }, at) => required || at === 0);
  return Object.fromEntries(shown.map(({ name, example }) => [name, example]));
}
