import { afterAll, beforeAll, beforeEach, expect } from '@jest/globals';
import { startApp, type TestApp } from '../support/app.js';
import { ADA, declaration, type DeclarationChanges } from '../support/declaration.js';
import { eventually } from '../support/eventually.js';
import { get, post, type HttpAnswer } from '../support/http.js';
import { startOrigin, type OriginCall, type ScriptedOrigin } from '../support/origin.js';

type Inputs = Record<string, unknown>;
type Headers = Record<string, string>;

/** One origin that knows Ada, and the application in front of it. */
export interface Stage {
  readonly origin: ScriptedOrigin;
  readonly app: TestApp;
  /** POSTs the inputs to a lookup, `customer` unless another is named. */
  ask(inputs: Inputs, options?: { readonly lookup?: string; readonly headers?: Headers }): Promise<HttpAnswer>;
  /** GETs a path of the application. */
  get(path: string, headers?: Headers): Promise<HttpAnswer>;
  /** Asks `customer` until the answer has this source: keeping an answer happens behind it. */
  askUntil(source: string, inputs: Inputs): Promise<HttpAnswer>;
}

/** @param declared the origin's address is known only when it runs */
export function onStage(
  declared: DeclarationChanges | ((originUrl: string) => DeclarationChanges) = {},
  env: Record<string, string> | (() => Record<string, string>) = {},
): Stage {
  let origin: ScriptedOrigin;
  let app: TestApp;
  beforeAll(async () => {
    origin = await startOrigin(aboutAda);
    const changes = typeof declared === 'function' ? declared(origin.url) : declared;
    app = await startApp(declaration(origin.url, changes), typeof env === 'function' ? env() : env);
  });
  beforeEach(() => {
    origin.calls.length = 0;
    origin.answer(aboutAda);
  });
  afterAll(async () => {
    await app.stop();
    await origin.stop();
  });
  const stage: Stage = {
    get origin() {
      return origin;
    },
    get app() {
      return app;
    },
    ask: (inputs, { lookup = 'customer', headers } = {}) => post(`${app.url}/lookup/${lookup}`, inputs, headers),
    get: (path, headers) => get(app.url + path, headers),
    askUntil: (source, inputs) =>
      eventually(async () => {
        const answer = await stage.ask(inputs);
        expect(answer.json).toMatchObject({ source });
        return answer;
      }),
  };
  return stage;
}

/** Searches give a list, and an id gives the record itself. */
export function aboutAda({ url }: Pick<OriginCall, 'url'>): unknown {
  return url.startsWith('/api/v2/customers?') ? { results: [ADA] } : ADA;
}

let numbers = 15_550_100;

/** A number that no other test of the file has used. */
export function newPhone(): string {
  numbers += 1;
  return `+${numbers}`;
}

/** The members of a flat answer with the types of their values: what a flow's contract is made of. */
export function shapeOf(answer: HttpAnswer): [string, string][] {
  return Object.entries(answer.json ?? {}).map(([name, value]) => [name, value === null ? 'null' : typeof value]);
}
