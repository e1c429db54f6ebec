import { ConfigError } from '../config/config-error.js';
import type { Config } from '../config/config.js';
import { loadConfig } from '../config/load-config.js';
import { sandboxWanted } from '../config/sandbox-wanted.js';

/** Exit codes of sysexits.h. */
export const USAGE = 64;
export const CANNOT_CREATE = 73;
const BAD_CONFIG = 78;

/** The address of no sandbox: a command asks nobody, it only has to read the file. */
const NOBODY = { sandbox: { url: 'http://127.0.0.1:9' } };

/** A command cannot do what it was told. Its message is for whoever typed it. */
export class CommandFailure extends Error {
  constructor(
    readonly exitCode: number,
    message: string,
  ) {
    super(message);
  }
}

/** Runs a command to its end, and ends with the code that says how it went. */
export async function runCommand(name: string, command: () => Promise<void>): Promise<void> {
  try {
    await command();
  } catch (error) {
    process.stderr.write(`${name}: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = exitCodeOf(error);
  }
}

/** The same configuration that the service would start with. */
export function configured(): Config {
  return loadConfig(process.env, sandboxWanted(process.env) ? NOBODY : {});
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommandFailure) return error.exitCode;
  return error instanceof ConfigError ? BAD_CONFIG : 1;
}
