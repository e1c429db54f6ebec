import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const CONFIG = `
[req]
distinguished_name = name
[name]
[ca]
basicConstraints = critical, CA:TRUE
[server]
basicConstraints = CA:FALSE
subjectAltName = $ENV::NAMES
`;

export interface Certificate {
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

/**
 * Creates a certificate authority in `dir` and a certificate. Both are valid for one day.
 */
export async function makeCertificate(dir: string, names = 'IP:127.0.0.1, DNS:localhost'): Promise<Certificate> {
  const file = (name: string): string => join(dir, name);
  const ca = file('ca.crt');
  const caKey = file('ca.key');
  const cert = file('server.crt');
  const key = file('server.key');
  const request = file('server.csr');
  const config = file('openssl.cnf');
  await writeFile(config, CONFIG);
  const newKey = ['-config', config, '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const authority = ['-subj', '/CN=Datadip test authority', '-extensions', 'ca', '-days', '1'];
  await openssl(['req', '-x509', ...newKey, ...authority, '-keyout', caKey, '-out', ca]);
  await openssl(['req', '-new', ...newKey, '-subj', '/CN=localhost', '-keyout', key, '-out', request]);
  const signing = ['-CA', ca, '-CAkey', caKey, '-CAcreateserial', '-days', '1'];
  const extensions = ['-extfile', config, '-extensions', 'server'];
  await openssl(['x509', '-req', '-in', request, ...signing, ...extensions, '-out', cert], names);
  return { caFile: ca, certFile: cert, keyFile: key };
}

export interface ClientCertificateOptions {
  /** Encrypts the key. `undefined`: the key is not encrypted. */
  readonly passphrase?: string;
  /** `true`: the certificate was valid for one day, a year ago. */
  readonly expired?: boolean;
}

/** Creates a client certificate of the authority that `makeCertificate` has created in `dir`. */
export async function makeClientCertificate(dir: string, options: ClientCertificateOptions = {}): Promise<Certificate> {
  const file = (name: string): string => join(dir, `${options.expired === true ? 'expired' : 'client'}${name}`);
  const [ca, caKey, config] = [join(dir, 'ca.crt'), join(dir, 'ca.key'), join(dir, 'openssl.cnf')];
  const [cert, key, request] = [file('.crt'), file('.key'), file('.csr')];
  const newKey = ['-config', config, '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
  const locked = options.passphrase === undefined ? ['-nodes'] : ['-passout', `pass:${options.passphrase}`];
  await openssl(['req', '-new', ...newKey, ...locked, '-subj', '/CN=datadip', '-keyout', key, '-out', request]);
  const signing = ['-CA', ca, '-CAkey', caKey, '-CAcreateserial'];
  const days = options.expired === true ? PAST_DAY : ['-days', '1'];
  await openssl(['x509', '-req', '-in', request, ...signing, ...days, '-out', cert]);
  return { caFile: ca, certFile: cert, keyFile: key };
}

/** A negative number of days makes a certificate that is over. */
const PAST_DAY = ['-days', '-1'];

async function openssl(args: readonly string[], names = 'DNS:localhost'): Promise<void> {
  await run('openssl', args, { timeout: 30_000, env: { ...process.env, NAMES: names } });
}
