/**
 * Reads the SQL of a lookup as far as its checks need. The checks tell code from quoted texts,
 * quoted names and comments.
 */
import type { Template } from './template.js';

export type SqlDialect = 'postgres' | 'mysql';

/** Stands for a template. YAML permits this character in no text. */
export const MARK = '\0';

/** Tokens that begin at one place of the text. The first expression that matches decides. */
type Grammar = readonly (readonly [kind: TokenKind, pattern: RegExp])[];
type TokenKind = 'space' | 'comment' | 'hidden code' | 'quoted' | 'own parameter' | 'template' | 'word' | 'other';

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
}

const WORD = /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y;
const REST: Grammar = [
  ['template', /\0/y],
  ['word', WORD],
  // A number, and the letters that belong to it.
  ['other', /\d[\w.]*/y],
  ['other', /[^'"`]/y],
];

/** PostgreSQL 9.1 and later: a backslash is a plain character, except in `E'…'`. */
const POSTGRES: Grammar = [
  ['space', /\s+/y],
  ['comment', /--[^\n\r]*/y],
  ['quoted', /E'[^'\\]*(?:(?:''|\\[^])[^'\\]*)*'/iy],
  ['quoted', /'[^']*(?:''[^']*)*'/y],
  ['quoted', /"[^"]*(?:""[^"]*)*"/y],
  ['own parameter', /\$\d+/y],
  ['quoted', /(\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$)[^]*?\1/y],
  ...REST,
];

/** MySQL and MariaDB. `"` quotes a text or, with `ANSI_QUOTES`, a name. */
const MYSQL: Grammar = [
  ['space', /\s+/y],
  // The server executes the text of these comments.
  ['hidden code', /\/\*M?!/y],
  ['comment', /#[^\n]*|--(?:\s[^\n]*|$)/y],
  ['comment', /\/\*[^]*?\*\//y],
  ['quoted', /'[^'\\]*(?:(?:''|\\[^])[^'\\]*)*'/y],
  ['quoted', /"[^"\\]*(?:(?:""|\\[^])[^"\\]*)*"/y],
  ['quoted', /`[^`]*(?:``[^`]*)*`/y],
  ['own parameter', /\?/y],
  ...REST,
];

const GRAMMARS: Readonly<Record<SqlDialect, Grammar>> = { postgres: POSTGRES, mysql: MYSQL };

/** Words that write, or that take locks. They may be in quotes, as names of columns. */
const WRITES: ReadonlySet<string> = new Set(['into', 'insert', 'update', 'delete', 'merge']);
const LOCKS: ReadonlySet<string> = new Set(['for share', 'for key', 'for no', 'lock in']);

/**
 * Returns what is wrong with the SQL of a lookup. `undefined` means that it is one SELECT or WITH
 * whose templates stand where a bound parameter can stand.
 *
 * Does not guarantee: that the statement writes nothing. The read-only transaction, and the rights
 * of the database user, guarantee that.
 */
export function sqlProblem({ literals }: Template, dialect: SqlDialect): string | undefined {
  const tokens = tokensOf(literals.join(MARK), dialect);
  if (tokens === undefined) return 'must close its quotes and comments';
  const code = tokens.filter(({ kind }) => kind !== 'space' && kind !== 'comment');
  return misplacedTemplate(tokens) ?? touchingTemplate(tokens) ?? wrongCode(code) ?? wrongWords(code);
}

function misplacedTemplate(tokens: readonly Token[]): string | undefined {
  const isInside = tokens.some(({ kind, text }) => kind !== 'template' && text.includes(MARK));
  return isInside
    ? 'must not have a template inside quotes or a comment: a value is a bound parameter and needs no quotes'
    : undefined;
}

/** `$1` in PostgreSQL and `?` in MySQL would become a part of the name or the text next to them. */
function touchingTemplate(tokens: readonly Token[]): string | undefined {
  const joins = (token: Token | undefined): boolean =>
    token !== undefined &&
    (token.kind === 'word' || token.kind === 'quoted' || token.kind === 'template' || /^[\d$.]/.test(token.text));
  const isTouching = tokens.some(
    ({ kind }, at) => kind === 'template' && (joins(tokens[at - 1]) || joins(tokens[at + 1])),
  );
  return isTouching ? 'must have a blank or a sign between a template and the text next to it' : undefined;
}

function wrongCode(code: readonly Token[]): string | undefined {
  if (code.some(({ kind }) => kind === 'hidden code')) return 'must not have /*! … */: the database executes it';
  if (code.some(({ kind }) => kind === 'own parameter')) return 'must not have $1 or ?: write templates';
  const others = code.filter(({ kind }) => kind === 'other').map(({ text }) => text);
  if (others.includes(';')) return 'must be one statement, without ;';
  return others.includes('{') || others.includes('}')
    ? 'must contain braces only around the name of an input'
    : undefined;
}

function wrongWords(code: readonly Token[]): string | undefined {
  const words = code.map(({ kind, text }) => (kind === 'word' ? text.toLowerCase() : ''));
  if (words[0] !== 'select' && words[0] !== 'with') return 'must begin with SELECT or WITH: Datadip sends only reads';
  const pairs = words.map((word, at) => `${word} ${words[at + 1] ?? ''}`);
  return words.some((word) => WRITES.has(word)) || pairs.some((pair) => LOCKS.has(pair))
    ? 'must not write or lock: Datadip sends only reads (a column of such a name is written in quotes)'
    : undefined;
}

/**
 * The tokens of a text, with `MARK` for each template. `undefined` if quotes or a comment stay
 * open.
 */
export function tokensOf(text: string, dialect: SqlDialect): Token[] | undefined {
  const tokens: Token[] = [];
  for (let at = 0; at < text.length;) {
    const token = tokenAt(text, at, dialect);
    if (token === undefined) return undefined;
    tokens.push(token);
    at += token.text.length;
  }
  return tokens;
}

function tokenAt(text: string, at: number, dialect: SqlDialect): Token | undefined {
  if (dialect === 'postgres' && text.startsWith('/*', at)) return nestedComment(text, at);
  if (dialect === 'mysql' && /^\/\*(?!M?!)/.test(text.slice(at, at + 4)) && !text.includes('*/', at + 2))
    return undefined;
  for (const [kind, pattern] of GRAMMARS[dialect]) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match !== null) return { kind, text: match[0] };
  }
  return undefined;
}

/** PostgreSQL's comments nest. */
function nestedComment(text: string, start: number): Token | undefined {
  const borders = /\/\*|\*\//g;
  borders.lastIndex = start;
  let depth = 0;
  for (let border = borders.exec(text); border !== null; border = borders.exec(text)) {
    depth += border[0] === '/*' ? 1 : -1;
    if (depth === 0) return { kind: 'comment', text: text.slice(start, borders.lastIndex) };
  }
  return undefined;
}
