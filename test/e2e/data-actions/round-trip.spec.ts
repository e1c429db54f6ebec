import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Lifecycle } from '../../../src/platform/lifecycle/lifecycle.js';
import { eventually } from '../../support/eventually.js';
import { defaultsOf, KNOWN, oneByOne, SandboxScene, UNKNOWN } from './sandbox-scene.js';
import type { ExportedAction } from './platform/exported-action.js';
import type { Execution, FlowInputs } from './platform/genesys.js';
import type { Dialect } from './platform/tools.js';

/** Longer than the time-out of an action, for each of them. */
const HANG_WITHIN_MS = 60_000;

let scene: SandboxScene;

async function opened(cache?: Record<string, number>, env?: Record<string, string>): Promise<void> {
  scene = await SandboxScene.open(cache, env);
}

/** Runs every lookup's action, once with each of its inputs alone. */
async function everyLookup(
  values: FlowInputs,
  look: (action: ExportedAction, inputs: FlowInputs, lookup: string) => Promise<void>,
): Promise<void> {
  const lookups = await scene.lookups();
  expect(lookups.length).toBeGreaterThanOrEqual(4);
  for (const lookup of lookups) {
    const action = await scene.action(lookup);
    for (const inputs of oneByOne(action, values)) await look(action, inputs, lookup);
  }
}

function outputOf(execution: Execution): Readonly<Record<string, unknown>> {
  if (execution.path !== 'success') throw new Error(JSON.stringify(execution));
  return execution.output;
}

describe('every lookup, from its own file', () => {
  beforeAll(() => opened());
  afterAll(() => scene.stop());

  it('answers who is found, then from the cache', () =>
    everyLookup(KNOWN, async (action, inputs) => {
      const first = outputOf(await scene.execute(action, inputs));
      expect(first).toMatchObject({ contactFound: true, error: '' });
      await eventually(async () => {
        const again = outputOf(await scene.execute(action, inputs));
        expect(again).toMatchObject({ contactFound: true, source: 'cache', cacheHit: true });
        expect({ ...again, ...how(first) }).toEqual(first);
      });
    }));

  it('answers its defaults for whom nobody knows', () =>
    everyLookup(UNKNOWN, async (action, inputs) => {
      const output = outputOf(await scene.execute(action, inputs));
      expect(output).toEqual({ ...defaultsOf(action), ...how(output), error: '' });
      expect(output).toMatchObject({ contactFound: false });
    }));

  it.each<[string, Dialect, (action: ExportedAction) => FlowInputs]>([
    ['are unset', 'plain', () => ({})],
    ['are unset, for a wary platform', 'wary', () => ({})],
    ['are null', 'plain', (action) => each(action, null)],
    ['are empty', 'plain', (action) => each(action, '')],
    ['are blank', 'plain', (action) => each(action, '   ')],
  ])('answers that there is no key where all inputs %s', async (_, dialect, inputs) => {
    for (const lookup of await scene.lookups()) {
      const action = unrequired(await scene.action(lookup));
      const output = outputOf(await scene.execute(action, inputs(action), dialect));
      expect(output).toEqual({ ...defaultsOf(action), ...how(output), source: 'none', error: 'no_lookup_key' });
    }
  });

  it.each<Dialect>(['plain', 'wary'])('takes any text, and answers by the contract: %s', async (dialect) => {
    for (const text of TEXTS)
      await everyLookup(same(text), async (action, inputs) => {
        const output = outputOf(await scene.execute(action, inputs, dialect));
        expect(output).toMatchObject({ contactFound: false, source: expect.stringMatching(/^(none|origin|cache)$/) });
      });
  });

  it.each(['+1 555 0017', ' 15550017', '1-555-0017', 'tel:+15550017', 'sip:+15550017@example.com;user=phone'])(
    'knows a caller however a flow has the number: %j',
    async (ani) => {
      for (const lookup of await scene.lookups()) {
        const action = await scene.action(lookup);
        if (!Object.hasOwn(action.contract.input.inputSchema.properties, 'ani')) continue;
        for (const dialect of ['plain', 'wary'] as const)
          expect(outputOf(await scene.execute(action, { ani }, dialect))).toMatchObject({ customerId: 'c-17' });
      }
    },
  );

  it('of 10 KiB is no key, and where escaping makes more than 16 KiB of it, the flow fails at once', async () => {
    for (const [dialect, path] of [
      ['plain', 'success'],
      ['wary', 'failure'],
    ] as const)
      await everyLookup(same('愛'.repeat(3413)), async (action, inputs) => {
        const execution = await scene.execute(action, inputs, dialect);
        expect(execution).toMatchObject(
          path === 'success' ? { path, output: { error: 'no_lookup_key' } } : { path, status: 413 },
        );
      });
  });
});

