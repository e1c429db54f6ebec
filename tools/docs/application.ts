import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Registry } from 'prom-client';
import type { declaredLogFields } from '../../src/platform/logging/log-fields.js';
import { code, table } from './blocks.ts';
import { ROOT } from './source-files.ts';

interface Application {
  close(): Promise<void>;
}

interface Registered {
  readonly name: string;
  readonly help: string;
  readonly labelNames?: readonly string[];
}

/** A module of the built application. */
async function built(file: string): Promise<Record<string, unknown>> {
  return (await import(pathToFileURL(join(ROOT, 'dist', file)).href)) as Record<string, unknown>;
}

/** The application of the sandbox file. It listens nowhere and calls nothing. */
async function application(): Promise<Application> {
  await import('reflect-metadata');
  const { createApp } = (await built('app.pipeline.js')) as {
    createApp: (config: unknown, logs: unknown) => Promise<Application>;
  };
  const { loadConfig } = (await built('config/load-config.js')) as {
    loadConfig: (env: object, options: object) => object;
  };
  const { createRootLogs } = (await built('platform/logging/root-logger.js')) as {
    createRootLogs: (level: string, region: string) => unknown;
  };
  const config = loadConfig(
    { NODE_ENV: 'development', LOG_LEVEL: 'silent', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' },
    { sandbox: { url: 'http://127.0.0.1:9' } },
  );
  return createApp(config, createRootLogs('silent', 'local'));
}

/** Every metric that the application registers. */
export async function metricsTable(): Promise<string> {
  const metrics: Registered[] = [];
  const original = Object.getOwnPropertyDescriptor(Registry.prototype, 'registerMetric');
  const register = original?.value as (this: Registry, metric: unknown) => void;
  Registry.prototype.registerMetric = function (this: Registry, metric: unknown): void {
    metrics.push(metric as Registered);
    register.call(this, metric);
  };
  await (await application()).close();
  const ours = metrics.filter(({ name }) => name.startsWith('datadip_'));
  const rows = ours.map((metric): string[] => {
    const { name, help, labelNames = [] } = metric;
    // The classes of prom-client are named for their type. Our own histogram has a longer name.
    const type = metric.constructor.name.replace('LatencyHistogram', 'Histogram').toLowerCase();
    return [code(name), type, labelNames.map(code).join(', '), help];
  });
  return table(['name', 'type', 'labels', 'meaning'], rows.sort(byFirstCell));
}

export async function logFieldsTable(): Promise<string> {
  // Features declare their fields when they are imported.
  await built('app.pipeline.js');
  await built('startup/log-startup.js');
  await built('startup/shutdown.js');
  const { declaredLogFields: fields } = (await built('platform/logging/log-fields.js')) as {
    declaredLogFields: typeof declaredLogFields;
  };
  const rows = fields().map(([name, kind]): string[] => [code(name), kind]);
  return table(['field', 'kind'], rows.sort(byFirstCell));
}

function byFirstCell([one = '']: readonly string[], [other = '']: readonly string[]): number {
  return one < other ? -1 : 1;
}
