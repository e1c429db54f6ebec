import { readFileSync } from 'node:fs';

/** A Lua script, and how many keys it takes. In a cluster all keys of a call must share a slot. */
export interface RedisScript {
  /**
   * The name of the method that the script becomes on the client. The name must be unique in
   * Datadip.
   */
  readonly name: string;
  /** `any`: each call passes its own number of keys; not for clusters. */
  readonly keys: number | 'any';
  readonly lua: string;
}

/**
 * Reads a script file, once at start. The header of the file describes keys, arguments and result.
 *
 * @param preludes files with code that several scripts share, which are prepended
 */
export function redisScript(name: string, keys: RedisScript['keys'], file: URL, ...preludes: URL[]): RedisScript {
  return { name, keys, lua: [...preludes, file].map((each) => readFileSync(each, 'utf8')).join('\n') };
}
