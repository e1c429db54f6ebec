import type { Logger } from 'pino';
import type { Config, SystemConfig } from '../config/config.js';
import { shortSecrets } from '../config/short-secrets.js';
import { isPlaintextRemote } from '../kernel/exposed.js';
import { declareLogFields } from '../platform/logging/log-fields.js';

declareLogFields({
  host: 'text',
  port: 'number',
  mode: 'text',
  url: 'text',
  lookups: 'texts',
  systems: 'texts',
  settings: 'texts',
});

/** The first lines of the log: where it listens, what is embedded, and a line that shows it working. */
export function logStartup(log: Logger, config: Config, port: number, sandboxUrl: string | undefined): void {
  log.info({ host: config.host, port, mode: config.mode, lookups: [...config.lookups.keys()] }, 'listening');
  if (config.leftOut.length > 0) log.info({ systems: config.leftOut }, 'left out: no client is configured for them');
  if (config.mode === 'production') warn(log, config);
  if (config.redis === undefined) log.info('embedded: entries live in this process (no REDIS_URL)');
  if (sandboxUrl !== undefined) {
    log.info({ url: sandboxUrl }, 'embedded: the sandbox stands in for the systems of record');
    log.info(`try: curl 'http://${reachedAt(config.host)}:${port}/lookup/customer?ani=15550017'`);
  }
}

/** What may be meant, and is no good idea. */
function warn(log: Logger, config: Config): void {
  const systems = askedInTheClear(config);
  if (systems.length > 0) log.warn({ systems }, 'asked over http: credentials and personal data travel in the clear');
  const settings = shortSecrets(config);
  if (settings.length > 0) log.warn({ settings }, 'secrets that are short enough to be guessed');
}

/** Who listens everywhere is reached here; an address of IPv6 stands in brackets. */
function reachedAt(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

/** Systems that are asked for data, or for a token, without TLS and on another machine. */
function askedInTheClear({ systems }: Config): string[] {
  const addresses = ({ baseUrl, auth }: SystemConfig): string[] =>
    'loginUrl' in auth ? [baseUrl, auth.loginUrl] : [baseUrl];
  const exposed = [...systems.values()].filter((system) =>
    addresses(system).some((url) => isPlaintextRemote(URL.parse(url))),
  );
  return exposed.map(({ name }) => name);
}
