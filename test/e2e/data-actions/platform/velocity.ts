/**
 * The part of Velocity that Data Action templates use: references (`$x`, `${x.y}`, silent `$!{x}`),
 * members, methods with arguments, and quoted texts. A text in double quotes is a template. The
 * interpreter rejects a template with a directive.
 */

type Method = (...args: readonly unknown[]) => unknown;
/** The names that a template may use. Members of a tool are methods or values. */
export type Scope = Readonly<Record<string, unknown>>;

interface Options {
  /** The text of a reference without a value. Default: the reference itself, as in Velocity. */
  readonly unset: (written: string) => string;
}

const AS_WRITTEN: Options = { unset: (written) => written };

export class TemplateError extends Error {}

export function render(template: string, scope: Scope, options: Options = AS_WRITTEN): string {
  if (/#(set|if|foreach|macro|end|else|parse|include)\b/.test(template))
    throw new TemplateError('a directive is beyond this interpreter');
  let printed = '';
  for (let at = 0; at < template.length;) {
    const reference = template[at] === '$' ? new Reader(template, at, scope, options).reference() : undefined;
    printed += reference?.printed ?? template[at] ?? '';
    at = reference?.end ?? at + 1;
  }
  return printed;
}

/** Returns the text of a value as Java prints it. A text is printed without quotes. */
export function printed(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

interface Reference {
  readonly value: unknown;
  readonly printed: string;
  readonly end: number;
}

const NAME = /[A-Za-z][A-Za-z0-9_]*/y;
/** The platform allows dashes in the names of inputs. */
const INPUT = /[A-Za-z][A-Za-z0-9_-]*/y;
const NUMBER = /-?\d+/y;
const BLANKS = /\s*/y;

class Reader {
  constructor(
    private readonly text: string,
    private at: number,
    private readonly scope: Scope,
    private readonly options: Options,
  ) {}

  /** Reads a reference. `undefined` means that the `$` is plain text. */
  reference(): Reference | undefined {
    const start = this.at;
    this.at += 1;
    const silent = this.takes('!');
    const braced = this.takes('{');
    const name = this.match(NAME);
    if (name === undefined) return undefined;
    const value = this.members(name, Object.hasOwn(this.scope, name) ? this.scope[name] : undefined);
    if (braced && !this.takes('}')) throw new TemplateError(`no } at ${this.at} of ${this.text}`);
    const written = this.text.slice(start, this.at);
    return { value, printed: this.print(value, silent, written), end: this.at };
  }

  private print(value: unknown, silent: boolean, written: string): string {
    if (value !== undefined && value !== null) return printed(value);
    return silent ? '' : this.options.unset(written);
  }

  private members(root: string, value: unknown): unknown {
    let current = value;
    for (let depth = 0; /^\.[A-Za-z]/.test(this.text.slice(this.at, this.at + 2)); depth++) {
      this.at += 1;
      const name = this.match(root === 'input' && depth === 0 ? INPUT : NAME) ?? '';
      current = this.text[this.at] === '(' ? call(current, name, this.arguments()) : memberOf(current, name);
    }
    return current;
  }

  private arguments(): unknown[] {
    const values: unknown[] = [];
    this.at += 1;
    this.match(BLANKS);
    while (!this.takes(')')) {
      values.push(this.argument());
      this.match(BLANKS);
      this.takes(',');
      this.match(BLANKS);
      if (this.at >= this.text.length) throw new TemplateError(`no ) in ${this.text}`);
    }
    return values;
  }

  private argument(): unknown {
    const first = this.text[this.at];
    if (first === '"') return render(this.quoted('"'), this.scope, this.options);
    if (first === "'") return this.quoted("'");
    const number = this.match(NUMBER);
    if (number !== undefined) return Number(number);
    const reference = first === '$' ? new Reader(this.text, this.at, this.scope, this.options).reference() : undefined;
    if (reference === undefined) throw new TemplateError(`not an argument at ${this.at} of ${this.text}`);
    this.at = reference.end;
    return reference.value;
  }

  private quoted(quote: string): string {
    const end = this.text.indexOf(quote, this.at + 1);
    if (end < 0) throw new TemplateError(`no ${quote} in ${this.text}`);
    const inside = this.text.slice(this.at + 1, end);
    this.at = end + 1;
    return inside;
  }

  private takes(letter: string): boolean {
    if (this.text[this.at] !== letter) return false;
    this.at += 1;
    return true;
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }
}

function memberOf(current: unknown, name: string): unknown {
  return typeof current === 'object' && current !== null && Object.hasOwn(current, name)
    ? (current as Scope)[name]
    : undefined;
}

/** The text methods of Java that occur in real exports. */
const TEXT_METHODS: Readonly<Record<string, (text: string, ...args: readonly unknown[]) => unknown>> = {
  replace: (text, what, by) => text.replaceAll(String(what), String(by)),
  length: (text) => text.length,
  trim: (text) => text.trim(),
};

function call(current: unknown, name: string, args: readonly unknown[]): unknown {
  if (current === undefined || current === null) return undefined;
  if (typeof current === 'string') return TEXT_METHODS[name]?.(current, ...args);
  const method = memberOf(current, name);
  return typeof method === 'function' ? (method as Method)(...args) : undefined;
}
