import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import type { Config } from '../config/config.js';
import { entryInputs } from '../config/sections/lookups/key-inputs.js';
import type { LookupConfig } from '../config/sections/lookups/lookup-config.js';
import type { SystemConfig } from '../config/sections/systems/system-config.js';
import { hasPublicKeySecret, isLoopback, isPlaintextRemote, shortSecrets } from '../config/security-warnings.js';
import { allSystems } from '../config/sections/systems/all-systems.js';
import { inputsWithUsualDefaults } from './chosen-defaults.js';
import { declareLogFields } from '../platform/logging/log-fields.js';

declareLogFields({
  host: 'text',
  port: 'number',
  mode: 'text',
  url: 'text',
  lookups: 'texts',
  systems: 'texts',
  settings: 'texts',
  inputs: 'texts',
});

/** A second process would hand out the same agent, and keep what the first has invalidated. */
const UNSHARED =
  'no REDIS_URL: entries, invalidations, agents, locks and rate limits live in this process; run no second process';

/**
 * Writes the first lines of the log: the address, the embedded parts, and risky settings.
 * With the sandbox, the last line is a `curl` command that shows a lookup at work.
 */
export function logStartup(log: Logger, config: Config, port: number, sandboxUrl: string | undefined): void {
  const offered = [...config.lookups.keys(), ...config.composedLookups.keys()];
  log.info({ host: config.host, port, mode: config.mode, lookups: offered }, 'listening');
  if (config.leftOut.length > 0)
    log.info({ systems: config.leftOut }, 'left out: no client is configured for these systems');
  if (config.mode === 'production') warn(log, config);
  else warnOfOpenness(log, config, sandboxUrl);
  const alternativeIds = lookupsOfSeveralIds(config);
  if (alternativeIds.length > 0)
    log.info(
      { lookups: alternativeIds },
      'these lookups have several ids in key and send only one of them: to send ids together, name them in all',
    );
  const lookups = unforgettableLookups(config);
  if (lookups.length > 0)
    log.warn(
      { lookups },
      'an event can invalidate the entries of these lookups only by identifiers: declare customerId',
    );
  warnOfUsualDefaults(log, config);
  const shared = sharedSystems(config);
  if (shared.length > 0)
    log.warn(
      { systems: shared },
      'several tenants share these systems, with their records and limits: tenants.<tenant>.systems gives a tenant its own',
    );
  const borrowed = systemsWithBorrowedCredentials(config);
  if (borrowed.length > 0)
    log.warn(
      { systems: borrowed },
      "these tenants' systems send the credentials of the shared system to another host: give them their own auth, headers and query",
    );
  if (config.ignoresRegions)
    log.warn(
      'the section regions has no effect: KAFKA_BROKERS is not set, so this region claims agents of every tenant',
    );
  if (config.redis === undefined && config.mode === 'production') log.warn(UNSHARED);
  else if (config.redis === undefined) log.info('embedded: entries live in this process (no REDIS_URL)');
  if (sandboxUrl !== undefined) {
    log.info({ url: sandboxUrl }, 'embedded: the sandbox replaces the systems of record');
    log.info(`try: curl 'http://${reachableHost(config.host)}:${port}/lookup/customer?ani=15550017'`);
  }
}

function warnOfUsualDefaults(log: Logger, config: Config): void {
  const usual = inputsWithUsualDefaults(config);
  if (usual.length > 0)
    log.warn(
      { inputs: usual },
      'the default of these fields looks like a value, and a field with its default gives no input: declare a default such as UNKNOWN',
    );
}

/** Warns about settings that are allowed but risky. An operator may have reasons for them. */
function warn(log: Logger, config: Config): void {
  const systems = plaintextRemoteSystems(config);
  if (systems.length > 0)
    log.warn({ systems }, 'systems without TLS: credentials and personal data travel in the clear');
  const settings = shortSecrets(config);
  if (settings.length > 0) log.warn({ settings }, 'secrets are short enough to be guessed: use longer ones');
}

/** Warns about what development leaves open although real systems are configured. */
function warnOfOpenness(log: Logger, config: Config, sandboxUrl: string | undefined): void {
  if (sandboxUrl === undefined && config.callers.size === 0)
    log.warn('development: requests without credentials are answered; NODE_ENV=production requires callers');
  if (config.redis !== undefined && hasPublicKeySecret(config))
    log.warn('development: KEY_SECRET has its public default, so the hashes in Redis can be reversed');
}

/**
 * The lookups whose entries live to their TTL whatever happens, because no event names them. An
 * input called `customerId` names the customer as well.
 */
function unforgettableLookups({ lookups }: Config): string[] {
  const hasNoCustomer = ({ customerId, key }: LookupConfig): boolean =>
    customerId === undefined && key.some((entry) => !entryInputs(entry).some(({ input }) => input === 'customerId'));
  return [...lookups.values()].filter(hasNoCustomer).map(({ name }) => name);
}

/** A flow that gives an account and a PIN expects that Datadip sends both. */
function lookupsOfSeveralIds({ lookups }: Config): string[] {
  const ids = ({ key }: LookupConfig) => key.filter((entry) => !('all' in entry) && entry.kind === 'id');
  return [...lookups.values()].filter((lookup) => ids(lookup).length > 1).map(({ name }) => name);
}

/**
 * The systems that two or more declared tenants share. A tenant is declared if a caller or the
 * section `tenants` names it. The requests do not tell the system which tenant asks.
 */
function sharedSystems({ systems, tenants, callers }: Config): string[] {
  const named = [...callers.values()].flatMap((caller) => caller.tenants).filter((tenant) => tenant !== '*');
  const declared = new Set([...named, ...tenants.keys()]);
  const sharers = (system: string): number =>
    [...declared].filter((tenant) => tenants.get(tenant)?.systems.has(system) !== true).length;
  return [...systems.keys()].filter((system) => sharers(system) > 1);
}

/** The tenants' own systems on another host that inherit credentials or constant pairs. */
function systemsWithBorrowedCredentials({ systems, tenants }: Config): string[] {
  return [...tenants.values()].flatMap((tenant) =>
    [...tenant.systems].flatMap(([name, own]) => (borrowsCredentials(own, systems.get(name)) ? [own.name] : [])),
  );
}

function borrowsCredentials(own: SystemConfig, shared: SystemConfig | undefined): boolean {
  if (own.type !== 'http' || shared?.type !== 'http') return false;
  if (URL.parse(own.baseUrl)?.host === URL.parse(shared.baseUrl)?.host) return false;
  const sent = [own.auth, own.headers, own.query];
  return [shared.auth, shared.headers, shared.query].some(
    (value, at) => isSecret(value) && isDeepStrictEqual(value, sent[at]),
  );
}

function isSecret(value: object): boolean {
  return 'type' in value ? value.type !== 'none' : Object.keys(value).length > 0;
}

/**
 * The host to put into a URL. A process that listens on all addresses is reached on the loopback
 * address; an IPv6 address is in brackets.
 */
function reachableHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

/** The systems on another machine whose data or tokens Datadip requests without TLS. */
function plaintextRemoteSystems(config: Config): string[] {
  return [...allSystems(config).values()].filter(isPlaintext).map(({ name }) => name);
}

function isPlaintext(system: SystemConfig): boolean {
  if (system.type !== 'http') return system.tls === undefined && !isLoopback(new URL(system.url).hostname);
  const { baseUrl, auth } = system;
  return [baseUrl, ...('loginUrl' in auth ? [auth.loginUrl] : [])].some((url) => isPlaintextRemote(URL.parse(url)));
}
