import { ConfigError } from '../config/config-error.js';
import type { Config } from '../config/config.js';
import { plannedConfig } from '../config/load-config.js';

/** Exit codes of sysexits.h. */
export const USAGE = 64;
export const UNAVAILABLE = 69;
export const CANNOT_CREATE = 73;
export const TRY_AGAIN = 75;
export const REFUSED = 77;
const BAD_CONFIG = 78;

/** A command failed. The user of the command reads the message. */
export class CommandFailure extends Error {
  constructor(
    readonly exitCode: number,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Runs a command. If the command fails, the process prints the message and exits with the code of
 * the failure.
 */
export async function runCommand(name: string, command: () => Promise<void>): Promise<void> {
  try {
    await command();
  } catch (error) {
    process.stderr.write(`${name}: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = exitCodeOf(error);
  }
}

/** Loads the configuration that the service would start with. */
export function commandConfig(): Config {
  return plannedConfig(process.env);
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommandFailure) return error.exitCode;
  return error instanceof ConfigError ? BAD_CONFIG : 1;
}
