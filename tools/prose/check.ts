/**
 * Reads every text a person meets and reports sentences that break the style: `npm run lint:prose`,
 * a part of `npm run lint`.
 *
 * `node tools/prose/check.ts [path …]` checks only these files or folders. Exceptions are in
 * `exceptions.json`, each with a reason.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { luaHeaderFindings } from './lua-headers.ts';
import { checkParagraph, MAX_COLUMNS, type ProseFinding } from './rules.ts';
import { codeParagraphs, lineCommentParagraphs, markdownParagraphs, type Paragraph } from './sources.ts';

interface Exception {
  /** A file, or a folder with its slash. */
  readonly file: string;
  readonly rules: readonly ProseFinding['rule'][];
  readonly reason: string;
}

interface Located extends ProseFinding {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

const MAX_LINES = 220;
const ROOT = join(import.meta.dirname, '../..');
const ROOTS = [
  'README.md',
  'eslint.config.js',
  '.dependency-cruiser.cjs',
  'jest.config.js',
  'SECURITY.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  '.env.example',
  '.ci/run',
  'docs',
  'src',
  'test',
  'bench',
  'tools',
  'deploy',
];
const SKIPPED = /(^|\/)(node_modules|dist|fixtures\/data-actions|\.tmp)(\/|$)|\.png$/;
const COMMENTS = /^\s*(\/\/|\/?\*|--|#)/;

function filesUnder(path: string): string[] {
  const relativePath = relative(ROOT, path);
  if (SKIPPED.test(relativePath)) return [];
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return [];
  if (stats.isFile()) return [relativePath];
  return readdirSync(path).flatMap((name) => filesUnder(join(path, name)));
}

function paragraphsOf(file: string, source: string): Paragraph[] {
  if (file.endsWith('.md')) return markdownParagraphs(source);
  if (file.endsWith('.lua')) return lineCommentParagraphs(source, '--');
  if (/\.(ya?ml|example|sh)$|^\.ci\/run$/.test(file)) return lineCommentParagraphs(source, '#');
  return /\.[cm]?[jt]s$/.test(file) ? codeParagraphs(source, file) : [];
}

/** Prose and comments end at column 100. Tables, links, code blocks and code keep their width. */
function columnFindings(file: string, source: string): Located[] {
  let inCode = false;
  return source.split('\n').flatMap((line, at): Located[] => {
    if (/^\s*```/.test(line)) inCode = !inCode;
    const isText = file.endsWith('.md') ? !inCode && !/^\s*(\||\[)/.test(line) : COMMENTS.test(line);
    if (!isText || line.length <= MAX_COLUMNS || /(https?:\/\/|\]\()\S{40,}/.test(line)) return [];
    const message = `${line.length} columns; allowed: ${MAX_COLUMNS}`;
    return [{ file, line: at + 1, rule: 'columns', message, text: line.trim().slice(0, 60) }];
  });
}

/** A long file says in a comment why it is long. */
function sizeFindings(file: string, source: string): Located[] {
  const lines = source.split('\n').length - 1;
  if (!file.endsWith('.ts') || lines <= MAX_LINES || source.includes(`exceeds ${MAX_LINES} lines`)) return [];
  const message = `${lines} lines; allowed: ${MAX_LINES}, or a comment "exceeds ${MAX_LINES} lines because …"`;
  return [{ file, line: 1, rule: 'size', message, text: '' }];
}

function headerFindings(file: string, source: string): Located[] {
  if (!file.endsWith('.lua')) return [];
  return luaHeaderFindings(source).map((finding) => ({ ...finding, file, rule: 'lua', text: '' }));
}

function findingsOf(file: string): Located[] {
  const source = readFileSync(join(ROOT, file), 'utf8');
  const sentences = paragraphsOf(file, source).flatMap(({ line, text, isProse }) =>
    checkParagraph(text, isProse).map((finding) => ({ ...finding, file, line, text: text.slice(0, 90) })),
  );
  const ofFile = [columnFindings, sizeFindings, headerFindings].flatMap((findings) => findings(file, source));
  return [...sentences, ...ofFile];
}

function isExcepted({ file, rule }: Located, exceptions: readonly Exception[]): boolean {
  return exceptions.some(
    (one) => one.rules.includes(rule) && (one.file.endsWith('/') ? file.startsWith(one.file) : file === one.file),
  );
}

const exceptions = JSON.parse(readFileSync(join(import.meta.dirname, 'exceptions.json'), 'utf8')) as Exception[];
const named = process.argv.slice(2);
const files = (named.length > 0 ? named.map((path) => resolve(path)) : ROOTS.map((path) => join(ROOT, path))).flatMap(
  filesUnder,
);
const findings = files.flatMap(findingsOf).filter((finding) => !isExcepted(finding, exceptions));
for (const { file, line, rule, message, text } of findings) {
  process.stdout.write(`${file}:${line} ${rule}: ${message}\n    ${text}\n`);
}
process.stdout.write(`${findings.length} findings in ${files.length} files\n`);
process.exitCode = findings.length > 0 ? 1 : 0;
