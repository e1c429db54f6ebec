import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Lifecycle } from '../../../src/platform/lifecycle/lifecycle.js';
import { eventually } from '../../support/eventually.js';
import { defaultsOf, KNOWN_CUSTOMER, singleInputs, SandboxScene, UNKNOWN_CUSTOMER } from './sandbox-scene.js';
import type { ExportedAction } from './platform/exported-action.js';
import type { Execution, FlowInputs } from './platform/genesys.js';
import type { Dialect } from './platform/tools.js';

/** Longer than the timeouts of all actions together. */
const HANG_WITHIN_MS = 60_000;

let scene: SandboxScene;

async function openScene(cache?: Record<string, number>, env?: Record<string, string>): Promise<void> {
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
    for (const inputs of singleInputs(action, values)) await look(action, inputs, lookup);
  }
}

function outputOf(execution: Execution): Readonly<Record<string, unknown>> {
  if (execution.path !== 'success') throw new Error(JSON.stringify(execution));
  return execution.output;
}

describe('the Data Action of every lookup', () => {
  beforeAll(() => openScene());
  afterAll(() => scene.stop());

  it('returns a known customer, then the same values from the cache', () =>
    everyLookup(KNOWN_CUSTOMER, async (action, inputs) => {
      const first = outputOf(await scene.execute(action, inputs));
      expect(first).toMatchObject({ contactFound: true, error: '' });
      await eventually(async () => {
        const again = outputOf(await scene.execute(action, inputs));
        expect(again).toMatchObject({ contactFound: true, source: 'cache', cacheHit: true });
        expect({ ...again, ...originOf(first) }).toEqual(first);
      });
    }));

  it('returns the declared defaults for an unknown customer', () =>
    everyLookup(UNKNOWN_CUSTOMER, async (action, inputs) => {
      const output = outputOf(await scene.execute(action, inputs));
      expect(output).toEqual({ ...defaultsOf(action), ...originOf(output), error: '' });
      expect(output).toMatchObject({ contactFound: false });
    }));

  it.each<[string, Dialect, (action: ExportedAction) => FlowInputs]>([
    ['are unset', 'plain', () => ({})],
    ['are unset in the ascii dialect', 'ascii', () => ({})],
    ['are null', 'plain', (action) => each(action, null)],
    ['are empty', 'plain', (action) => each(action, '')],
    ['are blank', 'plain', (action) => each(action, '   ')],
  ])('returns no_lookup_key if all inputs %s', async (_, dialect, inputs) => {
    for (const lookup of await scene.lookups()) {
      const action = withoutRequired(await scene.action(lookup));
      const output = outputOf(await scene.execute(action, inputs(action), dialect));
      expect(output).toEqual({ ...defaultsOf(action), ...originOf(output), source: 'none', error: 'no_lookup_key' });
    }
  });

  it.each<Dialect>(['plain', 'ascii'])(
    'accepts any text and returns a valid output, in the %s dialect',
    async (dialect) => {
      for (const text of TEXTS)
        await everyLookup(same(text), async (action, inputs) => {
          const output = outputOf(await scene.execute(action, inputs, dialect));
          expect(output).toMatchObject({ contactFound: false, source: expect.stringMatching(/^(none|origin|cache)$/) });
        });
    },
  );

  it.each(['+1 555 0017', ' 15550017', '1-555-0017', 'tel:+15550017', 'sip:+15550017@example.com;user=phone'])(
    'finds a customer by a phone number in the format %j',
    async (ani) => {
      for (const lookup of await scene.lookups()) {
        const action = await scene.action(lookup);
        if (!Object.hasOwn(action.contract.input.inputSchema.properties, 'ani')) continue;
        for (const dialect of ['plain', 'ascii'] as const)
          expect(outputOf(await scene.execute(action, { ani }, dialect))).toMatchObject({ customerId: 'c-17' });
      }
    },
  );

  it('returns no_lookup_key for an input of 10 KiB, and fails at once for a body above 16 KiB', async () => {
    for (const [dialect, path] of [
      ['plain', 'success'],
      ['ascii', 'failure'],
    ] as const)
      await everyLookup(same('愛'.repeat(3413)), async (action, inputs) => {
        const execution = await scene.execute(action, inputs, dialect);
        expect(execution).toMatchObject(
          path === 'success' ? { path, output: { error: 'no_lookup_key' } } : { path, status: 413 },
        );
      });
  });
});

