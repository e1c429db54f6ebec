import { readFileSync } from 'node:fs';

/** A Lua script and how many keys it names. In a cluster all of them must share a slot. */
export interface RedisScript {
  /** The method name it gets on the client, so unique in the house. */
  readonly name: string;
  /** `any`: as many as each call brings; not in a cluster. */
  readonly keys: number | 'any';
  readonly lua: string;
}

/**
 * Reads a script file once, at start. Its header says what it takes and returns.
 *
 * @param prelude a file with what several scripts share; it is put before
 */
export function redisScript(name: string, keys: RedisScript['keys'], file: URL, prelude?: URL): RedisScript {
  const shared = prelude === undefined ? '' : `${readFileSync(prelude, 'utf8')}\n`;
  return { name, keys, lua: shared + readFileSync(file, 'utf8') };
}
