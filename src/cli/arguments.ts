import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import { CommandFailure, USAGE } from './command.js';

/** The values of a command's options, by name. */
export type Given = Readonly<Record<string, string | boolean | undefined>>;

/**
 * Reads the arguments of a command: options alone, each given once, each with a value where it takes one.
 *
 * @throws {CommandFailure}
 */
export function readArguments(args: readonly string[], options: ParseArgsOptionsConfig, usage: string): Given {
  try {
    const { values, tokens } = parseArgs({ args: [...args], options, strict: true, tokens: true });
    const names = tokens.flatMap((token) => (token.kind === 'option' ? [token.name] : []));
    const twice = names.find((name, at) => names.indexOf(name) < at);
    if (twice !== undefined) throw new TypeError(`--${twice} is given twice`);
    return values as Given;
  } catch (error) {
    throw new CommandFailure(USAGE, `${error instanceof Error ? error.message : String(error)}\nusage: ${usage}`);
  }
}
