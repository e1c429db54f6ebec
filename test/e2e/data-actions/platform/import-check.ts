import { draft4 } from './draft-4.js';
import type { ExportedAction, Schema } from './exported-action.js';

const NAME = /^[A-Za-z][A-Za-z0-9_-]*$/;
const RESERVED = ['orgId', 'integrationId', 'rawRequest'];
const FLAT_TYPES = ['string', 'integer', 'number', 'boolean', 'null'];
const METHODS = ['GET', 'PUT', 'POST', 'PATCH', 'DELETE'];

/** Returns the reasons why the platform would not import the action, or a flow could not use it. */
export function importErrors(action: ExportedAction): string[] {
  const { config, contract, actionType } = action;
  const { inputSchema } = contract.input;
  return [
    ...when(actionType !== 'custom' && actionType !== 'static', 'no actionType'),
    ...when(!METHODS.includes(config.request.requestType), 'no method'),
    ...when(!withinBounds(config.timeoutSeconds), 'a timeout beyond 1 to 60 s'),
    ...validity(inputSchema, 'inputSchema'),
    ...validity(contract.output.successSchema, 'successSchema'),
    ...Object.entries(inputSchema.properties).flatMap(([name, { type }]) => [
      ...when(!NAME.test(name) || RESERVED.includes(name), `the input cannot be called ${name}`),
      ...when(!FLAT_TYPES.includes(type), `the input ${name} is not flat`),
    ]),
    ...(inputSchema.required ?? [])
      .filter((name) => !Object.hasOwn(inputSchema.properties, name))
      .map((name) => `${name} is required and no input`),
    ...undeclaredInputs(action),
    ...defaultsThatAreNotJson(action),
  ];
}

function when(wrong: boolean, objection: string): string[] {
  return wrong ? [objection] : [];
}

function withinBounds(seconds: number | undefined): boolean {
  return seconds === undefined || (Number.isInteger(seconds) && seconds >= 1 && seconds <= 60);
}

function validity(schema: Schema, what: string): string[] {
  try {
    draft4().compile(schema);
    return [];
  } catch (error) {
    return [`${what}: ${String(error)}`];
  }
}

/** Returns an error for each input that a template names and the contract does not declare. */
function undeclaredInputs({ config: { request }, contract }: ExportedAction): string[] {
  const templates = [request.requestUrlTemplate, request.requestTemplate, ...Object.values(request.headers)].join(' ');
  const named = [...templates.matchAll(/input\.([A-Za-z][A-Za-z0-9_-]*)/g)].map(([, name = '']) => name);
  const known = [...Object.keys(contract.input.inputSchema.properties), 'rawRequest'];
  return named.filter((name) => !known.includes(name)).map((name) => `no input is called ${name}`);
}

function defaultsThatAreNotJson({ config: { response } }: ExportedAction): string[] {
  return Object.entries(response.translationMapDefaults).flatMap(([name, text]) => {
    try {
      JSON.parse(text);
      return when(!Object.hasOwn(response.translationMap, name), `a default for ${name}, which is not in the map`);
    } catch {
      return [`the default of ${name} is not JSON`];
    }
  });
}
