import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { acceptCommands, NotRunning, sendWords } from '../../../tools/regions/control.js';
import { viewOf, type RegionReport, type RegionRow } from '../../../tools/regions/view.js';
import { commandIn, type Command } from '../../../tools/regions/words.js';

describe('the words of npm run regions', () => {
  it.each([
    [['cut', 'eu'], { kind: 'cut', region: 'eu' }],
    [['blackhole', 'ap'], { kind: 'blackhole', region: 'ap' }],
    [['heal', 'us'], { kind: 'heal', region: 'us' }],
    [['slow', 'eu', '70'], { kind: 'slow', region: 'eu', oneWayMs: 70 }],
    [['kill-broker'], { kind: 'kill-broker' }],
    [['start-broker'], { kind: 'start-broker' }],
    [['status'], { kind: 'status' }],
  ] as const)('are read as a command: %s', (words, command) => {
    expect(commandIn(words)).toEqual(command);
  });

  it('are no command if there are none', () => {
    expect(commandIn([])).toBeUndefined();
  });

  it.each([
    [['cutt', 'eu'], 'unknown command: cutt'],
    [['cut'], 'cut needs a region; allowed: us, eu, ap'],
    [['cut', 'mars'], 'unknown region: mars; allowed: us, eu, ap'],
    [['cut', 'eu', 'now'], 'cut takes no further words: now'],
    [['slow', 'eu'], 'slow needs a delay; allowed: 0 to 60000, in milliseconds'],
    [['slow', 'eu', '-1'], 'the delay is -1; allowed: 0 to 60000, in milliseconds'],
    [['slow', 'eu', '60001'], 'the delay is 60001; allowed: 0 to 60000, in milliseconds'],
    [['slow', 'eu', '7e1'], 'the delay is 7e1; allowed: 0 to 60000, in milliseconds'],
    [['status', 'eu'], 'status takes no further words: eu'],
  ])('that are wrong are named, with the usage: %s', (words, problem) => {
    expect(() => commandIn(words)).toThrow(problem);
    expect(() => commandIn(words)).toThrow('npm run regions -- cut eu');
  });
});

describe('commands of another terminal', () => {
  let folder: string;
  let socket: string;
  let stop: (() => Promise<void>) | undefined;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'datadip-control-'));
    socket = join(folder, 'control.sock');
  });
  afterEach(async () => {
    await stop?.();
    stop = undefined;
    await rm(folder, { recursive: true });
  });

  it('are carried out, and their text comes back', async () => {
    const carriedOut: Command[] = [];
    stop = await acceptCommands((command) => {
      carriedOut.push(command);
      return Promise.resolve('done');
    }, socket);

    expect(await sendWords(['cut', 'eu'], socket)).toBe('done');
    expect(carriedOut).toEqual([{ kind: 'cut', region: 'eu' }]);
  });

  it('that fail give the reason', async () => {
    stop = await acceptCommands(() => Promise.reject(new Error('Kafka runs')), socket);

    await expect(sendWords(['start-broker'], socket)).rejects.toThrow('Kafka runs');
    await expect(sendWords(['cut', 'mars'], socket)).rejects.toThrow('unknown region: mars');
  });

  it('without running regions say what to do', async () => {
    await expect(sendWords(['cut', 'eu'], socket)).rejects.toThrow(NotRunning);
    await expect(sendWords(['cut', 'eu'], socket)).rejects.toThrow('start them by "npm run regions"');
  });

  it('are accepted by one process of a user, also after a process that left its socket', async () => {
    stop = await acceptCommands(() => Promise.resolve(''), socket);
    await expect(acceptCommands(() => Promise.resolve(''), socket)).rejects.toThrow('run already');
    await stop();
    stop = undefined;

    const { writeFile } = await import('node:fs/promises');
    await writeFile(socket, '');
    stop = await acceptCommands(() => Promise.resolve('again'), socket);
    expect(await sendWords(['status'], socket)).toBe('again');
  });
});

describe('the view of the regions', () => {
  const report: RegionReport = {
    ...{
      heardAgeS: 0.93,
      heardFromS: new Map([
        ['us', 0.4],
        ['ap', 31.2],
      ]),
    },
    ...{ lag: 0, outbox: 2, gaps: 0, claims: 12, forwarded: 3 },
  };
  const row = (more: Partial<RegionRow> = {}): RegionRow => ({
    ...{ name: 'eu', url: 'http://127.0.0.1:3102', link: { kind: 'open', oneWayMs: 0 }, report },
    ...more,
  });
  const view = (rows: readonly RegionRow[]): string =>
    viewOf({
      ...{ at: new Date(0), sandboxUrl: 'http://127.0.0.1:3100', kafka: { address: '127.0.0.1:9092', running: true } },
      ...{ rows, notes: ['00:00:00  eu: note'], blindAfterS: 10, silentAfterS: 30 },
    }).join('\n');

  it('shows each region in a row, and silent regions in upper case', () => {
    expect(view([row()])).toMatch(/eu +http:\/\/127.0.0.1:3102 +open +AP 31 s {2}us 0.4 s +0.9 s ago +0 +2 +12 +3 +0/);
  });

  it.each([
    [{ kind: 'cut' }, 'CUT'],
    [{ kind: 'blackhole' }, 'BLACK HOLE'],
    [{ kind: 'open', oneWayMs: 70 }, '70 ms'],
  ] as const)('names the state of a link: %j', (link, text) => {
    expect(view([row({ link })])).toContain(text);
  });

  it('says that a region is blind, does not answer, or has heard nothing', () => {
    expect(view([row({ report: { ...report, heardAgeS: 12.4 } })])).toContain('12 s ago, BLIND');
    expect(view([row({ report: undefined })])).toContain('does not answer');
    expect(view([row({ report: { ...report, heardAgeS: undefined, heardFromS: new Map() } })])).toMatch(
      /nothing yet +not yet/,
    );
  });
});
