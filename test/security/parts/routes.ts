import { RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { REQUIRED_SCOPE, type RouteScope } from '../../../src/modules/auth/requires-scope.decorator.js';

export interface Route {
  /** Method and path, such as `POST /lookup/:name`. */
  readonly name: string;
  readonly method: string;
  readonly path: string;
  /** The scopes of the route. A caller needs one of them. */
  readonly scopes: readonly RouteScope[];
}

type Handler = () => unknown;

/** Returns every route of the application, found as Nest finds them, so that none is missing. */
export function routesOf(app: NestExpressApplication): Route[] {
  const [scanner, reflector] = [new MetadataScanner(), new Reflector()];
  const controllers = app.get(DiscoveryService, { strict: false }).getControllers();
  return controllers.flatMap(({ metatype }) => {
    if (typeof metatype !== 'function') return [];
    const methods = metatype.prototype as Record<string, Handler>;
    return scanner.getAllMethodNames(methods).flatMap((name): Route[] => {
      const handler = methods[name];
      const path = handler && reflector.get<string | undefined>(PATH_METADATA, handler);
      if (handler === undefined || path === undefined) return [];
      const method = RequestMethod[reflector.get<RequestMethod>(METHOD_METADATA, handler)];
      const whole = joined(reflector.get<string>(PATH_METADATA, metatype), path);
      const scopes = reflector.getAllAndOverride<RouteScope[] | undefined>(REQUIRED_SCOPE, [handler, metatype]) ?? [];
      return [{ name: `${method} ${whole}`, method, path: whole, scopes }];
    });
  });
}

/** Returns the routes that Express serves, including routes outside the controllers. */
export function routesOfExpress(app: NestExpressApplication): string[] {
  return layersOf(app).flatMap(({ route }) =>
    route === undefined ? [] : Object.keys(route.methods).map((method) => `${method.toUpperCase()} ${route.path}`),
  );
}

/**
 * Returns the path of each Express middleware, `/` for all paths.
 * A middleware can answer a request, and no guard runs before it.
 */
export function middlewareOfExpress(app: NestExpressApplication): string[] {
  return layersOf(app).flatMap(({ route, slash, name }) =>
    route === undefined ? [slash ? '/' : `below: ${name}`] : [],
  );
}

interface Layer {
  readonly name: string;
  readonly slash: boolean;
  readonly route?: { readonly path: string; readonly methods: Readonly<Record<string, boolean>> };
}

function layersOf(app: NestExpressApplication): Layer[] {
  return (app.getHttpAdapter().getInstance() as unknown as { router: { stack: Layer[] } }).router.stack;
}

function joined(...parts: readonly string[]): string {
  return `/${parts
    .flatMap((part) => part.split('/'))
    .filter((part) => part !== '')
    .join('/')}`;
}
