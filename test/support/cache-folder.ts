import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where downloads of the tests are kept, outside the repository. */
export function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'datadip');
}
