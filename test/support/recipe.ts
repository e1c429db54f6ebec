import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { startSandbox, type Sandbox } from '../../src/sandbox/sandbox-server.js';
import { startApp, type TestApp } from './app.js';
import { eventually } from './eventually.js';
import { get, post, raw, type HttpAnswer } from './http.js';

const RECIPES = resolve(import.meta.dirname, '../../docs/recipes');

type Fields = Readonly<Record<string, unknown>>;
type Variables = Readonly<Record<string, string>>;
type Switches = Readonly<Record<string, unknown>>;

/** A recipe of `docs/recipes`, and the answers that it promises about the people of the sandbox. */
export interface RecipeTable {
  /** The variables of the recipe that name the system, its addresses at the sandbox. */
  readonly env: (sandboxUrl: string) => Variables | Promise<Variables>;
  /** The name of the vendor in the sandbox. Default: the name of the file. */
  readonly vendor?: string;
  /** Fields of `customer` for +15550000017, which is Ada Lovelace. */
  readonly ada: Fields;
  /** For o'brien23@example.com. */
  readonly apostrophe: Fields;
  /** For +15550000048, which two records have. */
  readonly duplicate: Fields;
  /** The lookup that takes e-mails. Default: `customer`. */
  readonly byEmail?: string;
  /** For a number that no record has. */
  readonly nobody: Fields;
  /** E-mails that a careless query would run. Each finds no customer, and the query is valid. */
  readonly injections: readonly string[];
  /** The failure of the system → `error` of the degraded answer. */
  readonly failures: readonly (readonly [title: string, switches: Switches, error: string])[];
  /** `false`: the credentials are constant, so no session expires. Default true. */
  readonly hasSessions?: boolean;
  /** An event about Ada, as the page of the recipe shows it. */
  readonly event: Fields;
}

export interface RecipeScene {
  readonly sandbox: Sandbox;
  readonly app: TestApp;
  /** Asks the lookup `customer`. */
  readonly dip: (inputs: Fields, lookup?: string) => Promise<HttpAnswer['json']>;
  /** Sends the event to a webhook of Datadip. */
  readonly sendEvent: (event: unknown, path?: string) => Promise<HttpAnswer>;
  /** Calls the vendor itself. */
  readonly vendor: (path: string, headers?: Record<string, string>) => Promise<HttpAnswer>;
  /** How often Datadip has logged in. */
  readonly logins: () => Promise<number>;
}

const KEYS = { ARCHITECT_API_KEY: 'key-of-architect', CRM_WEBHOOK_KEY: 'key-of-webhook' };

/**
 * Tests a recipe of `docs/recipes` unchanged: a whole application reads the file and asks the
 * strict stand-in of the sandbox.
 *
 * @param more further tests of the same scene
 */
export function describeRecipe(name: string, table: RecipeTable, more: (scene: RecipeScene) => void = () => undefined) {
  describe(`the recipe ${name}`, () => {
    const scene = openScene(name, table);
    testAnswers(scene, table);
    testFailures(scene, name, table);
    more(scene);
  });
}

function openScene(name: string, { env, vendor = name }: RecipeTable): RecipeScene {
  let sandbox: Sandbox;
  let app: TestApp;
  beforeAll(async () => {
    sandbox = await startSandbox({ port: 0, vendors: { latencyMs: 0 } });
    const text = await readFile(join(RECIPES, `${name}.yaml`), 'utf8');
    app = await startApp(text, { ...KEYS, ...(await env(sandbox.url)) });
  });
  afterEach(() => raw('DELETE', `${sandbox.url}/sandbox/${vendor}/behaviour`));
  afterAll(async () => {
    await app.stop();
    await sandbox.close();
  });
  return {
    get sandbox() {
      return sandbox;
    },
    get app() {
      return app;
    },
    dip: async (inputs, lookup = 'customer') =>
      (await post(`${app.url}/lookup/${lookup}`, inputs, { 'X-API-Key': KEYS.ARCHITECT_API_KEY })).json,
    sendEvent: (event, path = 'customer-updated') =>
      post(`${app.url}/webhook/${path}`, event, { 'X-API-Key': KEYS.CRM_WEBHOOK_KEY }),
    vendor: (path, headers) => get(`${sandbox.url}/${vendor}${path}`, headers),
    logins: async () => {
      const { json } = await get(`${sandbox.url}/sandbox/${vendor}/stats`);
      return (json?.login as { calls: number }).calls;
    },
  };
}

