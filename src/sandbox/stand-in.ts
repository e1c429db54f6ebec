import type { Controls } from './control-routes.js';
import type { Routes } from './exchange.js';

/** One of the systems the sandbox stands in for. */
export interface StandIn {
  readonly routes: Routes;
  readonly controls: Controls;
  /** Ends its calls at once. */
  close(): void;
}
