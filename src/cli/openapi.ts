import 'reflect-metadata';
import { basename, dirname } from 'node:path';
import { createApp } from '../app.pipeline.js';
import { ApiDocument } from '../modules/api-docs/api-document.js';
import { createRootLogs } from '../platform/logging/root-logger.js';
import { readArguments } from './arguments.js';
import { configured, runCommand } from './command.js';
import { writeFiles } from './write-files.js';

const CALLED = 'npm run openapi [-- --out <file>]';
const OPTIONS = { out: { type: 'string', default: 'openapi.json' } } as const;

/** Writes the description that `/docs-json` gives. Nothing is listened on, and neither a store nor a system of record is asked. */
async function main(): Promise<void> {
  const { out } = readArguments(process.argv.slice(2), OPTIONS, CALLED);
  const file = String(out);
  const config = { ...configured(), redis: undefined };
  const app = await createApp(config, createRootLogs('silent', config.region));
  try {
    const text = await app.get(ApiDocument).text();
    await writeFiles(dirname(file), [{ name: basename(file), text: `${text}\n` }]);
  } finally {
    await app.close();
  }
  process.stdout.write(`OpenAPI in ${file}\n`);
}

await runCommand('openapi', main);
