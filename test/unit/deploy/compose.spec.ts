import { describe, expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import { ENVIRONMENT_VARIABLES } from '../../../src/config/environment/read-environment.js';

const ROOT = resolve(import.meta.dirname, '../../..');

interface Service {
  readonly image?: string;
  readonly build?: string;
  readonly command?: string | readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly profiles?: readonly string[];
  readonly ports?: readonly string[];
}
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const compose = parse(read('docker-compose.yml')) as { services: Record<string, Service> };
const services = Object.values(compose.services);

describe('docker-compose.yml', () => {
  const validate = new Ajv({ strict: false, validateFormats: false, allErrors: true }).compile(
    JSON.parse(read('test/fixtures/compose/compose-spec.json')) as object,
  );

  it('obeys the Compose Specification', () => {
    validate(compose);
    expect(validate.errors ?? []).toEqual([]);
    expect(validate({ services: { a: { image: 'a', comand: 'b' } } })).toBe(false);
  });

  it('has the service, Redis, the sandbox, Prometheus and Grafana, and Kafka in a profile', () => {
    const named = (isOptional: boolean) =>
      Object.keys(compose.services).filter((name) => (compose.services[name]?.profiles !== undefined) === isOptional);
    expect(named(false)).toEqual(['datadip', 'redis', 'sandbox', 'prometheus', 'grafana']);
    expect(named(true)).toEqual(['kafka', 'kafka-topics']);
    expect(services.flatMap(({ profiles = [] }) => profiles)).toEqual(['kafka', 'kafka']);
  });

  it('mounts files that exist', () => {
    const mounted = services.flatMap(({ volumes = [] }) => volumes.map((volume) => volume.split(':')[0] ?? ''));
    expect(mounted).toHaveLength(5);
    expect(mounted.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it('gives the service variables that it knows', () => {
    const known = new Set(ENVIRONMENT_VARIABLES.map(({ name }) => name));
    expect(Object.keys(compose.services.datadip?.environment ?? {}).filter((name) => !known.has(name))).toEqual([]);
  });

  it('opens its ports on loopback only', () => {
    expect(services.flatMap(({ ports = [] }) => ports).filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  });

  it('creates the two topics of the log between regions', () => {
    const [script = ''] = compose.services['kafka-topics']?.command ?? [];
    expect(script).toContain('agent.status.change customer.updated');
  });
});

describe('the files of Compose', () => {
  it('give Grafana the address and the dashboard of this Compose file', () => {
    const { datasources } = parse(read('deploy/compose/grafana-source.yml')) as { datasources: { url: string }[] };
    expect(datasources).toMatchObject([{ url: 'http://prometheus:9090' }]);
    const { providers } = parse(read('deploy/compose/grafana-dashboards.yml')) as {
      providers: { options: { path: string } }[];
    };
    const [{ options }] = providers as [{ options: { path: string } }];
    expect(compose.services.grafana?.volumes).toContain(
      `./deploy/chart/files/dashboard.json:${options.path}/datadip.json:ro`,
    );
  });

  it('let Prometheus scrape the port of the service', () => {
    const { scrape_configs: jobs } = parse(read('deploy/compose/prometheus.yml')) as { scrape_configs: unknown };
    expect(jobs).toEqual([{ job_name: 'datadip', static_configs: [{ targets: ['datadip:3000'] }] }]);
  });
});
