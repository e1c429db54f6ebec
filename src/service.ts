import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { warmUpBeforeReady } from './warmup/warm-up-requests.js';
import { createApp } from './app.pipeline.js';
import { ConfigError } from './config/config-error.js';
import type { Config } from './config/config.js';
import { isDevelopment } from './config/environment/variables.js';
import { loadConfig, sandboxWanted } from './config/load-config.js';
import { Callers } from './modules/auth/callers.js';
import { InFlight } from './platform/lifecycle/in-flight.js';
import { Lifecycle } from './platform/lifecycle/lifecycle.js';
import { createRootLogs } from './platform/logging/root-logger.js';
import { EXIT_BAD_CONFIG, runCommandLine } from './startup/command-line.js';
import { logUncaught } from './startup/log-uncaught.js';
import { startSandboxProcess, type SandboxProcess } from './startup/sandbox-process.js';
import { ignoreInspectorSignal, stopOnSignal } from './startup/shutdown.js';
import { logStartup } from './startup/log-startup.js';

async function main(): Promise<void> {
  const exitCode = runCommandLine(process);
  if (exitCode !== undefined) {
    process.exitCode = exitCode;
    return;
  }
  if (!isDevelopment(process.env)) ignoreInspectorSignal(process);
  const sandbox = sandboxWanted(process.env)
    ? await startSandboxProcess(new URL('./sandbox/main.js', import.meta.url))
    : undefined;
  const config = configOrExit(sandbox);
  const logs = createRootLogs(config.logLevel, config.region);
  const { log } = logs;
  logUncaught(process, log);
  const app = await createApp(config, logs);
  const close = async (): Promise<void> => {
    app.getHttpServer().closeAllConnections();
    await app.close();
    sandbox?.stop();
  };
  const { drainDelayMs } = config;
  stopOnSignal(process, { lifecycle: app.get(Lifecycle), inFlight: app.get(InFlight), log, close, drainDelayMs });
  await app.listen(config.port, config.host);
  const { port } = app.getHttpServer().address() as AddressInfo;
  logStartup(log, config, port, sandbox?.url);
  warmUpBeforeReady(app, config, (send) => app.get(Callers).withWarmUpKey(send));
  await app.get(Lifecycle).warmUp(config.warmUp);
  log.info('ready');
}

function configOrExit(sandbox: SandboxProcess | undefined): Config {
  try {
    return loadConfig(process.env, sandbox === undefined ? {} : { sandbox: { url: sandbox.url } });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    sandbox?.stop();
    process.stderr.write(`${error.message}\n`);
    process.exit(EXIT_BAD_CONFIG);
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`datadip did not start: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
