import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import type { ReconcileConfig } from '../../../src/config/sections/agents.js';
import { ReconcileAgentsJob } from '../../../src/modules/agent-state/reconciliation/reconcile-agents.job.js';
import { startApp, type TestApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { get, raw } from '../../support/http.js';
import { GenesysScene } from './scene.js';

const AGENTS = 230;
/** The sandbox has deleted every hundredth of its agents. */
const AT_WORK = 228;
const RECONCILED: readonly ReconcileConfig[] = [
  { platform: 'genesys', system: 'genesys', tenant: '10001', everyMs: 3_600_000 },
  { platform: 'cxone', system: 'cxone', tenant: '10001', everyMs: 3_600_000 },
];

let scene: GenesysScene;
let app: TestApp;

function fileFor(sandboxUrl: string): string {
  const cxone = {
    ...{ type: 'cxone', loginUrl: sandboxUrl },
    ...{ accessKeyId: 'sandbox-key', accessKeySecret: 'sandbox-key-secret' },
  };
  return stringify({
    systems: {
      genesys: { auth: { type: 'genesys' } },
      cxone: { baseUrl: `${sandboxUrl}/inContactAPI/services/v27.0`, auth: cxone },
    },
    lookups: {
      profile: {
        key: [{ input: 'customerId', kind: 'id' }],
        origin: { system: 'genesys', path: '/api/v2/externalcontacts/contacts/{customerId}' },
        fields: { customerId: { type: 'string', from: 'id', default: '' } },
      },
    },
    agents: { reconcile: RECONCILED },
  });
}

beforeAll(async () => {
  scene = await GenesysScene.open();
  const control = (what: string, body: unknown) =>
    raw('PUT', `${scene.sandbox.url}/sandbox/${what}`, JSON.stringify(body));
  await control('agents', { count: AGENTS });
  await control('cxone/login', { latencyMs: 0, lifeS: 4 });
  await control('cxone/behaviour', { latencyMs: 0 });
  app = await startApp(fileFor(scene.sandbox.url), scene.env);
});
afterAll(async () => {
  await app.stop();
  await scene.stop();
});

describe.each(RECONCILED)('the agent directory of $platform', (directory) => {
  it('is read with a token', async () => {
    const done = await app.app.get(ReconcileAgentsJob).run(directory);
    expect(done).toEqual({ agents: AT_WORK, drifted: 0, gone: 0 });
    const { text } = await get(`${app.url}/metrics`);
    const left = new RegExp(
      `^datadip_token_expires_in_seconds\\{platform="${directory.platform}"\\} (\\S+)$`,
      'm',
    ).exec(text);
    expect(Number(left?.[1])).toBeGreaterThan(0);
  });
});

describe('the CXone token', () => {
  it('is requested with the access key once, and then with the refresh token', async () => {
    const routes = async () => {
      const { json } = await get(`${scene.sandbox.url}/sandbox/cxone/stats`);
      return (json?.login as { byRoute: Record<string, number> }).byRoute;
    };
    await eventually(async () => expect((await routes())['/public/user/refresh']).toBeGreaterThan(2));
    expect((await routes())['/authentication/v1/token/access-key']).toBe(1);
  });

  it('is requested with the access key again when the refresh token is refused', async () => {
    await raw('DELETE', `${scene.sandbox.url}/sandbox/cxone/tokens`);
    await eventually(async () => {
      const directory = { platform: 'cxone' as const, system: 'cxone', tenant: '10001', everyMs: 3 };
      expect(await app.app.get(ReconcileAgentsJob).run(directory)).toMatchObject({ gone: 0 });
    });
  });
});
