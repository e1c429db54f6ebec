/**
 * Makes the schemas of `test/fixtures/kubernetes` from the published ones, without network access:
 *
 *   node tools/chart/schemas.ts <definitions> <custom resource definition …>
 *
 * The first file is `_definitions.json` of the Python package kubernetes-validate. The others are
 * the YAML files of ScaledObject (KEDA), ServiceMonitor and PrometheusRule (Prometheus operator).
 * The schemas refuse unknown fields, and have no descriptions.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

type Node = Record<string, unknown>;

const TARGET = join(import.meta.dirname, '../../test/fixtures/kubernetes');
const META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';
/** Kind → the name of its definition. */
const KINDS = {
  ConfigMap: 'io.k8s.api.core.v1.ConfigMap',
  Deployment: 'io.k8s.api.apps.v1.Deployment',
  HorizontalPodAutoscaler: 'io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler',
  Ingress: 'io.k8s.api.networking.v1.Ingress',
  NetworkPolicy: 'io.k8s.api.networking.v1.NetworkPolicy',
  PodDisruptionBudget: 'io.k8s.api.policy.v1.PodDisruptionBudget',
  Service: 'io.k8s.api.core.v1.Service',
} as const;

/** Keys that say nothing about which documents are valid. */
const DROPPED = /^(description|title|default|example|\$schema|\$id|x-kubernetes-.*)$/;

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Refuses unknown fields, shortens references, and drops texts. */
function strict(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(strict);
  if (!isNode(value)) return value;
  const open = value['x-kubernetes-preserve-unknown-fields'] === true || 'additionalProperties' in value;
  const kept = Object.entries(value).filter(([key, item]) => !DROPPED.test(key) || isField(key, item));
  const node = Object.fromEntries(kept.map(([key, item]) => [key, key === 'properties' ? fields(item) : strict(item)]));
  // JavaScript writes a modifier of a whole pattern as a group.
  if (typeof node.pattern === 'string') node.pattern = node.pattern.replace(/^\^\(\?i\)(.*)\$$/, '^(?i:$1)$');
  if (typeof node.$ref === 'string') node.$ref = node.$ref.replace(/^.*#/, '#');
  return isNode(value.properties) && !open ? { ...node, additionalProperties: false } : node;
}

/** A field may be named like a dropped key, such as `description`. */
function isField(key: string, item: unknown): boolean {
  return key === 'default' && isNode(item) && 'type' in item;
}

function fields(value: unknown): unknown {
  return Object.fromEntries(Object.entries(value as Node).map(([name, item]) => [name, strict(item)]));
}

function definitionsOf(names: readonly string[], all: Node): Node {
  const found: Node = {};
  const waiting = [...names];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (name in found) continue;
    found[name] = strict(all[name]);
    waiting.push(...[...JSON.stringify(found[name]).matchAll(/"#\/\$defs\/([^"]+)"/g)].map(([, other = '']) => other));
  }
  return found;
}

function write(kind: string, schema: Node): void {
  writeFileSync(join(TARGET, `${kind}.json`), `${JSON.stringify(schema)}\n`);
}

/** Lines of a Helm template are left out. */
function customResource(file: string): { readonly kind: string; readonly schema: Node } {
  const text = readFileSync(file, 'utf8').replaceAll(/^.*\{\{.*$/gm, '');
  const { spec } = parse(text) as {
    spec: { names: { kind: string }; versions: { storage: boolean; schema: { openAPIV3Schema: Node } }[] };
  };
  const version = spec.versions.find(({ storage }) => storage);
  return { kind: spec.names.kind, schema: strict(version?.schema.openAPIV3Schema ?? {}) as Node };
}

const [definitionsFile = '', ...resources] = process.argv.slice(2);
const all = (JSON.parse(readFileSync(definitionsFile, 'utf8')) as { $defs: Node }).$defs;
for (const [kind, name] of Object.entries(KINDS))
  write(kind, { $ref: `#/$defs/${name}`, $defs: definitionsOf([name], all) });
for (const { kind, schema } of resources.map(customResource)) {
  const properties = { ...(schema.properties as Node), metadata: { $ref: `#/$defs/${META}` } };
  write(kind, { ...schema, properties, $defs: definitionsOf([META], all) });
}
