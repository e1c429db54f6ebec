import type { Scope } from '../../config/sections/callers.js';
import type { ProblemCode } from '../../kernel/errors.js';

/** JSON Schema, draft 2020-12, as OpenAPI 3.1 uses it. */
export type Schema = Readonly<Record<string, unknown>>;

/** The groups of the document: each operation has one tag. */
export const TAGS = {
  lookups: 'Answer data dips about a customer',
  agents: 'Claim free agents, and manage queue members',
  events: 'Report what has changed',
  operation: 'Operate the service',
} as const;

type Tag = keyof typeof TAGS;

/** A response that is not a problem document. */
export interface ResponseDescription {
  readonly description: string;
  readonly schema: Schema;
  /** `undefined` means `application/json`. */
  readonly contentType?: string;
  /**
   * Names of headers that the response may carry. Every response carries `X-Request-Id`: leave it
   * out.
   */
  readonly headers?: readonly string[];
  readonly examples?: Readonly<Record<string, unknown>>;
}

export interface ParameterDescription {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly description: string;
  readonly required?: boolean;
  /** `undefined` means a string. */
  readonly schema?: Schema;
  readonly example?: unknown;
}

/**
 * An operation without the parts that all operations have in common; the API document adds them.
 */
export interface OperationDescription {
  /** The `operationId`; unique in the document. */
  readonly id: string;
  /**
   * Operations of the tag `operation` are never shed. Operations of the tag `events` accept a
   * signature.
   */
  readonly tag: Tag;
  readonly summary: string;
  readonly description?: string;
  /** A caller needs one of these scopes. An empty list means that the route is open. */
  readonly scopes: readonly Scope[];
  /** `true`: the operation is about the data of one tenant, and accepts the tenant header. */
  readonly ofTenant: boolean;
  readonly parameters?: readonly ParameterDescription[];
  readonly body?: { readonly schema: Schema; readonly contentType?: string; readonly example?: unknown };
  /** By HTTP status. */
  readonly responses: Readonly<Record<number, ResponseDescription>>;
  /** Codes of the problem documents that only this operation returns, by HTTP status. */
  readonly problems?: Readonly<Record<number, readonly ProblemCode[]>>;
}

/** Descriptions by route, written as `GET /agents/{agentId}`. */
export type RouteDescriptions = Readonly<Record<string, OperationDescription>>;
