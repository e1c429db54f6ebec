import { baseUrlComplaint, trimmedBaseUrl } from '../modules/data-actions/base-url.js';
import { DataActions } from '../modules/data-actions/data-actions.js';
import { readArguments, type Given } from './arguments.js';
import { CommandFailure, configured, runCommand, USAGE } from './command.js';
import { writeFiles } from './write-files.js';

const CALLED = 'npm run data-actions -- --base-url https://… --out <dir> [--allow-http]';
const OPTIONS = {
  'base-url': { type: 'string' },
  out: { type: 'string' },
  'allow-http': { type: 'boolean' },
} as const;

/** Writes the Data Actions of the configured file, for whoever imports them or keeps them beside their flows. */
async function main(): Promise<void> {
  const given = readArguments(process.argv.slice(2), OPTIONS, CALLED);
  const baseUrl = wanted(given, 'base-url');
  const directory = wanted(given, 'out');
  const complaint = baseUrlComplaint(baseUrl, given['allow-http'] === true);
  if (complaint !== undefined) throw new CommandFailure(USAGE, `--base-url ${complaint}${hint(complaint)}`);
  const config = configured();
  const { files } = new DataActions(config.lookups, config.callers, config);
  const texts = files.map(({ fileName, text }) => ({ name: fileName, text: text(trimmedBaseUrl(baseUrl)) }));
  await writeFiles(directory, texts);
  process.stdout.write(`${files.length} Data Actions in ${directory}\n`);
}

function wanted(given: Given, name: keyof typeof OPTIONS): string {
  const value = given[name];
  if (typeof value !== 'string' || value === '')
    throw new CommandFailure(USAGE, `--${name} is missing\nusage: ${CALLED}`);
  return value;
}

function hint(complaint: string): string {
  return complaint.startsWith('must be https') ? ' (--allow-http lets it pass, for a trial)' : '';
}

await runCommand('data-actions', main);
