import { Inject, Injectable, type INestApplication } from '@nestjs/common';
import type { OpenAPIObject } from '@nestjs/swagger';
import { type CallerConfig, CALLERS } from '../../config/sections/callers.js';
import { type ComposedLookupConfig, COMPOSED_LOOKUPS } from '../../config/sections/lookups/composed-config.js';
import { type LookupConfig, LOOKUPS } from '../../config/sections/lookups/lookup-config.js';
import { type ServerConfig, SERVER_CONFIG } from '../../config/sections/server.js';
import type { Caller } from '../../contracts/caller.js';
import { lookupRoutes } from '../../contracts/lookup-route.js';
import { TAGS, type OperationDescription, type RouteDescriptions } from '../../contracts/openapi/route-description.js';
import { AGENT_EVENT_OPERATIONS } from '../agent-state/agent-events.openapi.js';
import { AGENT_OPERATIONS, QUEUE_OPERATIONS } from '../agent-state/agents.openapi.js';
import { OAUTH_OPERATIONS } from '../auth/oauth.openapi.js';
import { DATA_ACTION_OPERATIONS } from '../data-actions/data-actions.openapi.js';
import { HEALTH_OPERATIONS } from '../health/health.openapi.js';
import { WEBHOOK_OPERATIONS } from '../invalidation/webhook.openapi.js';
import { OPS_OPERATIONS } from '../ops/ops.openapi.js';
import { LOOKUP_PATHS, lookupOperations } from '../profile/lookup.openapi.js';
import { TRY_OPERATIONS } from '../profile/try.openapi.js';
import { API_DOCS_OPERATIONS } from './api-docs.openapi.js';
import { operationOf } from './internal/operation.js';
import { PROBLEM } from './internal/problems.js';
import { GENESYS_USER, OAUTH, SIGNATURE, SIGNED_AT } from './internal/security-schemes.js';

/** Each feature describes its routes next to its controllers. */
const DESCRIPTIONS: RouteDescriptions = {
  ...AGENT_OPERATIONS,
  ...QUEUE_OPERATIONS,
  ...AGENT_EVENT_OPERATIONS,
  ...WEBHOOK_OPERATIONS,
  ...OAUTH_OPERATIONS,
  ...HEALTH_OPERATIONS,
  ...OPS_OPERATIONS,
  ...DATA_ACTION_OPERATIONS,
  ...TRY_OPERATIONS,
  ...API_DOCS_OPERATIONS,
};

/**
 * Assembles the OpenAPI document of this deployment from the routes of the controllers, the
 * descriptions of the features, and the schemas of the configured lookups.
 *
 * The document is made once, at the first request for it. Loading the library that scans the
 * controllers takes about 140 ms; neither the start nor a data dip waits for that.
 */
@Injectable()
export class ApiDocument {
  private app: INestApplication | undefined;
  private document: Promise<OpenAPIObject> | undefined;
  private whole: string | undefined;

  constructor(
    @Inject(LOOKUPS) private readonly lookups: ReadonlyMap<string, LookupConfig>,
    @Inject(COMPOSED_LOOKUPS) private readonly composed: ReadonlyMap<string, ComposedLookupConfig>,
    @Inject(CALLERS) private readonly callers: ReadonlyMap<string, CallerConfig>,
    @Inject(SERVER_CONFIG) private readonly server: ServerConfig,
  ) {}

  /** Sets the application whose controllers the document describes. */
  describe(app: INestApplication): void {
    this.app = app;
  }

  private get hasUsers(): boolean {
    return [...this.callers.values()].some(({ genesysUsers }) => genesysUsers !== undefined);
  }

  /** The document as JSON. Its lookups are those that the caller may use. */
  async text({ lookups }: Pick<Caller, 'lookups'>): Promise<string> {
    const document = await (this.document ??= this.assemble());
    if (lookups === undefined) return (this.whole ??= JSON.stringify(document, null, 2));
    const hidden = this.pathsWithout(lookups);
    const paths = Object.entries(document.paths).filter(([path]) => !hidden.has(path));
    return JSON.stringify({ ...document, paths: Object.fromEntries(paths) }, null, 2);
  }

  private pathsWithout(allowed: ReadonlySet<string>): ReadonlySet<string> {
    const others = lookupRoutes(this.lookups, this.composed).filter(({ name }) => !allowed.has(name));
    const routes = Object.keys(lookupOperations(others));
    return new Set(routes.map((route) => route.slice(route.indexOf(' ') + 1)));
  }

  private async assemble(): Promise<OpenAPIObject> {
    if (this.app === undefined) throw new TypeError('no application to describe: call `describe` first');
    const { DocumentBuilder, SwaggerModule } = await import('@nestjs/swagger');
    const builder = new DocumentBuilder()
      .setOpenAPIVersion('3.1.0')
      .setTitle('Datadip')
      .setDescription('Answers the data dips of contact centers from a cache, within a deadline.')
      .setVersion('1')
      .addServer('/', 'The service that returned this document')
      .addApiKey({ type: 'apiKey', in: 'header', name: 'X-API-Key' }, 'apiKey')
      .addBasicAuth({ type: 'http', scheme: 'basic', description: 'Name and key of a caller' }, 'basic')
      .addOAuth2(OAUTH, 'oauth')
      .addApiKey(SIGNATURE, 'signature')
      .addApiKey(SIGNED_AT, 'signedAt');
    if (this.hasUsers) builder.addBearerAuth(GENESYS_USER, 'genesysUser');
    for (const [tag, description] of Object.entries(TAGS)) builder.addTag(tag, description);
    const scanned = SwaggerModule.createDocument(this.app, builder.build());
    const components = { ...scanned.components, schemas: { Problem: PROBLEM } } as NonNullable<
      OpenAPIObject['components']
    >;
    return { ...scanned, paths: this.pathsOf(scanned.paths), components };
  }

  private pathsOf(scanned: OpenAPIObject['paths']): OpenAPIObject['paths'] {
    const routes = Object.entries(scanned).flatMap(([path, methods]) =>
      LOOKUP_PATHS.has(path) ? [] : Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    return this.operations({
      ...lookupOperations(lookupRoutes(this.lookups, this.composed)),
      ...Object.fromEntries(routes.map((route) => [route, descriptionOf(route)])),
    });
  }

  private operations(descriptions: RouteDescriptions): OpenAPIObject['paths'] {
    const accepted = { anonymous: this.server.sandbox || this.callers.size === 0, users: this.hasUsers };
    const paths: Record<string, Record<string, unknown>> = {};
    for (const [route, description] of Object.entries(descriptions)) {
      const [method = '', path = ''] = route.split(' ');
      paths[path] = { ...paths[path], [method.toLowerCase()]: operationOf(description, accepted) };
    }
    return paths;
  }
}

/** @throws {TypeError} if the route has no description: a caller could not use the route */
function descriptionOf(route: string): OperationDescription {
  const description = DESCRIPTIONS[route];
  if (description === undefined) throw new TypeError(`${route} has no description: add it to an *.openapi.ts file`);
  return description;
}
