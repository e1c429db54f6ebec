import type { Scope } from '../../../config/config.js';
import type { ProblemCode } from '../../../kernel/errors.js';

/** JSON Schema, draft 2020-12, as OpenAPI 3.1 has it. */
export type Schema = Readonly<Record<string, unknown>>;

/** What an answer that is no refusal looks like. */
export interface Answer {
  readonly description: string;
  readonly schema: Schema;
  /** Default `application/json`. */
  readonly contentType?: string;
  /** Names of headers it may carry, beside the request's id. */
  readonly headers?: readonly string[];
  readonly examples?: Readonly<Record<string, unknown>>;
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly description: string;
  readonly required?: boolean;
  readonly schema?: Schema;
  readonly example?: unknown;
}

/** One operation, as far as it is its own; what all have in common is added where the document is made. */
export interface Described {
  readonly id: string;
  readonly tag: Tag;
  readonly summary: string;
  readonly description?: string;
  /** Of which a caller needs one. Empty: open to everybody. */
  readonly scopes: readonly Scope[];
  /** Whether it is about one tenant, who may be named, or refused. */
  readonly ofTenant: boolean;
  readonly parameters?: readonly Parameter[];
  readonly body?: { readonly schema: Schema; readonly contentType?: string; readonly example?: unknown };
  readonly answers: Readonly<Record<number, Answer>>;
  readonly refusals?: Readonly<Record<number, readonly ProblemCode[]>>;
}

export const TAGS = {
  lookups: 'What is known of a caller',
  agents: 'Who may take a call',
  events: 'What has changed',
  operation: 'Running it',
} as const;

type Tag = keyof typeof TAGS;

/** Keyed as `GET /agents/{agentId}`. */
export type DescribedRoutes = Readonly<Record<string, Described>>;
