import { afterAll, beforeAll, beforeEach, expect } from '@jest/globals';
import type { TestApp } from '../support/app.js';
import { ADA, type DeclarationChanges } from '../support/declaration.js';
import { eventually } from '../support/eventually.js';
import type { HttpAnswer } from '../support/http.js';
import type { OriginCall, ScriptedOrigin } from '../support/origin.js';
import { startRegion, type Region } from '../support/region.js';

type Inputs = Record<string, unknown>;
type Headers = Record<string, string>;

/** A region of one process, and an origin that knows Ada. */
export interface Stage {
  readonly origin: ScriptedOrigin;
  readonly app: TestApp;
  /** POSTs the inputs to a lookup. Default: `customer`. */
  ask(inputs: Inputs, options?: { readonly lookup?: string; readonly headers?: Headers }): Promise<HttpAnswer>;
  get(path: string, headers?: Headers): Promise<HttpAnswer>;
  /**
   * Repeats the request to `customer` until the answer has this source.
   * Datadip stores an entry after it has sent the answer.
   */
  askUntil(source: string, inputs: Inputs): Promise<HttpAnswer>;
}

/**
 * Starts a region before the tests of a file and stops it after them.
 *
 * @param declared a function receives the address of the origin, which is known once it runs
 */
export function onStage(
  declared: DeclarationChanges | ((originUrl: string) => DeclarationChanges) = {},
  env: Record<string, string> | (() => Record<string, string>) = {},
): Stage {
  let region: Region<TestApp>;
  beforeAll(async () => {
    region = await startRegion({
      origin: aboutAda,
      declaration: declared,
      env: typeof env === 'function' ? env() : env,
    });
  });
  beforeEach(() => {
    region.origin.calls.length = 0;
    region.origin.answer(aboutAda);
  });
  afterAll(() => region.stop());
  const stage: Stage = {
    get origin() {
      return region.origin;
    },
    get app() {
      return region.process();
    },
    ask: (inputs, { lookup = 'customer', headers } = {}) => region.lookup(lookup, inputs, 0, headers),
    get: (path, headers) => region.get(path, 0, headers),
    askUntil: (source, inputs) =>
      eventually(async () => {
        const answer = await stage.ask(inputs);
        expect(answer.json).toMatchObject({ source });
        return answer;
      }),
  };
  return stage;
}

/** Answers a search with a list, and an id with the record. */
export function aboutAda({ url }: Pick<OriginCall, 'url'>): unknown {
  return url.startsWith('/api/v2/customers?') ? { results: [ADA] } : ADA;
}

let numbers = 15_550_100;

/** Returns a phone number that no other test of the file uses. */
export function newPhone(): string {
  numbers += 1;
  return `+${numbers}`;
}

/** Returns the keys of a flat answer with the types of their values: the contract of a flow. */
export function shapeOf(answer: HttpAnswer): [string, string][] {
  return Object.entries(answer.json ?? {}).map(([name, value]) => [name, value === null ? 'null' : typeof value]);
}
