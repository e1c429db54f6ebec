import type { IncomingHttpHeaders } from 'node:http';

/** `user:password` of an `Authorization: Basic …` header. `undefined` if there is none. */
export function basicCredentials({ authorization }: IncomingHttpHeaders): string | undefined {
  const [, encoded] = /^Basic ([A-Za-z0-9+/]+=*)$/i.exec(authorization ?? '') ?? [];
  return encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString();
}