function testAnswers({ dip, sendEvent }: RecipeScene, table: RecipeTable): void {
  const { ada, apostrophe, duplicate, nobody, byEmail } = table;

  it('finds a customer under every spelling of the number', async () => {
    expect(await dip({ ani: '+15550000017' })).toMatchObject({
      contactFound: true,
      ...ada,
      source: 'origin',
      error: '',
    });
    expect(await dip({ ani: '(555) 000-0017' })).toMatchObject({ contactFound: true, ...ada, source: 'cache' });
    expect(await dip({ ani: '(555) 000-0020' })).toMatchObject({ contactFound: true, source: 'origin', error: '' });
  });

  it('finds a customer whose e-mail has an apostrophe', async () => {
    const answer = await dip({ email: "O'Brien23@example.com" }, byEmail);
    expect(answer).toMatchObject({ contactFound: true, ...apostrophe, source: 'origin', error: '' });
  });

  it.each(table.injections)('finds no customer by the e-mail %s', async (email) => {
    expect(await dip({ email }, byEmail)).toMatchObject({
      contactFound: false,
      ...nobody,
      source: 'origin',
      error: '',
    });
  });

  it('answers "not found" for a number that no record has', async () => {
    const answer = await dip({ ani: '+15559990000' });
    expect(answer).toMatchObject({ contactFound: false, ...nobody, source: 'origin', error: '' });
  });

  it('finds no customer for a number of another country with the same national digits', async () => {
    const answer = await dip({ ani: '+44 5550 000018' });
    expect(answer).toMatchObject({ contactFound: false, ...nobody, source: 'origin', error: '' });
  });

  it('answers as its page says if two records have the number', async () => {
    expect(await dip({ ani: '+15550000048' })).toMatchObject(duplicate);
  });

  it('loads a customer again after the event of the vendor', async () => {
    await dip({ ani: '+15550000017' });
    const sent = await sendEvent(table.event);
    expect([sent.status, sent.json]).toMatchObject([200, { invalidated: 1 }]);
    expect(await dip({ ani: '+15550000017' })).toMatchObject({ contactFound: true, ...ada, source: 'origin' });
  });
}

function testFailures(scene: RecipeScene, name: string, table: RecipeTable): void {
  const { failures, hasSessions = true, nobody, vendor = name } = table;
  let fresh = 100;
  /** The number of a customer whom no other test of the recipe asks for. */
  const freshNumber = (): string => {
    fresh += 1;
    return `+1555${String(fresh).padStart(7, '0')}`;
  };
  const control = (path: string): string => `${scene.sandbox.url}/sandbox/${vendor}/${path}`;

  const failed: string[] = [];

  it.each(failures)('gives a degraded answer if %s', async (_title, switches, error) => {
    const ani = freshNumber();
    failed.push(ani);
    await raw('PUT', control('behaviour'), JSON.stringify({ failureRate: 1, ...switches }));
    expect(await scene.dip({ ani })).toMatchObject({ contactFound: false, ...nobody, source: 'degraded', error });
  });

  it('finds every customer after a failure, because no failure is stored', async () => {
    const find = (ani: string): Promise<void> =>
      eventually(async () => expect(await scene.dip({ ani })).toMatchObject({ contactFound: true, source: 'origin' }));
    await Promise.all(failed.map(find));
  });

  if (!hasSessions) return;
  it('logs in once, and asks again, if the session has expired', async () => {
    const before = await scene.logins();
    await raw('DELETE', control('tokens'));
    const answers = await Promise.all([1, 2, 3].map(() => scene.dip({ ani: freshNumber() })));
    expect(answers).toMatchObject(answers.map(() => ({ contactFound: true, source: 'origin' })));
    expect(await scene.logins()).toBe(before + 1);
  });
}
