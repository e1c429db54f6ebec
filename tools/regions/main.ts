/**
 * Runs three regions on this machine, or sends a command to the running ones: `npm run regions`.
 * docs/guides/regions.md says what to try.
 */
import { registerHooks } from 'node:module';
import { CommandFailed, NotRunning, sendWords } from './control.ts';
import { commandIn, UsageError } from './words.ts';

/** The helpers of the tests import each other as `./x.js`. Node looks for no `./x.ts` there. */
registerHooks({
  resolve(specifier, context, next) {
    const isOwnModule = /^\.{1,2}\/.*\.js$/.test(specifier) && context.parentURL?.endsWith('.ts') === true;
    return next(isOwnModule ? specifier.replace(/\.js$/, '.ts') : specifier, context);
  },
});

async function main(words: readonly string[]): Promise<void> {
  if (words.includes('--help') || words.includes('-h')) {
    const { USAGE } = await import('./words.ts');
    process.stdout.write(`${USAGE}\n`);
  } else if (commandIn(words) === undefined) {
    const { runUntilInterrupted } = await import('./terminal.ts');
    await runUntilInterrupted();
  } else {
    process.stdout.write(`${await sendWords(words)}\n`);
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  const isExpected = [UsageError, NotRunning, CommandFailed].some((kind) => error instanceof kind);
  const text = !(error instanceof Error) ? String(error) : isExpected ? error.message : (error.stack ?? error.message);
  process.stderr.write(`${text}\n`);
  process.exitCode = isExpected ? 2 : 1;
});
