import { Injectable, RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { DECLARED_OPTIONS, DEFAULT_ROUTE_OPTIONS, type RouteOptions } from './route-options.js';

/** A handler with its controller, as Nest runs it. */
export interface RouteTarget {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-function-type -- Nest's type of a class
  readonly controller: Function;
  readonly handler: () => unknown;
}

/** The route of a request, as the stages before Nest's router need it. */
export interface RouteMatch {
  /** The declared path, or `unmatched`. */
  readonly path: string;
  readonly options: RouteOptions;
  /** `undefined`: the path is unknown, or has no handler for the method. */
  readonly target: RouteTarget | undefined;
  /** The methods of the path, for `Allow`. Empty for an unknown path. */
  readonly allow: string;
}

/** A request whose route the table has looked up. */
interface MatchedRequest {
  readonly url: string;
  readonly method: string;
  routeMatch?: RouteMatch | undefined;
}

interface DeclaredHandler {
  readonly path: string;
  readonly method: string;
  readonly options: RouteOptions;
  readonly target: RouteTarget;
}

interface DeclaredPath {
  readonly pattern: RegExp;
  readonly byMethod: ReadonlyMap<string, RouteMatch>;
  /** The match of every other method. */
  readonly otherMethod: RouteMatch;
}

const UNKNOWN: RouteMatch = { path: 'unmatched', options: DEFAULT_ROUTE_OPTIONS, target: undefined, allow: '' };

/**
 * Finds the declared route of a request, for the stages before Nest's router.
 *
 * Guarantees: a request gets the match of the route that Express would run. Upper and lower case
 * are equal, and a slash at the end is ignored. A HEAD request runs the handler of GET. All methods
 * of a path have the same options. A path that no controller declares gets the default options.
 */
@Injectable()
export class RouteTable {
  /** The declared paths by their first segment, in the order of their declaration. */
  private readonly candidates = new Map<string, readonly DeclaredPath[]>();

  constructor(discovery: DiscoveryService, scanner: MetadataScanner, reflector: Reflector) {
    const controllers = discovery.getControllers().flatMap(({ metatype }) => (metatype ? [metatype] : []));
    const declared = controllers.flatMap((controller) => declaredHandlers(controller, scanner, reflector));
    for (const [path, handlers] of Map.groupBy(declared, (handler) => handler.path)) this.add(path, handlers);
  }

  /** Every handler of every route. */
  targets(): RouteTarget[] {
    const paths = [...this.candidates.values()].flat();
    return paths.flatMap(({ byMethod }) => [...byMethod.values()].flatMap(({ target }) => target ?? []));
  }

  /** Looks the route up once per request: the result stays on the request. */
  matchOf(request: MatchedRequest): RouteMatch {
    return (request.routeMatch ??= this.match(request.method, pathOf(request.url)));
  }

  optionsOf(request: MatchedRequest): RouteOptions {
    return this.matchOf(request).options;
  }

  private match(method: string, path: string): RouteMatch {
    const segment = firstSegment(path);
    const candidates = this.candidates.get(segment) ?? this.candidates.get(segment.toLowerCase());
    if (candidates === undefined) return UNKNOWN;
    let otherMethod: RouteMatch | undefined;
    for (const candidate of candidates) {
      if (!candidate.pattern.test(path)) continue;
      const match = candidate.byMethod.get(method);
      if (match !== undefined) return match;
      otherMethod ??= candidate.otherMethod;
    }
    return otherMethod ?? UNKNOWN;
  }

  /**
   * @throws {TypeError} if two handlers of one path declare different options: an answer to another
   *   method has the options of the path
   */
  private add(path: string, handlers: readonly DeclaredHandler[]): void {
    const [{ options } = { options: DEFAULT_ROUTE_OPTIONS }] = handlers;
    if (handlers.some((other) => JSON.stringify(other.options) !== JSON.stringify(options)))
      throw new TypeError(`handlers of ${path} declare different route options; allowed: the same for all methods`);
    const targets = new Map(handlers.map(({ method, target }) => [method, target]));
    const get = targets.get('GET');
    if (get !== undefined && options.handlesHead) targets.set('HEAD', get);
    const otherMethod: RouteMatch = { path, options, target: undefined, allow: [...targets.keys()].sort().join(', ') };
    const byMethod = new Map<string, RouteMatch>();
    for (const [method, target] of targets) byMethod.set(method, { ...otherMethod, target });
    // Express would run the handler of GET, so no later path may take the request.
    if (!options.handlesHead) byMethod.set('HEAD', otherMethod);
    const segment = firstSegment(path).toLowerCase();
    const others = this.candidates.get(segment) ?? [];
    this.candidates.set(segment, [...others, { pattern: patternOf(path), byMethod, otherMethod }]);
  }
}

/** The path of a request target. Proxies may send the absolute form (RFC 9112, section 3.2.2). */
function pathOf(url: string): string {
  const end = url.indexOf('?');
  const address = end === -1 ? url : url.slice(0, end);
  return address.startsWith('/') ? address : address.replace(/^https?:\/\/[^/]*/i, '');
}

function firstSegment(path: string): string {
  const end = path.indexOf('/', 1);
  return end === -1 ? path.slice(1) : path.slice(1, end);
}

/** `:name` matches a segment, or a part of one. All other text of a path matches literally. */
function patternOf(path: string): RegExp {
  const literal = path.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`^${literal.replace(/:\w+/g, '[^/]+')}/?$`, 'i');
}

function declaredHandlers(
  controller: RouteTarget['controller'],
  scanner: MetadataScanner,
  reflector: Reflector,
): DeclaredHandler[] {
  const handlers = controller.prototype as Record<string, () => unknown>;
  return scanner.getAllMethodNames(handlers).flatMap((name): DeclaredHandler[] => {
    const handler = handlers[name];
    if (handler === undefined || !Reflect.hasMetadata(METHOD_METADATA, handler)) return [];
    const path = joined(
      reflector.get<string>(PATH_METADATA, controller),
      reflector.get<string>(PATH_METADATA, handler),
    );
    const method = RequestMethod[reflector.get<RequestMethod>(METHOD_METADATA, handler)];
    const declared = reflector.getAllAndMerge<Partial<RouteOptions>>(DECLARED_OPTIONS, [controller, handler]);
    return [{ path, method, options: { ...DEFAULT_ROUTE_OPTIONS, ...declared }, target: { controller, handler } }];
  });
}

function joined(...parts: readonly string[]): string {
  const segments = parts.flatMap((part) => part.split('/')).filter((segment) => segment !== '');
  return `/${segments.join('/')}`;
}
