import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DIST } from './places.ts';

/** Imports a file of the build. `Module` is the type of its source. */
export async function importBuilt<Module>(path: string): Promise<Module> {
  return (await import(pathToFileURL(join(DIST, path)).href)) as Module;
}
