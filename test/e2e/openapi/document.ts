import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { HttpAnswer } from '../../support/http.js';

interface Media {
  readonly schema: Record<string, unknown>;
  readonly examples?: Record<string, { readonly value: unknown }>;
  readonly example?: unknown;
}

export interface Operation {
  readonly operationId: string;
  readonly security: readonly Record<string, readonly string[]>[];
  readonly parameters: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: { readonly content: Record<string, Media> };
  readonly responses: Record<
    string,
    { readonly headers?: Record<string, unknown>; readonly content: Record<string, Media> }
  >;
}

interface OpenApi {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: Record<string, unknown>;
}

/** The OpenAPI document of a service, and the checks of responses against it. */
export class Document {
  private readonly validator = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true }).addKeyword(
    'components',
  );
  private readonly validators = new Map<object, ValidateFunction>();

  constructor(readonly json: OpenApi) {}

  get operations(): [route: string, operation: Operation][] {
    return Object.entries(this.json.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]): [string, Operation] => [
        `${method.toUpperCase()} ${path}`,
        operation,
      ]),
    );
  }

  /** Returns the operation of a request. A path without parameters wins over a path with them. */
  operationOf(method: string, url: string): Operation {
    const path = url.split('?')[0] ?? '';
    const fitting = Object.entries(this.json.paths)
      .filter(([template, methods]) => pattern(template).test(path) && method.toLowerCase() in methods)
      .sort(([a], [b]) => a.split('{').length - b.split('{').length);
    const operation = fitting[0]?.[1][method.toLowerCase()];
    if (operation === undefined) throw new Error(`the document has no ${method} ${path}`);
    return operation;
  }

  /** Returns the differences between a response and the document. */
  differences(method: string, url: string, answer: HttpAnswer): string[] {
    const { responses } = this.operationOf(method, url);
    const response = responses[answer.status];
    if (response === undefined)
      return [`${method} ${url}: the document has no status ${answer.status}: ${answer.text.slice(0, 200)}`];
    const type = (answer.headers['content-type'] ?? '').split(';')[0] ?? '';
    const media = response.content[type] ?? response.content['*/*'];
    if (media === undefined) return [`${method} ${url}: ${answer.status} is ${type}`];
    const wrong = this.schemaErrors(media.schema, type.includes('json') ? answer.json : answer.text);
    const missing = answer.headers['x-request-id'] === undefined ? ['no X-Request-Id'] : [];
    return [...wrong, ...missing].map((difference) => `${method} ${url} ${answer.status}: ${difference}`);
  }

  schemaErrors(schema: Record<string, unknown>, value: unknown): string[] {
    const validate = this.validators.get(schema) ?? this.compiled(schema);
    return validate(value) ? [] : [this.validator.errorsText(validate.errors)];
  }

  private compiled(schema: Record<string, unknown>): ValidateFunction {
    const validate = this.validator.compile({ ...schema, components: this.json.components });
    this.validators.set(schema, validate);
    return validate;
  }
}

function pattern(template: string): RegExp {
  const escaped = template.replaceAll(/[.*+?^$()|[\]\\]/g, '\\$&').replaceAll(/\{[^}]+\}/g, '[^/]+');
  return new RegExp(`^${escaped}$`);
}
