import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { REQUIRED_SCOPE } from '../requires-scope.decorator.js';

/** What Nest notes on a method that is a route. */
const ROUTE_PATH = 'path';

/** A route without a declared scope would be closed to everybody, and somebody would open it in a hurry: it does not start instead. */
@Injectable()
export class DeclaredScopes implements OnModuleInit {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly reflector: Reflector,
  ) {}

  onModuleInit(): void {
    const open = this.discovery.getControllers().flatMap(({ metatype }) => (metatype ? this.undeclared(metatype) : []));
    if (open.length > 0) throw new TypeError(`routes without @RequiresScope: ${open.join(', ')}`);
  }

  // eslint-disable-next-line @typescript-eslint/no-unsafe-function-type -- Nest's own word for a class or a method
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
