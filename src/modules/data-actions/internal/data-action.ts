import type { FieldConfig } from '../../../config/sections/lookups/lookup-config.js';
import { fillTemplate, parseTemplate, templateInputs } from '../../../config/sections/lookups/template.js';
import type { FlatInput, FlatOutput, FlatRoute } from '../../../contracts/flat-route.js';
import { inJson, inUrl, memberPath, variablesFor } from './velocity.js';

/** A file that Genesys Cloud exports and imports. The members are in the order of its exports. */
export interface DataAction {
  readonly name: string;
  readonly integrationType: 'custom-rest-actions';
  /** The import fails without this member. */
  readonly actionType: 'custom';
  readonly config: {
    readonly request: {
      readonly requestUrlTemplate: string;
      readonly requestType: FlatRoute['method'];
      readonly headers: Readonly<Record<string, string>>;
      readonly requestTemplate: string;
    };
    readonly response: {
      readonly translationMap: Readonly<Record<string, string>>;
      /** Each value is a text that holds JSON. */
      readonly translationMapDefaults: Readonly<Record<string, string>>;
      readonly successTemplate: string;
    };
    readonly timeoutSeconds: number;
  };
  readonly contract: {
    readonly input: { readonly inputSchema: FlatSchema };
    readonly output: { readonly successSchema: FlatSchema };
  };
  readonly secure: false;
}

interface FlatSchema {
  readonly $schema: 'http://json-schema.org/draft-04/schema#';
  readonly title: string;
  readonly description: string;
  readonly type: 'object';
  /** `undefined` if no input is required: draft 4 of JSON Schema does not allow an empty list. */
  readonly required?: readonly string[];
  readonly properties: Readonly<Record<string, FlatProperty>>;
}

interface FlatProperty {
  readonly type: FieldConfig['type'];
  readonly description: string;
  readonly enum?: readonly string[];
}

const DRAFT_4 = 'http://json-schema.org/draft-04/schema#';
/** The request template that Genesys Cloud writes for a request without a body. */
const NO_BODY = '${input.rawRequest}';

/** @param baseUrl an address without a slash at its end */
export function dataAction(route: FlatRoute, baseUrl: string, timeoutSeconds: number): DataAction {
  return {
    name: `Datadip - ${route.name}`,
    integrationType: 'custom-rest-actions',
    actionType: 'custom',
    config: { request: requestOf(route, baseUrl), response: responseOf(route.outputs), timeoutSeconds },
    contract: { input: { inputSchema: inputSchema(route) }, output: { successSchema: successSchema(route) } },
    secure: false,
  };
}

function requestOf({ method, path, inputs }: FlatRoute, baseUrl: string): DataAction['config']['request'] {
  const template = parseTemplate(path);
  const inPath = templateInputs(template);
  const others = inputs.map(({ name }) => name).filter((name) => !inPath.includes(name));
  const address = `${baseUrl}${fillTemplate(template, (input) => input, inUrl)}`;
  const key = { 'X-API-Key': '${credentials.apiKey}' };
  if (method === 'GET') {
    const query = others.map((name) => `${name}=${inUrl(name)}`).join('&');
    const requestUrlTemplate = query === '' ? address : `${address}?${query}`;
    return { requestUrlTemplate, requestType: method, headers: key, requestTemplate: NO_BODY };
  }
  return {
    requestUrlTemplate: address,
    requestType: method,
    headers: { ...key, 'Content-Type': 'application/json' },
    requestTemplate: `{${others.map((name) => `"${name}": "${inJson(name)}"`).join(', ')}}`,
  };
}

function responseOf(outputs: readonly FlatOutput[]): DataAction['config']['response'] {
  const variables = variablesFor(outputs);
  const variable = (name: string): string => variables.get(name) ?? name;
  return {
    translationMap: Object.fromEntries(outputs.map(({ name }) => [variable(name), memberPath(name)])),
    translationMapDefaults: Object.fromEntries(
      outputs.map(({ name, fallback }) => [variable(name), JSON.stringify(fallback)]),
    ),
    successTemplate: `{${outputs.map(({ name }) => `"${name}": \${${variable(name)}}`).join(', ')}}`,
  };
}

function inputSchema({ name, description, inputs }: FlatRoute): FlatSchema {
  const required = inputs.filter((input) => input.required).map((input) => input.name);
  return {
    $schema: DRAFT_4,
    title: `${name} request`,
    description,
    type: 'object',
    ...(required.length === 0 ? {} : { required }),
    properties: Object.fromEntries(inputs.map((input) => [input.name, propertyOf(input)])),
  };
}

function successSchema({ name, description, outputs }: FlatRoute): FlatSchema {
  return {
    $schema: DRAFT_4,
    title: `${name} response`,
    description,
    type: 'object',
    required: outputs.map((output) => output.name),
    properties: Object.fromEntries(
      outputs.map((output) => [output.name, { type: output.type, description: output.description }]),
    ),
  };
}

function propertyOf({ description, words }: FlatInput): FlatProperty {
  return { type: 'string', description, ...(words === undefined ? {} : { enum: words }) };
}
