import { checkTotals, Unusable, type Plan } from './plan.ts';

interface Flag {
  readonly name: string;
  /** The value in the help; empty for a flag without a value. */
  readonly value: string;
  readonly meaning: string;
}

const FLAGS: readonly Flag[] = [
  { name: 'calls-per-second', value: '200', meaning: 'rate after the onset, 1 to 2000' },
  { name: 'for', value: '30s', meaning: 'duration of each of the two runs, 2s to 15m' },
  { name: 'onset', value: '6s', meaning: 'time in which the rate rises, 0s to --for; default a fifth of --for' },
  { name: 'repeat-share', value: '0.3', meaning: 'share of calls by callers who called before, 0 to 1' },
  { name: 'ivr-share', value: '0.7', meaning: 'share of callers in an IVR, 0 to 1; the others are for desktops' },
  { name: 'origin-latency', value: '300ms', meaning: 'median time of a call at the origin, 0ms to 60s' },
  { name: 'origin-capacity', value: '40', meaning: 'calls in flight above which the origin is slower, 1 to 10000' },
  { name: 'seed', value: '1', meaning: 'the same seed gives the same callers, 0 to 4294967295' },
  { name: 'config', value: 'my.yaml', meaning: 'your own lookups, with stand-ins for their systems' },
  { name: 'redis', value: 'redis://127.0.0.1:6379', meaning: 'a Redis for the entries; default in the process' },
  { name: 'target', value: 'http://127.0.0.1:3000', meaning: 'a running service; its key is in REHEARSE_API_KEY' },
  { name: 'target-is-mine', value: '', meaning: 'permits --target and --redis on other machines' },
  { name: 'out', value: 'rehearsal.svg', meaning: 'file of the picture' },
  { name: 'ops-picture', value: 'ops.png', meaning: 'file of a picture of the ops page in the last quarter' },
];

export const USAGE = [
  'Usage: npm run rehearse -- [flags]',
  ...FLAGS.map(({ name, value, meaning }) => `  --${`${name} ${value}`.padEnd(32)}  ${meaning}`),
].join('\n');

type Given = ReadonlyMap<string, string>;

/**
 * Reads the flags of a rehearsal.
 *
 * @throws {Unusable} with one line, for the first flag that cannot be used
 */
export function planOf(words: readonly string[]): Plan {
  const given = givenIn(words);
  const forMs = duration(given, 'for', '30s', [2000, 900_000]);
  const plan: Plan = {
    callsPerSecond: number(given, 'calls-per-second', '200', [1, 2000]),
    forMs,
    onsetMs: duration(given, 'onset', `${Math.round(forMs / 5)}ms`, [0, 900_000]),
    repeatShare: number(given, 'repeat-share', '0.3', [0, 1], 'any'),
    ivrShare: number(given, 'ivr-share', '0.7', [0, 1], 'any'),
    originLatencyMs: duration(given, 'origin-latency', '300ms', [0, 60_000]),
    originCapacity: number(given, 'origin-capacity', '40', [1, 10_000]),
    seed: number(given, 'seed', '1', [0, 0xffff_ffff]),
    configFile: given.get('config'),
    redisUrl: address(given, 'redis', ['redis:', 'rediss:']),
    target: address(given, 'target', ['http:', 'https:']),
    out: given.get('out') ?? 'rehearsal.svg',
    opsPicture: given.get('ops-picture'),
  };
  if (plan.target !== undefined && plan.redisUrl !== undefined)
    throw new Unusable('--redis has no effect on a service that runs already: leave out --redis or --target');
  if (plan.target !== undefined && plan.opsPicture !== undefined)
    throw new Unusable('--ops-picture needs the service of the rehearsal: leave out --ops-picture or --target');
  checkTotals(plan);
  return plan;
}

function givenIn(words: readonly string[]): Given {
  const given = new Map<string, string>();
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    const [, name = '', written] = /^--([^=]*)(?:=(.*))?$/.exec(word) ?? [];
    const flag = flagIn(word, name);
    if (given.has(name)) throw new Unusable(`--${name} is given twice; allowed: once`);
    if (flag.value === '') given.set(name, noValue(name, written));
    else given.set(name, valueIn(flag, written ?? words[++at] ?? ''));
  }
  return given;
}

function flagIn(word: string, name: string): Flag {
  const flag = FLAGS.find((one) => one.name === name);
  if (flag !== undefined) return flag;
  throw new Unusable(`unknown word ${word}; allowed: ${FLAGS.map((one) => `--${one.name}`).join(' ')}`);
}

function noValue(name: string, written: string | undefined): string {
  if (written !== undefined) throw new Unusable(`--${name} takes no value: ${written}`);
  return 'yes';
}

function valueIn({ name, value: example }: Flag, value: string): string {
  if (value !== '' && !value.startsWith('--')) return value;
  throw new Unusable(`--${name} lacks its value, such as ${example}`);
}

type Range = readonly [least: number, most: number];

function number(given: Given, name: string, fallback: string, [least, most]: Range, kind = 'whole'): number {
  const text = given.get(name) ?? fallback;
  const value = /^\d{1,10}(\.\d{1,6})?$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most && (kind === 'any' || Number.isInteger(value))) return value;
  const whole = kind === 'any' ? '' : ', whole';
  throw new Unusable(`--${name} is ${text}; allowed: ${least} to ${most}${whole}`);
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 };

function duration(given: Given, name: string, fallback: string, [leastMs, mostMs]: Range): number {
  const text = given.get(name) ?? fallback;
  const [, count, unit = ''] = /^(\d{1,6})(ms|s|m)$/.exec(text) ?? [];
  const ms = Number(count) * (UNITS[unit] ?? Number.NaN);
  if (ms >= leastMs && ms <= mostMs) return ms;
  throw new Unusable(`--${name} is ${text}; allowed: ${leastMs}ms to ${mostMs / 1000}s, such as 500ms, 30s or 2m`);
}

/** An address on another machine needs the word of its owner, because a rehearsal is a flood. */
function address(given: Given, name: string, protocols: readonly string[]): string | undefined {
  const text = given.get(name);
  if (text === undefined) return undefined;
  const url = URL.parse(text);
  if (url === null || !protocols.includes(url.protocol))
    throw new Unusable(
      `--${name} is no address; allowed: ${protocols.map((one) => `${one}//`).join(' or ')} and a host`,
    );
  if (!isLoopback(url.hostname) && !given.has('target-is-mine'))
    throw new Unusable(`--${name} is on another machine, ${url.hostname}; to load it on purpose, add --target-is-mine`);
  return text.replace(/\/+$/, '');
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}
