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

async function openssl(args: readonly string[], names = 'DNS:localhost'): Promise<void> {
  await run('openssl', args, { timeout: 30_000, env: { ...process.env, NAMES: names } });
}
