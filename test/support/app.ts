import type { NestExpressApplication } from '@nestjs/platform-express';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp } from '../../src/app.pipeline.js';
import { loadConfig } from '../../src/config/load-config.js';
import { Lifecycle } from '../../src/platform/lifecycle/lifecycle.js';
import type { LogOutput } from '../../src/platform/logging/log-output.js';
import { createLogs } from '../../src/platform/logging/root-logger.js';

export interface TestApp {
  /** The address of the application on loopback. */
  readonly url: string;
  readonly app: NestExpressApplication;
  /** Every line logged so far, as objects. */
  readonly logs: Record<string, unknown>[];
  stop(): Promise<void>;
}

/**
 * Starts the whole application in this process on its own port, as `main.ts` does. Its keys are
 * hashed with a random secret, so that suites on one Redis share no entries.
 *
 * @param yaml - the text of the declaration file
 * @param waitFor - the state of the application when the promise resolves
 */
export async function startApp(
  yaml: string,
  env: Readonly<Record<string, string>> = {},
  waitFor: 'listening' | 'ready' = 'ready',
): Promise<TestApp> {
  const dir = await mkdtemp(join(tmpdir(), 'datadip-app-'));
  const file = join(dir, 'datadip.yaml');
  await writeFile(file, yaml);
  const config = loadConfig({
    NODE_ENV: 'development',
    WARM_UP: 'off',
    DATADIP_CONFIG: file,
    HOST: '127.0.0.1',
    PORT: '0',
    KEY_SECRET: randomUUID(),
    ...env,
  });
  const logs: Record<string, unknown>[] = [];
  const out = collector(logs);
  const outputs = { service: out, audit: out, anonymous: out };
  const app = await createApp(config, createLogs(config.logLevel, config.region, outputs));
  await app.listen(0, '127.0.0.1');
  const ready = app.get(Lifecycle).warmUp(config.warmUp);
  if (waitFor === 'ready') await ready;
  const { port } = app.getHttpServer().address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    app,
    logs,
    stop: async () => {
      app.getHttpServer().closeAllConnections();
      await app.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

function collector(lines: Record<string, unknown>[]): LogOutput {
  return {
    write: (text) => {
      for (const line of text.split('\n')) {
        if (line !== '') lines.push(JSON.parse(line) as Record<string, unknown>);
      }
    },
  };
}
