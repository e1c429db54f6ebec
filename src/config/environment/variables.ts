import { oneOfWording, wholeNumberWording } from '../schema/wordings.js';
import { ENVIRONMENT, quoted, type Problem } from '../config-error.js';

export type Env = Readonly<Record<string, string | undefined>>;

/** The documentation of one environment variable. */
export interface VariableDoc {
  readonly name: string;
  /** The meaning, the unit, the allowed values, and what the edge values do. */
  readonly meaning: string;
  /** The default as an operator would write it. Empty text means that the variable has no value. */
  readonly default: string;
  /** `true` means that the value is a secret or may hold one. No error and no log shows it. */
  readonly isSecret: boolean;
  /** A second name, which is read if the first is not set. `undefined` means that there is none. */
  readonly alias?: string;
}

const WHOLE_NUMBER = /^\d{1,15}$/;

/** The value of a secret whose file is refused. No check reports it again. It holds no text. */
export const UNREAD = '\uFDD0unread\uFDD1';

/** The variable that names the file of a secret. */
export function fileVariable(name: string): string {
  return `${name}_FILE`;
}

/**
 * Returns the value of a variable. An empty value counts as not set, because compose files and
 * shells cannot always leave a name out.
 */
export function readVariable(env: Env, name: string): string | undefined {
  return env[name] === '' ? undefined : env[name];
}

/**
 * Whether the operator asked for development. Every other value of `NODE_ENV`, and a missing value,
 * means production. So a misspelled value opens nothing.
 */
export function isDevelopment(env: Env): boolean {
  return readVariable(env, 'NODE_ENV') === 'development';
}

/**
 * Reads variables one by one and collects what is wrong with them.
 * A bad value reads as the default, so that one start reports all bad values.
 */
export class Variables {
  readonly problems: Problem[] = [];
  private readonly secrets: ReadonlySet<string>;
  private readonly aliases: ReadonlyMap<string, string | undefined>;
  private readonly refused = new Set<string>();

  constructor(
    private readonly env: Env,
    documented: readonly VariableDoc[],
  ) {
    this.secrets = new Set(documented.filter(({ isSecret }) => isSecret).map(({ name }) => name));
    this.aliases = new Map(documented.map(({ name, alias }) => [name, alias]));
  }

  text(name: string): string | undefined {
    return readVariable(this.env, this.setName(name));
  }

  /** The parts of a comma-separated list, without the spaces around them. */
  list(name: string): string[] {
    return (this.text(name)?.split(',') ?? []).map((part) => part.trim());
  }

  textLike(name: string, pattern: RegExp, fallback: string, wording: string): string {
    const text = this.text(name);
    if (text === undefined || pattern.test(text)) return text ?? fallback;
    this.refuse(name, wording);
    return fallback;
  }

  whole(name: string, min: number, max: number, fallback: number, unit = ''): number {
    const text = this.text(name);
    if (text === undefined) return fallback;
    if (WHOLE_NUMBER.test(text) && Number(text) >= min && Number(text) <= max) return Number(text);
    this.refuse(name, wholeNumberWording(min, max, unit));
    return fallback;
  }

  oneOf<Word extends string>(name: string, words: readonly Word[], fallback: Word): Word {
    const text = this.text(name);
    const word = text === undefined ? fallback : words.find((known) => known === text);
    if (word === undefined) this.refuse(name, oneOfWording(words));
    return word ?? fallback;
  }

  /** Whether the value of the variable is bad. No other check should build on a bad value. */
  isRefused(name: string): boolean {
    return this.refused.has(name) || this.text(name) === UNREAD;
  }

  /**
   * Reports the first problem of a variable. Further ones are often of the same fault. A problem of
   * a secret from a file names the file.
   */
  refuse(name: string, message: string): void {
    if (this.isRefused(name)) return;
    this.refused.add(name);
    const isSecret = this.secrets.has(name);
    const path = isSecret ? this.text(fileVariable(name)) : undefined;
    const shown = isSecret ? path : this.text(name);
    this.problems.push({
      source: ENVIRONMENT,
      key: path === undefined ? this.setName(name) : fileVariable(name),
      ...(shown === undefined ? {} : { value: quoted(shown) }),
      message,
    });
  }

  /** The name under which the variable is set: its alias, or else the name itself. */
  private setName(name: string): string {
    const alias = this.aliases.get(name);
    const isAlias = readVariable(this.env, name) === undefined && readVariable(this.env, alias ?? name) !== undefined;
    return isAlias ? (alias ?? name) : name;
  }
}
