/**
 * Checks the links of the documents: relative links, their anchors, and paths and names of files in
 * backticks. Part of `npm run docs:check`; the exit code is 1 if a link does not resolve.
 */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileNamesOf, headingsOf, linksOf, pathsOf } from './markdown.ts';
import { ROOT } from './source-files.ts';

const PAGES = [
  'README.md',
  'SECURITY.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'bench/README.md',
  'src/sandbox/README.md',
  ...globSync('docs/**/*.md', { cwd: ROOT }).sort(),
];
/** A page may name a source file without its folder if the repository has a file of this name. */
const SOURCE_NAMES = new Set(
  globSync(['*.ts', '{src,test,bench,tools,deploy}/**/*.{ts,lua}'], { cwd: ROOT }).map((path) => basename(path)),
);

function problemsOf(page: string): string[] {
  const text = readFileSync(join(ROOT, page), 'utf8');
  const links = linksOf(text).flatMap((link) => brokenLink(page, link));
  const paths = pathsOf(text)
    .filter((path) => !existsSync(join(ROOT, path)))
    .map((path) => `\`${path}\` does not exist`);
  const names = fileNamesOf(text)
    .filter((name) => !SOURCE_NAMES.has(name))
    .map((name) => `no source file is named \`${name}\``);
  return [...links, ...paths, ...names].map((problem) => `${page}: ${problem}`);
}

function brokenLink(page: string, link: string): string[] {
  const [file = '', anchor] = link.split('#');
  const target = file === '' ? join(ROOT, page) : resolve(ROOT, dirname(page), file);
  if (!existsSync(target)) return [`${link} does not exist`];
  if (anchor === undefined || !target.endsWith('.md')) return [];
  const found = headingsOf(readFileSync(target, 'utf8')).includes(anchor);
  return found ? [] : [`${link}: ${relative(ROOT, target)} has no heading "${anchor}"`];
}

const problems = PAGES.flatMap(problemsOf);
for (const problem of problems) process.stderr.write(`${problem}\n`);
process.stdout.write(`${problems.length} broken links in ${PAGES.length} pages\n`);
process.exitCode = problems.length > 0 ? 1 : 0;
