import type { ValidateFunction } from 'ajv';
import { raw } from '../../../support/http.js';
import { draft4 } from './draft-4.js';
import type { ExportedAction, Schema } from './exported-action.js';
import { resolve } from './json-path.js';
import { tools, type Dialect } from './tools.js';
import { render, TemplateError } from './velocity.js';

export type FlowInputs = Readonly<Record<string, string | number | boolean | null>>;

/** A request as it leaves the platform. */
export interface FilledRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** The path that a flow takes after the action, and the data that the flow has there. */
export type Execution =
  | { readonly path: 'success'; readonly output: Readonly<Record<string, unknown>> }
  | { readonly path: 'failure'; readonly why: string; readonly status?: number }
  | { readonly path: 'timeout' };

/** The timeout of an action that declares none. */
const DEFAULT_TIMEOUT_S = 60;

/**
 * The part of Genesys Cloud that executes a Data Action. It fills the request, sends it in chunks,
 * translates the response and checks both contracts. It follows the platform's documentation and
 * uses nothing of the service under test.
 */
export class Genesys {
  constructor(
    private readonly credentials: Readonly<Record<string, string>>,
    private readonly dialect: Dialect = 'plain',
  ) {}

  async execute(action: ExportedAction, inputs: FlowInputs): Promise<Execution> {
    const rejection = schemaErrors(action.contract.input.inputSchema, set(inputs));
    if (rejection !== undefined) return { path: 'failure', why: `input: ${rejection}` };
    const { method, url, headers, body } = this.fill(action, inputs);
    const boundMs = (action.config.timeoutSeconds ?? DEFAULT_TIMEOUT_S) * 1000;
    const chunked = body === undefined ? {} : { 'transfer-encoding': 'chunked' };
    const sent = { accept: 'application/json', ...headers, ...chunked };
    const answer = await raw(method, url, body, sent, boundMs).catch(String);
    if (typeof answer === 'string')
      return answer.includes('no answer within') ? { path: 'timeout' } : { path: 'failure', why: answer };
    if (answer.status < 200 || answer.status > 299)
      return { path: 'failure', why: 'ACTION.REMOTE_ENDPOINT', status: answer.status };
    return this.transform(action, answer.text);
  }

  fill({ config: { request } }: ExportedAction, inputs: FlowInputs): FilledRequest {
    const input = { ...set(inputs), rawRequest: JSON.stringify(set(inputs)) };
    const scope = { ...tools(this.dialect), input, credentials: this.credentials };
    const filled = (template: string): string => render(template, scope);
    const headers = Object.entries(request.headers).map(([name, value]) => [name, filled(value)]);
    return {
      method: request.requestType,
      url: filled(request.requestUrlTemplate),
      headers: Object.fromEntries(headers) as Record<string, string>,
      body: request.requestType === 'GET' ? undefined : filled(request.requestTemplate),
    };
  }

  transform({ config: { response }, contract }: ExportedAction, rawResult: string): Execution {
    try {
      const scope = { ...tools(this.dialect), ...variables(response, rawResult), rawResult };
      const text = render(response.successTemplate, scope, { unset: neverSet });
      const output = JSON.parse(text) as Record<string, unknown>;
      const why = schemaErrors(contract.output.successSchema, output);
      return why === undefined ? { path: 'success', output } : { path: 'failure', why: `output: ${why}` };
    } catch (error) {
      return { path: 'failure', why: String(error) };
    }
  }
}

/** Returns the inputs that are set. An input with the value null is not set. */
function set(inputs: FlowInputs): Record<string, string | number | boolean> {
  return Object.fromEntries(Object.entries(inputs).filter(([, value]) => value !== null)) as Record<string, string>;
}

/**
 * Returns every variable as JSON. A default replaces a path without a value. A default does not
 * replace a null.
 */
function variables(response: ExportedAction['config']['response'], rawResult: string): Record<string, string> {
  const paths = Object.entries(response.translationMap);
  if (paths.length === 0) return {};
  const document: unknown = JSON.parse(rawResult);
  const texts = paths.flatMap(([name, path]): [string, string][] => {
    const resolved = resolve(path, document);
    const text = resolved.found ? JSON.stringify(resolved.value) : response.translationMapDefaults[name];
    return text === undefined ? [] : [[name, text]];
  });
  return Object.fromEntries(texts);
}

function neverSet(written: string): never {
  throw new TemplateError(`Variable ${written} has not been set at successTemplate`);
}

const validators = new WeakMap<Schema, ValidateFunction>();

function schemaErrors(schema: Schema, value: unknown): string | undefined {
  const validate = validators.get(schema) ?? draft4().compile(schema);
  validators.set(schema, validate);
  return validate(value) ? undefined : draft4().errorsText(validate.errors);
}
