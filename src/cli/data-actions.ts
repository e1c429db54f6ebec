import { baseUrlComplaint, trimmedBaseUrl } from '../modules/data-actions/base-url.js';
import { DataActions } from '../modules/data-actions/data-actions.js';
import { readArguments, type OptionValues } from './arguments.js';
import { CommandFailure, commandConfig, runCommand, USAGE } from './command.js';
import { writeFiles } from './write-files.js';

const USAGE_LINE = 'npm run data-actions -- --base-url https://… --out <dir> [--allow-http]';
const OPTIONS = {
  'base-url': { type: 'string' },
  out: { type: 'string' },
  'allow-http': { type: 'boolean' },
} as const;

/** Writes the Data Actions of the configured file, to import into Genesys Cloud. */
async function main(): Promise<void> {
  const options = readArguments(process.argv.slice(2), OPTIONS, USAGE_LINE);
  const baseUrl = required(options, 'base-url');
  const directory = required(options, 'out');
  const complaint = baseUrlComplaint(baseUrl, options['allow-http'] === true);
  if (complaint !== undefined) throw new CommandFailure(USAGE, `--base-url ${complaint}${hint(complaint)}`);
  const config = commandConfig();
  const { files } = new DataActions(config.lookups, config.composedLookups, config.callers, config);
  const texts = files.map(({ fileName, text }) => ({ name: fileName, text: text(trimmedBaseUrl(baseUrl)) }));
  await writeFiles(directory, texts);
  process.stdout.write(`${files.length} Data Actions in ${directory}\n`);
}

function required(options: OptionValues, name: keyof typeof OPTIONS): string {
  const value = options[name];
  if (typeof value !== 'string' || value === '')
    throw new CommandFailure(USAGE, `--${name} is missing\nusage: ${USAGE_LINE}`);
  return value;
}

function hint(complaint: string): string {
  return complaint.startsWith('must be https') ? ' (--allow-http permits http, for a trial)' : '';
}

await runCommand('data-actions', main);
