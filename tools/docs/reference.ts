/**
 * Writes the generated tables of `docs/reference`: `npm run docs:reference`. The tables come from
 * the built code (`dist`) and from its sources.
 *
 * With `--check` nothing is written; the exit code is 1 if a page is out of date.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { format, resolveConfig } from 'prettier';
import type { z } from 'zod';
import { logFieldsTable, metricsTable } from './application.ts';
import { replaceBlock } from './blocks.ts';
import { configurationTable } from './configuration.ts';
import { environmentTable } from './environment.ts';
import { errorCodesTable } from './error-codes.ts';
import { ROOT } from './source-files.ts';

const FOLDER = join(ROOT, 'docs/reference');

interface GeneratedPage {
  readonly file: string;
  readonly block: string;
  readonly content: () => string | Promise<string>;
}

const PAGES: readonly GeneratedPage[] = [
  { file: 'metrics.md', block: 'metrics', content: metricsTable },
  { file: 'logs.md', block: 'log-fields', content: logFieldsTable },
  { file: 'error-codes.md', block: 'error-codes', content: errorCodesTable },
  { file: 'environment.md', block: 'environment', content: environmentTable },
  {
    file: 'configuration.md',
    block: 'configuration',
    content: async () => {
      const path = pathToFileURL(join(ROOT, 'dist/config/sections/file.js')).href;
      const { fileSchema } = (await import(path)) as { readonly fileSchema: z.ZodType };
      return configurationTable(fileSchema);
    },
  },
];

async function pageText(path: string, { block, content }: GeneratedPage): Promise<string> {
  const text = replaceBlock(readFileSync(path, 'utf8'), block, await content());
  return format(text, { ...(await resolveConfig(path)), filepath: path });
}

const isCheck = process.argv.includes('--check');
for (const page of PAGES) {
  const path = join(FOLDER, page.file);
  const text = await pageText(path, page);
  if (text === readFileSync(path, 'utf8')) continue;
  if (isCheck) {
    process.stderr.write(`docs/reference/${page.file} is out of date: run npm run docs:reference\n`);
    process.exitCode = 1;
  } else {
    writeFileSync(path, text);
    process.stdout.write(`wrote docs/reference/${page.file}\n`);
  }
}
