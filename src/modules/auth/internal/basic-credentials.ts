const BASIC = /^Basic ([A-Za-z0-9+/=_-]+)$/i;

/**
 * Name and key of an `Authorization` header. `undefined` means that the header is not HTTP Basic
 * (RFC 7617).
 */
export function basicCredentials(authorization: string): { readonly name: string; readonly key: string } | undefined {
  const encoded = BASIC.exec(authorization)?.[1];
  if (encoded === undefined) return undefined;
  const [, name, key] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, 'base64').toString('utf8')) ?? [];
  return name === undefined || key === undefined ? undefined : { name, key };
}
