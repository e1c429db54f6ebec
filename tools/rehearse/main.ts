/**
 * Tries a spike before real callers do: `npm run rehearse`. docs/guides/rehearsal.md says how to
 * read the result.
 */
import { registerHooks } from 'node:module';

/** The helpers of the tests import each other as `./x.js`. Node looks for no `./x.ts` there. */
registerHooks({
  resolve(specifier, context, next) {
    const isOwnModule = /^\.{1,2}\/.*\.js$/.test(specifier) && context.parentURL?.endsWith('.ts') === true;
    return next(isOwnModule ? specifier.replace(/\.js$/, '.ts') : specifier, context);
  },
});

const { rehearseInTerminal } = await import('./terminal.ts');

process.exitCode = await rehearseInTerminal(process.argv.slice(2));
