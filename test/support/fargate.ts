import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { field, list } from './chart.js';
import { readTemplate } from './cloudformation.js';

const FARGATE = resolve(import.meta.dirname, '../../deploy/examples/aws-fargate');

export const template = readTemplate(join(FARGATE, 'template.yaml'));
/** The file of systems, lookups and callers that the image of the example has. */
export const fargateFile = readFileSync(join(FARGATE, 'datadip.yaml'), 'utf8');
export const fargateDockerfile = readFileSync(join(FARGATE, 'Dockerfile'), 'utf8');

/** @throws if the template has no such resource */
export function properties(name: string): Readonly<Record<string, unknown>> {
  const resource = template.Resources[name];
  if (resource === undefined) throw new Error(`no resource ${name}`);
  return resource.Properties;
}

export const container = list(properties('Task'), 'ContainerDefinitions')[0];

interface Variable {
  readonly Name: string;
  readonly Value: unknown;
}

export const plainVariables = list(container, 'Environment') as readonly Variable[];
export const secretNames = list(container, 'Secrets').map((secret) => String(field(secret, 'Name')));

/** The attributes of a load balancer or of a target group. */
export function attributes(resource: string, path: string): Readonly<Record<string, string>> {
  const pairs = list(properties(resource), path) as { readonly Key: string; readonly Value: string }[];
  return Object.fromEntries(pairs.map(({ Key, Value }) => [Key, Value]));
}
