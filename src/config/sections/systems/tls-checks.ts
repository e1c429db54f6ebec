import type { Finding, Path } from '../../yaml/finding.js';
import { certificatesOf, privateKeyOf } from './pem.js';
import type { TlsSketch } from './system-schema.js';

/** Opens the key of a client certificate and compares the two. */
export function tlsFindings(tls: TlsSketch | undefined, path: Path): Finding[] {
  if (tls === undefined) return [];
  const { cert, key, passphrase } = tls;
  const finding = (at: string, message: string): Finding => ({ path: [...path, at], message });
  if (cert !== undefined && key === undefined) return [finding('key', 'is required with cert')];
  if (key !== undefined && cert === undefined) return [finding('cert', 'is required with key')];
  if (key === undefined) return passphrase === undefined ? [] : [finding('passphrase', 'has no effect without key')];
  return typeof key === 'string' ? keyFindings(key, cert, passphrase, finding) : [];
}

function keyFindings(
  key: string,
  cert: unknown,
  passphrase: unknown,
  finding: (at: string, message: string) => Finding,
): Finding[] {
  if (!key.includes('PRIVATE KEY-----')) return [];
  const opened = privateKeyOf(key, typeof passphrase === 'string' ? passphrase : undefined);
  if (opened === undefined)
    return [finding('key', 'cannot be opened: it is malformed, or its passphrase is missing or wrong')];
  const [own] = typeof cert === 'string' ? (certificatesOf(cert) ?? []) : [];
  const fits = own === undefined || own.checkPrivateKey(opened);
  return fits ? [] : [finding('key', 'does not belong to the first certificate of cert')];
}
