/**
 * The entry of the service. The build replaces the compiled file with a bundle
 * (`tools/build/bundle.ts`). `dist/service.js` and all other files stay as the compiler wrote them.
 *
 * The folder of the compile cache has the same owner as the code, so it deserves the same trust. If
 * the process may not write there, it only reads. `NODE_COMPILE_CACHE` names another folder.
 */
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

enableCompileCache(join(import.meta.dirname, '.compile-cache'));
// Decorators need this package before any other file, in whatever order a bundle has the files.
await import('reflect-metadata');
await import('./service.js');
