/** A command for the running regions. */
export type Command =
  | { readonly kind: 'cut' | 'blackhole' | 'heal'; readonly region: string }
  | { readonly kind: 'slow'; readonly region: string; readonly oneWayMs: number }
  | { readonly kind: 'kill-broker' | 'start-broker' | 'status' };

/** A command line that cannot be carried out. Its message ends with the usage. */
export class UsageError extends Error {
  constructor(problem: string) {
    super(`${problem}\n\n${USAGE}`);
  }
}

export const REGIONS: readonly string[] = ['us', 'eu', 'ap'];

const MAX_DELAY_MS = 60_000;

const COMMANDS = [
  ['', 'starts three regions; Ctrl-C ends everything'],
  ['-- cut eu', 'resets the connections of eu, and refuses new ones'],
  ['-- blackhole eu', 'holds everything that eu sends and receives'],
  ['-- slow eu 70', 'delays what eu sends and receives by 70 ms each way'],
  ['-- heal eu', 'opens the connections of eu, without a delay'],
  ['-- kill-broker', 'kills Kafka'],
  ['-- start-broker', 'starts Kafka again, with its data'],
  ['-- status', 'prints the view once'],
] as const;

export const USAGE = [
  'Usage:',
  ...COMMANDS.map(([words, meaning]) => `  npm run regions ${words.padEnd(16)}  ${meaning}`),
  `Regions: ${REGIONS.join(', ')}`,
].join('\n');

/**
 * Reads the words of a command line.
 *
 * @returns `undefined` if there are none
 * @throws {UsageError}
 */
export function commandIn(words: readonly string[]): Command | undefined {
  const [name, ...rest] = words;
  switch (name) {
    case undefined:
      return undefined;
    case 'cut':
    case 'blackhole':
    case 'heal':
      return { kind: name, region: regionIn(name, rest, 1) };
    case 'slow':
      return { kind: name, region: regionIn(name, rest, 2), oneWayMs: delayIn(rest[1]) };
    case 'kill-broker':
    case 'start-broker':
    case 'status':
      if (rest.length > 0) throw new UsageError(`${name} takes no further words: ${rest.join(' ')}`);
      return { kind: name };
    default:
      throw new UsageError(`unknown command: ${name}`);
  }
}

function regionIn(command: string, words: readonly string[], count: number): string {
  const [region] = words;
  if (region === undefined) throw new UsageError(`${command} needs a region; allowed: ${REGIONS.join(', ')}`);
  if (!REGIONS.includes(region)) throw new UsageError(`unknown region: ${region}; allowed: ${REGIONS.join(', ')}`);
  const further = words.slice(count);
  if (further.length > 0) throw new UsageError(`${command} takes no further words: ${further.join(' ')}`);
  return region;
}

function delayIn(word: string | undefined): number {
  const delayMs = word !== undefined && /^\d{1,6}$/.test(word) ? Number(word) : Number.NaN;
  if (delayMs <= MAX_DELAY_MS) return delayMs;
  const given = word === undefined ? 'slow needs a delay' : `the delay is ${word}`;
  throw new UsageError(`${given}; allowed: 0 to ${MAX_DELAY_MS}, in milliseconds`);
}
