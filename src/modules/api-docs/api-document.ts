import { Inject, Injectable, type INestApplication } from '@nestjs/common';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { CallerConfig, LookupConfig, ServerConfig } from '../../config/config.js';
import { CALLERS, LOOKUPS, SERVER_CONFIG } from '../../config/tokens.js';
import { AGENT_OPERATIONS } from './internal/agent-operations.js';
import { TAGS, type DescribedRoutes } from './internal/described.js';
import { EVENT_OPERATIONS } from './internal/event-operations.js';
import { agentActionOperations, lookupOperations } from './internal/flat-operations.js';
import { operationOf } from './internal/operation.js';
import { PROBLEM } from './internal/problems.js';
import { RUNNING_OPERATIONS } from './internal/running-operations.js';
import { OAUTH, SIGNATURE, SIGNED_AT } from './internal/security-schemes.js';

/** Any lookup by its name, and the one with an address of its own: in the document each declared lookup stands for itself. */
const BY_LOOKUP = /^(\/lookup\/\{name\}|\/api\/v1\/profile)$/;

/**
 * The description of this deployment: what its controllers offer, in the words of what is declared.
 *
 * Made when it is first asked for, and once: the library that scans the controllers takes a seventh of a second to load, which neither a
 * start nor a dip should pay.
 */
@Injectable()
export class ApiDocument {
  private app: INestApplication | undefined;
  private made: Promise<string> | undefined;

  constructor(
    @Inject(LOOKUPS) private readonly lookups: ReadonlyMap<string, LookupConfig>,
    @Inject(CALLERS) private readonly callers: ReadonlyMap<string, CallerConfig>,
    @Inject(SERVER_CONFIG) private readonly server: ServerConfig,
  ) {}

  /** Whose controllers are described. */
  of(app: INestApplication): void {
    this.app = app;
  }

  /** As JSON. */
  text(): Promise<string> {
    this.made ??= this.make().then((document) => JSON.stringify(document, null, 2));
    return this.made;
  }

  private async make(): Promise<OpenAPIObject> {
    if (this.app === undefined) throw new TypeError('nobody said which application is described');
    const { DocumentBuilder, SwaggerModule } = await import('@nestjs/swagger');
    const builder = new DocumentBuilder()
      .setOpenAPIVersion('3.1.0')
      .setTitle('Datadip')
      .setDescription('Answers the data dips of contact centers from a cache, inside a deadline.')
      .setVersion('1')
      .addServer('/', 'Where this document is from')
      .addApiKey({ type: 'apiKey', in: 'header', name: 'X-API-Key' }, 'apiKey')
      .addBasicAuth({ type: 'http', scheme: 'basic', description: "A caller's name and key" }, 'basic')
      .addOAuth2(OAUTH, 'oauth')
      .addApiKey(SIGNATURE, 'signature')
      .addApiKey(SIGNED_AT, 'signedAt');
    for (const [tag, description] of Object.entries(TAGS)) builder.addTag(tag, description);
    const scanned = SwaggerModule.createDocument(this.app, builder.build());
    const components = { ...scanned.components, schemas: { Problem: PROBLEM } } as NonNullable<
      OpenAPIObject['components']
    >;
    return { ...scanned, paths: this.pathsOf(scanned.paths), components };
  }

  private pathsOf(scanned: OpenAPIObject['paths']): OpenAPIObject['paths'] {
    const lookups = lookupOperations(this.lookups);
    const described = { ...agentActionOperations(), ...AGENT_OPERATIONS, ...EVENT_OPERATIONS, ...RUNNING_OPERATIONS };
    const offered = Object.entries(scanned).flatMap(([path, methods]) =>
      BY_LOOKUP.test(path) ? [] : Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    return this.operations({
      ...lookups,
      ...Object.fromEntries(offered.map((route) => [route, describedIn(described, route)])),
    });
  }

  private operations(routes: DescribedRoutes): OpenAPIObject['paths'] {
    const anonymous = this.server.sandbox || this.callers.size === 0;
    const paths: Record<string, Record<string, unknown>> = {};
    for (const [route, described] of Object.entries(routes)) {
      const [method = '', path = ''] = route.split(' ');
      paths[path] = { ...paths[path], [method.toLowerCase()]: operationOf(described, anonymous) };
    }
    return paths;
  }
}

/** A route that nobody has described would be one that nobody can use: whoever adds one describes it. */
function describedIn(described: DescribedRoutes, route: string) {
  const found = described[route];
  if (found === undefined) throw new TypeError(`nobody has described ${route}`);
  return found;
}
