import { keyInputs } from '../config/sections/lookups/key-inputs.js';
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ConfigModule } from '../config/config.module.js';
import type { Config } from '../config/config.js';
import { loadConfig, sandboxWanted } from '../config/load-config.js';
import { Clock } from '../kernel/clock.js';
import { Deadline } from '../kernel/deadline.js';
import { LookupTrials } from '../modules/profile/lookup-trials.js';
import { LookupService } from '../modules/profile/lookup.service.js';
import { ProfileModule } from '../modules/profile/profile.module.js';
import { LoggingModule } from '../platform/logging/logging.module.js';
import { createLogs } from '../platform/logging/root-logger.js';
import { startSandboxProcess } from '../startup/sandbox-process.js';
import { readArguments, type OptionValues } from './arguments.js';
import { CommandFailure, runCommand, USAGE } from './command.js';
import { trialPage } from './trial-page.js';

const USAGE_LINE = 'npm run try -- <lookup> --<input> <value> [--tenant <tenant>] [--values]';
/** The tenant of the sandbox. */
const DEFAULT_TENANT = '10001';
/** Longer than any timeout of a system. */
const DEADLINE_MS = 90_000;

/**
 * Tries a lookup of the configured file without a running service. It starts the parts that load an
 * answer, in this process: no HTTP server, no Redis and no Kafka.
 */
async function main(): Promise<void> {
  const sandbox = sandboxWanted(process.env)
    ? await startSandboxProcess(new URL('../sandbox/main.js', import.meta.url))
    : undefined;
  try {
    const config = loadConfig(process.env, sandbox === undefined ? {} : { sandbox: { url: sandbox.url } });
    const [lookup = '', ...args] = process.argv.slice(2);
    const inputs = inputsOf(config, lookup);
    const options = Object.fromEntries(inputs.map((input) => [input, { type: 'string' } as const]));
    const usage = `npm run try -- ${lookup} ${inputs.map((input) => `[--${input} <value>]`).join(' ')} [--tenant <tenant>] [--values]`;
    const given = readArguments(args, { ...options, tenant: { type: 'string' }, values: { type: 'boolean' } }, usage);
    process.exitCode = await run({ ...config, redis: undefined, regions: undefined }, lookup, given);
  } finally {
    sandbox?.stop();
  }
}

/** @returns 0 if the first lookup finds a record */
async function run(config: Config, lookup: string, { tenant, values, ...given }: OptionValues): Promise<number> {
  const nowhere = { write: () => undefined };
  const logs = createLogs('silent', config.region, { service: nowhere, audit: nowhere, anonymous: nowhere });
  const module = {
    module: TryModule,
    imports: [ConfigModule.register(config), LoggingModule.register(logs), ProfileModule],
  };
  const app = await NestFactory.createApplicationContext(module, { logger: false, abortOnError: false });
  try {
    const clock = app.get(Clock, { strict: false });
    const dip = app.get(LookupService, { strict: false }).createDip({
      lookup,
      inputs: new Map(Object.entries(given).map(([input, value]) => [input, String(value)])),
      tenantHeader: tenantOf(config, tenant),
      caller: {
        name: 'try',
        tenants: new Set<string>(),
        anyTenant: true,
        scopes: new Set(['operate'] as const),
        lookups: undefined,
      },
      deadline: new Deadline(clock, clock.nowMs() + DEADLINE_MS),
      whenDegraded: 'answer',
      isTrial: true,
    });
    const { trial } = await app.get(LookupTrials, { strict: false }).run(dip, values === true);
    process.stdout.write(`${trialPage(trial)}\n`);
    return trial.parts[0]?.result === 'found' ? 0 : 1;
  } finally {
    await app.close();
  }
}

@Module({})
class TryModule {}

/** @throws {CommandFailure} for an unknown lookup */
function inputsOf({ lookups, composedLookups }: Config, name: string): string[] {
  const lookup = lookups.get(name);
  if (lookup !== undefined) return keyInputs(lookup.key).map(({ input }) => input);
  const composed = composedLookups.get(name);
  if (composed === undefined) {
    const known = [...lookups.keys(), ...composedLookups.keys()].join(', ');
    throw new CommandFailure(USAGE, `unknown lookup ${JSON.stringify(name)}; allowed: ${known}\nusage: ${USAGE_LINE}`);
  }
  const asked = composed.parts.filter(({ with: given }) => given === undefined);
  return [...new Set(asked.flatMap((part) => keyInputs(part.lookup.key).map(({ input }) => input)))];
}

/** The tenant that the user names, else the only tenant of the callers. */
function tenantOf({ callers }: Config, given: OptionValues[string]): string {
  if (typeof given === 'string') return given;
  const declared = new Set([...callers.values()].flatMap(({ tenants }) => [...tenants]).filter((name) => name !== '*'));
  if (declared.size > 1)
    throw new CommandFailure(USAGE, `--tenant is missing; allowed: ${[...declared].join(', ')}\nusage: ${USAGE_LINE}`);
  const [only = DEFAULT_TENANT] = declared;
  return only;
}

await runCommand('try', main);
