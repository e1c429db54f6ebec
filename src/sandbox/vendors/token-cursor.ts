/** A text does not follow the grammar of a query language. */
export class QuerySyntaxError extends Error {
  constructor(
    /** The position of the token that does not fit: 0 is the first character. */
    readonly at: number,
    /** The token that does not fit. Empty at the end of the text. */
    readonly token: string,
    message = `unexpected token: '${token}'`,
  ) {
    super(message);
  }
}

export interface Token {
  readonly kind: string;
  readonly text: string;
  readonly at: number;
}

const END = 'end';

/** Reads the tokens of a query language, one after the other. */
export class TokenCursor {
  private readonly tokens: readonly Token[];
  private at = 0;

  /**
   * @param rules kind of token → sticky pattern. The first that matches decides. The kind `blank`
   *   is left out.
   * @throws {QuerySyntaxError} if no rule matches a character
   */
  constructor(text: string, rules: Readonly<Record<string, RegExp>>) {
    this.tokens = tokenize(text, rules);
  }

  get next(): Token {
    return this.tokens[this.at] ?? { kind: END, text: '', at: -1 };
  }

  get isAtEnd(): boolean {
    return this.next.kind === END;
  }

  /** Takes the next token if it is this word or sign, in any case. */
  takeIf(...texts: readonly string[]): Token | undefined {
    const { next } = this;
    const isWanted = next.kind !== END && next.kind !== 'text' && texts.includes(next.text.toLowerCase());
    return isWanted ? this.advance() : undefined;
  }

  /** @throws {QuerySyntaxError} if the next token is another word or sign */
  expect(...texts: readonly string[]): Token {
    return this.takeIf(...texts) ?? this.fail();
  }

  /** @throws {QuerySyntaxError} if the next token is of another kind */
  expectKind(...kinds: readonly string[]): Token {
    return kinds.includes(this.next.kind) ? this.advance() : this.fail();
  }

  expectEnd(): void {
    if (!this.isAtEnd) this.fail();
  }

  fail(message?: string): never {
    throw new QuerySyntaxError(this.next.at, this.next.text, message);
  }

  private advance(): Token {
    const { next } = this;
    this.at += 1;
    return next;
  }
}

function tokenize(text: string, rules: Readonly<Record<string, RegExp>>): readonly Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < text.length;) {
    const token = tokenAt(text, at, rules);
    if (token === undefined) throw new QuerySyntaxError(at, text[at] ?? '');
    if (token.kind !== 'blank') tokens.push(token);
    at += token.text.length;
  }
  return [...tokens, { kind: END, text: '', at: text.length }];
}

function tokenAt(text: string, at: number, rules: Readonly<Record<string, RegExp>>): Token | undefined {
  for (const [kind, rule] of Object.entries(rules)) {
    rule.lastIndex = at;
    const found = rule.exec(text)?.[0];
    if (found !== undefined && found !== '') return { kind, text: found, at };
  }
  return undefined;
}
