import { createRequire } from 'node:module';
import { TestEnvironment } from 'jest-environment-node';

/** The object whose members the runner calls. An import would be a copy. */
const vm = createRequire(import.meta.url)('node:vm');
const COMPILES_ONCE = Symbol.for('datadip.tests.compilesOnce');

/**
 * Compiles each module once per worker. Without this, the runner compiles every module again for
 * every test file, because each file has its own context. With it, the second file and all later
 * ones read V8's code cache.
 *
 * The caches have one entry per source text of the run.
 */
function compileOnce() {
  if (vm[COMPILES_ONCE] !== undefined) return;
  vm[COMPILES_ONCE] = true;
  vm.SourceTextModule = modulesCompiledOnce(vm.SourceTextModule);
  vm.compileFunction = functionsCompiledOnce(vm.compileFunction);
}

function modulesCompiledOnce(SourceTextModule) {
  const caches = new Map();
  function CachedModule(code, options) {
    const cachedData = caches.get(code);
    try {
      if (cachedData !== undefined) return new SourceTextModule(code, { ...options, cachedData });
    } catch (error) {
      // A test has changed V8's flags.
      if (error.code !== 'ERR_VM_MODULE_CACHED_DATA_REJECTED') throw error;
    }
    const module = new SourceTextModule(code, options);
    caches.set(code, module.createCachedData());
    return module;
  }
  CachedModule.prototype = SourceTextModule.prototype;
  return CachedModule;
}

/** V8 compiles the function itself if it rejects the cache. */
function functionsCompiledOnce(compileFunction) {
  const caches = new Map();
  return (code, parameters, options) => {
    const names = String(parameters);
    const cache = caches.get(code);
    if (cache?.names === names) return compileFunction(code, parameters, { ...options, cachedData: cache.cachedData });
    const compiled = compileFunction(code, parameters, { ...options, produceCachedData: true });
    caches.set(code, { names, cachedData: compiled.cachedData });
    return compiled;
  };
}

compileOnce();

export default TestEnvironment;
