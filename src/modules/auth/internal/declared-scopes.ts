import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { REQUIRED_SCOPE } from '../requires-scope.decorator.js';

/** The metadata key that Nest sets on the handler of a route. */
const ROUTE_PATH = 'path';

/**
 * Refuses to start if a route declares no scope: the guard would refuse every request of that
 * route.
 */
@Injectable()
export class DeclaredScopes implements OnModuleInit {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly reflector: Reflector,
  ) {}

  onModuleInit(): void {
    const undeclared = this.discovery
      .getControllers()
      .flatMap(({ metatype }) => (metatype ? this.undeclared(metatype) : []));
    if (undeclared.length > 0) throw new TypeError(`routes without @RequiresScope: ${undeclared.join(', ')}`);
  }

  // eslint-disable-next-line @typescript-eslint/no-unsafe-function-type -- Nest's type of a class
  private undeclared(controller: Function): string[] {
    const methods = controller.prototype as Record<string, object>;
    return this.scanner
      .getAllMethodNames(methods)
      .map((name) => ({ name, handler: methods[name] as () => unknown }))
      .filter(({ handler }) => Reflect.hasMetadata(ROUTE_PATH, handler))
      .filter(({ handler }) => this.reflector.getAllAndOverride(REQUIRED_SCOPE, [handler, controller]) === undefined)
      .map(({ name }) => `${controller.name}.${name}`);
  }
}
