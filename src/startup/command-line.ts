import { ConfigError } from '../config/config-error.js';
import { plannedConfig } from '../config/load-config.js';

/** `EX_USAGE` of sysexits.h. */
const EXIT_USAGE = 64;
/** `EX_CONFIG` of sysexits.h: the configuration is wrong, so a restart does not help. */
export const EXIT_BAD_CONFIG = 78;

const CHECK = '--check';
const USAGE = `usage: node dist/main.js [${CHECK}]`;

/**
 * Does what the arguments of the process ask for. `--check` reads the environment and the file,
 * and reports what the start would refuse. The check opens no connection, and starts neither a
 * listener nor the sandbox.
 *
 * @returns the exit code; `undefined` if the service is to start
 */
export function runCommandLine({ argv, env, stdout, stderr }: NodeJS.Process): number | undefined {
  const args = argv.slice(2);
  if (args.length === 0) return undefined;
  if (args.length > 1 || args[0] !== CHECK) {
    stderr.write(`unknown arguments ${JSON.stringify(args.join(' '))}; allowed: none or ${CHECK}\n${USAGE}\n`);
    return EXIT_USAGE;
  }
  try {
    plannedConfig(env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    stderr.write(`${error.message}\n`);
    return EXIT_BAD_CONFIG;
  }
  stdout.write('ok\n');
  return 0;
}
