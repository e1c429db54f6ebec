import { ENVIRONMENT, type Problem } from '../config-error.js';
import { given, type Env } from './env.js';
import { quoted } from './secrecy.js';

/** Never printed, whatever is wrong with them. An address may carry a password. */
const SECRET_VARIABLE = /SECRET|^VALUE_KEYS$|_URL$/;
const WHOLE_NUMBER = /^\d{1,15}$/;

/** Reads variables one by one, and keeps a list of what is wrong with them. A bad value reads as the default, so that reading goes on. */
export class Variables {
  readonly problems: Problem[] = [];

  constructor(private readonly env: Env) {}

  text(name: string): string | undefined {
    return given(this.env, name);
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
    this.refuse(name, `must be a whole number${unit}, ${min} to ${max}`);
    return fallback;
  }

  oneOf<Word extends string>(name: string, words: readonly Word[], fallback: Word): Word {
    const text = this.text(name);
    const word = text === undefined ? fallback : words.find((known) => known === text);
    if (word === undefined) this.refuse(name, `must be one of ${words.join(', ')}`);
    return word ?? fallback;
  }

  refuse(name: string, message: string): void {
    const text = SECRET_VARIABLE.test(name) ? undefined : this.text(name);
    this.problems.push({
      source: ENVIRONMENT,
      key: name,
      ...(text === undefined ? {} : { value: quoted(text) }),
      message,
    });
  }
}
