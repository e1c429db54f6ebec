import { SetMetadata } from '@nestjs/common';

/** How the stages before Nest's router treat the requests of a route. */
export interface RouteOptions {
  /**
   * The kind of body. `json` (default): JSON, at most 16 KiB. `event`: JSON, at most 256 KiB; the
   * body may be signed. `form`: any bytes, at most 16 KiB; the handler parses them.
   */
  readonly body: 'json' | 'event' | 'form';
  /** `true`: the route answers even if the process is overloaded or stopping. Default: `false`. */
  readonly neverShed: boolean;
  /** `false`: the answers carry no headers for browsers, which saves time. Default: `true`. */
  readonly secureHeaders: boolean;
  /** `false`: a HEAD request gets 405, because a GET has an effect. Default: `true`. */
  readonly handlesHead: boolean;
  /**
   * `true`: the response stays open until one side leaves. So the request occupies no place of
   * `MAX_IN_FLIGHT`, a stop does not wait for it, and no metric has its duration. Default: `false`.
   */
  readonly staysOpen: boolean;
}

/** The options of every path without a declaration: unknown paths are among them. */
export const DEFAULT_ROUTE_OPTIONS: RouteOptions = {
  body: 'json',
  neverShed: false,
  secureHeaders: true,
  handlesHead: true,
  staysOpen: false,
};

export const DECLARED_OPTIONS = 'datadip:route-options';

/** Declares options on a controller, or on one of its handlers; the handler's declaration wins. */
export const RouteOptions = (options: Partial<RouteOptions>): MethodDecorator & ClassDecorator =>
  SetMetadata(DECLARED_OPTIONS, options);