describe('every lookup whose entries are old', () => {
  beforeAll(() => opened({ ttlMs: 1, staleMs: 3_600_000, notFoundTtlMs: 1, nearTtlMs: 0 }));
  afterAll(() => scene.stop());

  it('answers what it has, and says that it is stale', () =>
    everyLookup(KNOWN, async (action, inputs) => {
      const first = outputOf(await scene.execute(action, inputs));
      await eventually(async () => {
        const output = outputOf(await scene.execute(action, inputs));
        expect(output).toMatchObject({ contactFound: true, source: 'stale', cacheHit: true });
        expect({ ...output, ...how(first) }).toEqual(first);
      });
    }));
});

describe('every lookup whose system of record fails', () => {
  afterEach(() => scene.stop());

  it.each<[string, Record<string, unknown>, RegExp, string?]>([
    ['with errors', { failureRate: 1 }, /^(origin_error|circuit_open|origin_rate_limited)$/],
    [
      'by refusing us',
      { failureRate: 1, failureStatus: 429, retryAfterS: 1 },
      /^(origin_rate_limited|circuit_open|origin_error)$/,
    ],
    ['half-way', { closeHalfway: true }, /^(origin_error|circuit_open|origin_rate_limited)$/],
    ['by hanging', { hang: true }, /^(origin_timeout|circuit_open|origin_rate_limited|shed)$/, '500'],
  ])(
    'answers defaults and why, in time: %s',
    async (_, behaviour, error, DEADLINE_MS = '2500') => {
      await opened({}, { DEADLINE_MS });
      await scene.behave(behaviour);
      await everyLookup(KNOWN, async (action, inputs) => {
        const output = outputOf(await scene.execute(action, inputs));
        expect(output).toEqual({ ...defaultsOf(action), ...how(output), error: expect.stringMatching(error) });
        expect(output).toMatchObject({ contactFound: false, source: 'degraded', cacheHit: false });
      });
    },
    HANG_WITHIN_MS,
  );
});

describe('every lookup of a process that stops', () => {
  beforeAll(() => opened());
  afterAll(() => scene.stop());

  it('takes the flow to its failure path with 503', async () => {
    const actions = await Promise.all((await scene.lookups()).map((lookup) => scene.action(lookup)));
    scene.process().app.get(Lifecycle).stop();
    for (const action of actions)
      for (const inputs of oneByOne(action, KNOWN))
        expect(await scene.execute(action, inputs)).toEqual({
          path: 'failure',
          why: 'ACTION.REMOTE_ENDPOINT',
          status: 503,
        });
  });
});

/** No spelling of a number, an address or an id that anybody has. */
const TEXTS = [
  'say "hello"',
  'back\\slash \\" \\n \\u0041',
  '"}, {"ani": "+15550017',
  'a+b c+d',
  '${input.nothing} $!{credentials.apiKey} #end',
  "it's; <b>&amp;</b> %2B %00 / ../",
  'line\nbreak\ttab\u0000nul\u001bescape',
  'é愛😀\u2028\u202e',
];

/** What of an answer differs from one time to the next. */
function how({ source, cacheHit, latencyMs }: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return { source, cacheHit, latencyMs };
}

function same(value: string): FlowInputs {
  return Object.fromEntries(Object.keys(KNOWN).map((name) => [name, value]));
}

function each({ contract }: ExportedAction, value: string | null): FlowInputs {
  return Object.fromEntries(Object.keys(contract.input.inputSchema.properties).map((name) => [name, value]));
}

/** A flow that has nothing to give stops at the contract of a required input; here the template is tried all the same. */
function unrequired(action: ExportedAction): ExportedAction {
  const { required: _, ...inputSchema } = action.contract.input.inputSchema;
  return { ...action, contract: { ...action.contract, input: { inputSchema } } };
}
