import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'prettier';
import { BENCH } from './places.ts';

const FILE = join(BENCH, 'results.md');
const HEAD = '# Results\n\nWritten by `node bench/run.ts --write`; each section by the run named under its title.\n';

/** Replaces the sections of the same titles and keeps the others, in the order of their titles. */
export async function writeResults(found: ReadonlyMap<string, string>): Promise<void> {
  const sections = new Map([...sectionsIn(existsSync(FILE) ? readFileSync(FILE, 'utf8') : ''), ...found]);
  const sorted = [...sections].sort(([a], [b]) => a.localeCompare(b));
  const text = [HEAD, ...sorted.map(([title, body]) => `## ${title}\n\n${body.trim()}\n`)].join('\n');
  writeFileSync(FILE, await format(text, { parser: 'markdown', printWidth: 120 }));
}

function sectionsIn(text: string): Map<string, string> {
  const [, ...sections] = text.split(/^## /m);
  return new Map(
    sections.map((section) => [section.slice(0, section.indexOf('\n')), section.slice(section.indexOf('\n'))]),
  );
}
