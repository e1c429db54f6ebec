import 'reflect-metadata';
import { basename, dirname } from 'node:path';
import { createApp } from '../app.pipeline.js';
import { ApiDocument } from '../modules/api-docs/api-document.js';
import { createRootLogs } from '../platform/logging/root-logger.js';
import { readArguments } from './arguments.js';
import { commandConfig, runCommand } from './command.js';
import { writeFiles } from './write-files.js';

const USAGE_LINE = 'npm run openapi [-- --out <file>]';
const OPTIONS = { out: { type: 'string', default: 'openapi.json' } } as const;

/**
 * Writes the document that `/docs-json` returns. The command opens no port and calls no other
 * system.
 */
async function main(): Promise<void> {
  const { out } = readArguments(process.argv.slice(2), OPTIONS, USAGE_LINE);
  const file = String(out);
  const config = { ...commandConfig(), redis: undefined };
  const app = await createApp(config, createRootLogs('silent', config.region));
  try {
    const text = await app.get(ApiDocument).text({ lookups: undefined });
    await writeFiles(dirname(file), [{ name: basename(file), text: `${text}\n` }]);
  } finally {
    await app.close();
  }
  process.stdout.write(`OpenAPI in ${file}\n`);
}

await runCommand('openapi', main);
