import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import { CommandFailure, USAGE } from './command.js';

/** The values of a command's options, by name. */
export type OptionValues = Readonly<Record<string, string | boolean | undefined>>;

/**
 * Parses the arguments of a command. A command accepts options only, each at most once.
 *
 * @throws {CommandFailure} if an argument is no option, is unknown, is repeated, or lacks its value
 */
export function readArguments(args: readonly string[], options: ParseArgsOptionsConfig, usage: string): OptionValues {
  try {
    const { values, tokens } = parseArgs({ args: [...args], options, strict: true, tokens: true });
    const names = tokens.flatMap((token) => (token.kind === 'option' ? [token.name] : []));
    const repeated = names.find((name, at) => names.indexOf(name) < at);
    if (repeated !== undefined) throw new TypeError(`--${repeated} is given twice; allowed: once`);
    return values as OptionValues;
  } catch (error) {
    throw new CommandFailure(USAGE, `${error instanceof Error ? error.message : String(error)}\nusage: ${usage}`);
  }
}
