import type { Controls } from './control-routes.js';
import type { Routes } from './exchange.js';

/** A system that the sandbox simulates. */
export interface SimulatedSystem {
  readonly routes: Routes;
  readonly controls: Controls;
  /** Ends its calls immediately. */
  close(): void;
}
