import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { findHelm } from './find-helm.js';

export const CHART = resolve(import.meta.dirname, '../../deploy/chart');
export const EXAMPLES = readdirSync(join(CHART, 'examples')).map((name) => name.replace('.yaml', ''));
const RENDERS_WITHIN_MS = 60_000;

/** An object of Kubernetes. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Record<string, string> };
  readonly spec?: unknown;
  readonly data?: Readonly<Record<string, string>>;
}

/** Returns the value at a path such as `spec.template.spec.containers.0`, or `undefined`. */
export function field(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((node, key) => {
    return typeof node === 'object' && node !== null ? (node as Record<string, unknown>)[key] : undefined;
  }, value);
}

/** @throws if there is no list at the path */
export function list(value: unknown, path: string): readonly unknown[] {
  const found = field(value, path);
  if (!Array.isArray(found)) throw new Error(`no list at ${path}: ${JSON.stringify(found)}`);
  return found as unknown[];
}

interface Outcome {
  readonly ok: boolean;
  readonly output: string;
  readonly error: string;
}

/** @param args further arguments of `helm template`, such as `--set replicas=3` */
export async function helmTemplate(example: string, args: readonly string[] = []): Promise<Outcome> {
  const values = join(CHART, 'examples', `${example}.yaml`);
  return helm(['template', 'dips', CHART, '--namespace', 'voice', '-f', values, ...args]);
}

/** The objects of an example. Throws if the chart refuses the values. */
export async function rendered(example: string, ...args: readonly string[]): Promise<readonly Manifest[]> {
  const { ok, output, error } = await helmTemplate(example, args);
  if (!ok) throw new Error(error);
  const documents = parseAllDocuments(output);
  return documents.map((document) => {
    if (document.errors.length > 0) throw new Error(`${String(document.errors[0])}\n${output}`);
    return document.toJS() as Manifest;
  });
}

/** The text that helm prints after an installation. */
export async function notes(example: string, ...args: readonly string[]): Promise<string> {
  const values = join(CHART, 'examples', `${example}.yaml`);
  const common = ['install', 'dips', CHART, '--namespace', 'voice', '-f', values, ...args];
  const { ok, output, error } = await helm([...common, '--dry-run=client']);
  if (!ok) throw new Error(error);
  return output.slice(output.indexOf('\nNOTES:\n'));
}

/** @throws if there is not exactly one object of this kind */
export function only(manifests: readonly Manifest[], kind: string): Manifest {
  const [found, ...others] = manifests.filter((manifest) => manifest.kind === kind);
  if (found === undefined || others.length > 0)
    throw new Error(`${others.length + (found ? 1 : 0)} objects of ${kind}`);
  return found;
}

export function chartFile(path: string): string {
  return readFileSync(join(CHART, path), 'utf8');
}

async function helm(args: readonly string[]): Promise<Outcome> {
  const command = await findHelm();
  return new Promise((done) => {
    execFile(command, args, { env: process.env, timeout: RENDERS_WITHIN_MS }, (failure, output, error) => {
      done({ ok: failure === null, output, error });
    });
  });
}