describe('the Data Action of a lookup with stale entries', () => {
  beforeAll(() => openScene({ ttlMs: 1, staleMs: 3_600_000, notFoundTtlMs: 1, nearTtlMs: 0 }));
  afterAll(() => scene.stop());

  it('returns the stale entry with the source stale', () =>
    everyLookup(KNOWN_CUSTOMER, async (action, inputs) => {
      const first = outputOf(await scene.execute(action, inputs));
      await eventually(async () => {
        const output = outputOf(await scene.execute(action, inputs));
        expect(output).toMatchObject({ contactFound: true, source: 'stale', cacheHit: true });
        expect({ ...output, ...originOf(first) }).toEqual(first);
      });
    }));
});

describe('the Data Action of a lookup whose system of record fails', () => {
  afterEach(() => scene.stop());

  it.each<[string, Record<string, unknown>, RegExp, string?]>([
    ['returns errors', { failureRate: 1 }, /^(origin_error|circuit_open|origin_rate_limited)$/],
    [
      'returns 429',
      { failureRate: 1, failureStatus: 429, retryAfterS: 1 },
      /^(origin_rate_limited|circuit_open|origin_error)$/,
    ],
    ['breaks off its answers', { closeHalfway: true }, /^(origin_error|circuit_open|origin_rate_limited)$/],
    ['never answers', { hang: true }, /^(origin_timeout|circuit_open|origin_rate_limited|shed)$/, '500'],
  ])(
    'returns the defaults and the reason before the deadline if the system of record %s',
    async (_, behaviour, error, DEADLINE_MS = '2500') => {
      await openScene({}, { DEADLINE_MS });
      await scene.behave(behaviour);
      await everyLookup(KNOWN_CUSTOMER, async (action, inputs) => {
        const output = outputOf(await scene.execute(action, inputs));
        expect(output).toEqual({ ...defaultsOf(action), ...originOf(output), error: expect.stringMatching(error) });
        expect(output).toMatchObject({ contactFound: false, source: 'degraded', cacheHit: false });
      });
    },
    HANG_WITHIN_MS,
  );
});

describe('the Data Action of every lookup while the process stops', () => {
  beforeAll(() => openScene());
  afterAll(() => scene.stop());

  it('ends on the failure path with status 503', async () => {
    const actions = await Promise.all((await scene.lookups()).map((lookup) => scene.action(lookup)));
    scene.process().app.get(Lifecycle).stop();
    for (const action of actions)
      for (const inputs of singleInputs(action, KNOWN_CUSTOMER))
        expect(await scene.execute(action, inputs)).toEqual({
          path: 'failure',
          why: 'ACTION.REMOTE_ENDPOINT',
          status: 503,
        });
  });
});

/** Texts that are no phone number, e-mail address or id of a customer. */
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

/**
 * The members of an output that differ between two executions. Only composed lookups have the last
 * two.
 */
function originOf(output: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { source, cacheHit, latencyMs, partial, missing } = output;
  return { source, cacheHit, latencyMs, partial, missing };
}

function same(value: string): FlowInputs {
  return Object.fromEntries(Object.keys(KNOWN_CUSTOMER).map((name) => [name, value]));
}

function each({ contract }: ExportedAction, value: string | null): FlowInputs {
  return Object.fromEntries(Object.keys(contract.input.inputSchema.properties).map((name) => [name, value]));
}

/**
 * Returns the action with no required inputs. The contract of a required input would end a flow
 * without inputs before the template is rendered.
 */
function withoutRequired(action: ExportedAction): ExportedAction {
  const { required: _, ...inputSchema } = action.contract.input.inputSchema;
  return { ...action, contract: { ...action.contract, input: { inputSchema } } };
}
