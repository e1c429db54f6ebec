import { Injectable, SetMetadata } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import type { Request } from 'express';

/** How the stages before Nest's router treat the requests of a route. */
export interface RouteOptions {
  /**
   * The kind of body. `json` (default): JSON, at most 16 KiB. `event`: JSON, at most 256 KiB; the
   * request keeps the bytes for the check of a signature. `form`: any bytes, at most 16 KiB; the
   * handler parses them.
   */
  readonly body: 'json' | 'event' | 'form';
  /** `true`: the route answers even if the process is overloaded or stopping. Default: `false`. */
  readonly neverShed: boolean;
  /** `false`: the answers carry no headers for browsers, which saves time. Default: `true`. */
  readonly secureHeaders: boolean;
}

/** The options of every path without a declaration: unknown paths are among them. */
const DEFAULTS: RouteOptions = { body: 'json', neverShed: false, secureHeaders: true };

const DECLARED_OPTIONS = 'datadip:route-options';

/** Declares options on a controller, or on one of its handlers; the handler's declaration wins. */
export const RouteOptions = (options: Partial<RouteOptions>): MethodDecorator & ClassDecorator =>
  SetMetadata(DECLARED_OPTIONS, options);

/** A request whose options the table has looked up. */
interface ClassifiedRequest extends Request {
  routeOptions?: RouteOptions;
}

interface DeclaredPath {
  readonly path: string;
  readonly options: RouteOptions;
}

/** The declared paths that share a first segment. The patterns match as Express matches routes. */
type Candidates = readonly { readonly pattern: RegExp; readonly options: RouteOptions }[];

/**
 * Finds the declared options of a request by its path, for the stages before Nest's router.
 *
 * Guarantees: a path gets the options of the route that Express would run. Upper and lower case are
 * equal, and a slash at the end is ignored. All methods of a path have the same options. A path
 * that no controller declares gets the defaults.
 *
 * Does not guarantee: that the route handles the method. A GET of a path that has only a POST
 * handler gets the options of that path.
 */
@Injectable()
export class RouteTable {
  private readonly candidates = new Map<string, Candidates>();

  constructor(discovery: DiscoveryService, scanner: MetadataScanner, reflector: Reflector) {
    const controllers = discovery.getControllers().flatMap(({ metatype }) => (metatype ? [metatype] : []));
    const declared = controllers.flatMap((controller) => declaredPaths(controller, scanner, reflector));
    for (const [path, options] of merged(declared)) this.add(path, options);
  }

  /** Looks the path up once per request: the result stays on the request. */
  optionsOf(request: ClassifiedRequest): RouteOptions {
    return (request.routeOptions ??= this.optionsAt(pathOf(request.url)));
  }

  private optionsAt(path: string): RouteOptions {
    const segment = firstSegment(path);
    const candidates = this.candidates.get(segment) ?? this.candidates.get(segment.toLowerCase());
    if (candidates === undefined) return DEFAULTS;
    for (const { pattern, options } of candidates) if (pattern.test(path)) return options;
    return DEFAULTS;
  }

  private add(path: string, options: RouteOptions): void {
    const segment = firstSegment(path).toLowerCase();
    this.candidates.set(segment, [...(this.candidates.get(segment) ?? []), { pattern: patternOf(path), options }]);
  }
}

function pathOf(url: string): string {
  const end = url.indexOf('?');
  return end === -1 ? url : url.slice(0, end);
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

/**
 * @throws {TypeError} if two handlers of one path declare different options: the stages ignore the
 * method
 */
function merged(declared: readonly DeclaredPath[]): Map<string, RouteOptions> {
  const byPath = new Map<string, RouteOptions>();
  for (const { path, options } of declared) {
    const other = byPath.get(path);
    if (other !== undefined && JSON.stringify(other) !== JSON.stringify(options)) {
      throw new TypeError(`handlers of ${path} declare different route options; allowed: the same for all methods`);
    }
    byPath.set(path, options);
  }
  return byPath;
}

// eslint-disable-next-line @typescript-eslint/no-unsafe-function-type -- Nest's type of a class
function declaredPaths(controller: Function, scanner: MetadataScanner, reflector: Reflector): DeclaredPath[] {
  const handlers = controller.prototype as Record<string, () => unknown>;
  return scanner.getAllMethodNames(handlers).flatMap((name): DeclaredPath[] => {
    const handler = handlers[name];
    if (handler === undefined || !Reflect.hasMetadata(METHOD_METADATA, handler)) return [];
    const path = joined(
      reflector.get<string>(PATH_METADATA, controller),
      reflector.get<string>(PATH_METADATA, handler),
    );
    const declared = reflector.getAllAndMerge<Partial<RouteOptions>>(DECLARED_OPTIONS, [controller, handler]);
    return [{ path, options: { ...DEFAULTS, ...declared } }];
  });
}

function joined(...parts: readonly string[]): string {
  const segments = parts.flatMap((part) => part.split('/')).filter((segment) => segment !== '');
  return `/${segments.join('/')}`;
}
