import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'smol-toml';
import { startDatadip, type DatadipProcess } from './datadip-process.js';

export const EDGE_WORKER = resolve(import.meta.dirname, '../../deploy/examples/edge-worker');

/** The file that an operator deploys. */
export interface WranglerFile {
  readonly main: string;
  readonly workers_dev: boolean;
  readonly observability: { readonly logs: { readonly invocation_logs: boolean } };
  readonly kv_namespaces?: unknown;
  readonly vars: { readonly FALLBACKS: Readonly<Record<string, unknown>>; readonly [name: string]: unknown };
}

export function wranglerFile(): WranglerFile {
  return parse(readFileSync(join(EDGE_WORKER, 'wrangler.toml'), 'utf8')) as unknown as WranglerFile;
}

/** Runs the example Worker in its own process, on Node. */
export function startEdge(bindings: Readonly<Record<string, unknown>>): Promise<DatadipProcess> {
  return startDatadip({
    command: [process.execPath, join(import.meta.dirname, 'edge-host.ts')],
    env: { EDGE_BINDINGS: JSON.stringify(bindings) },
    waitFor: 'listening',
  });
}

/** The table of the lookups of `declaration` in `support/declaration.ts`. */
export const FALLBACK = {
  contactFound: false,
  customerId: 'UNKNOWN',
  displayName: '',
  tier: 'Standard',
  source: 'degraded',
  cacheHit: false,
  latencyMs: 0,
  error: 'origin_timeout',
};
