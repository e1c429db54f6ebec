import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AgentScene } from '../agents/scene.js';
import { ADA_ANSWER } from '../../support/declaration.js';
import { raw } from '../../support/http.js';
import { newPhone, onStage } from '../stage.js';
import { downloadAction } from './platform/actions.js';
import type { ExportedAction } from './platform/exported-action.js';
import { Genesys, type FlowInputs } from './platform/genesys.js';

/** Data Actions as administrators write them without Datadip's files. */
describe('a hand-written Data Action', () => {
  const stage = onStage();
  let exported: ExportedAction;
  beforeAll(async () => {
    exported = await downloadAction(stage.app.url, 'customer');
  });

  function written(requestTemplate: string, headers: Record<string, string> = {}): ExportedAction {
    const { config } = exported;
    const request = { ...config.request, requestTemplate, headers: { ...config.request.headers, ...headers } };
    return { ...exported, config: { ...config, request } };
  }

  const read = (query: string): ExportedAction => {
    const request = { ...exported.config.request, requestType: 'GET' };
    const requestUrlTemplate = `${stage.app.url}/lookup/customer?${query}`;
    return { ...exported, config: { ...exported.config, request: { ...request, requestUrlTemplate } } };
  };

  const run = (action: ExportedAction, inputs: FlowInputs) =>
    new Genesys({ apiKey: 'sandbox' }).execute(action, inputs);

  it.each([
    '{"ani": "${input.ani}", "email": "${input.email}"}',
    '{"ani": "$input.ani", "email": "$!{input.email}"}',
    '{"ani": "$esc.jsonString(${input.ani})", "email": "$esc.jsonEncode(${input.email})"}',
    '{"ani": "$esc.jsonString("${input.ani}")", "email": "$esc.jsonEncode("$input.email")"}',
    '${input.rawRequest}',
  ])('sends no value for an unset input, whatever its template prints: %s', async (template) => {
    expect(await run(written(template), {})).toMatchObject({
      path: 'success',
      output: { contactFound: false, source: 'none', error: 'no_lookup_key' },
    });
    const email = `${newPhone().slice(1)}@example.com`;
    expect(await run(written(template), { email })).toMatchObject({ path: 'success', output: ADA_ANSWER });
    expect(await run(written(template), { ani: newPhone() })).toMatchObject({ path: 'success', output: ADA_ANSWER });
  });

  it.each(['ani=$esc.url("${input.ani}")', 'ani=$esc.uriEncode(${input.ani})', 'ani=${input.ani}'])(
    'may send a GET request with an unescaped phone number: %s',
    async (query) => {
      const ani = newPhone();
      expect(await run(read(query), { ani })).toMatchObject({ path: 'success', output: ADA_ANSWER });
      const [call] = stage.origin.calls;
      expect(new URLSearchParams(call?.url.split('?')[1]).get('phone')).toBe(ani);
    },
  );

  it('may send inputs that the platform fills in', async () => {
    const reserved = '"orgId": "o-1", "integrationId": "i-1", "rawRequest": "{}", "contactFound": true, "tenantId": ""';
    const action = written(`{"ani": "\${input.ani}", ${reserved}}`);
    expect(await run(action, { ani: newPhone() })).toMatchObject({ path: 'success', output: ADA_ANSWER });
  });

  it.each(['application/json', 'application/json; charset=utf-8', 'text/json', '*/*', 'application/vnd.api+json', ''])(
    'receives JSON for any Accept header: %j',
    async (accept) => {
      const answer = await raw('POST', `${stage.app.url}/lookup/customer`, JSON.stringify({ ani: newPhone() }), {
        accept,
        'transfer-encoding': 'chunked',
      });
      expect(answer).toMatchObject({ status: 200, json: ADA_ANSWER });
      expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
      const refused = await raw('POST', `${stage.app.url}/lookup/customer`, '[]', { accept });
      expect(refused.json).toMatchObject({ code: 'not_an_object' });
    },
  );

  it('causes one call to the system of record if the platform repeats its request', async () => {
    const ani = newPhone();
    const hold = stage.origin.hold();
    const executions = [1, 2, 3].map(() => run(exported, { ani }));
    await hold.arrived(1);
    hold.open();
    for (const execution of await Promise.all(executions)) expect(execution).toMatchObject({ output: ADA_ANSWER });
    expect(stage.origin.count).toBe(1);
  });
});

describe('the Data Actions for agents', () => {
  let scene: AgentScene;
  const platform = new Genesys({ apiKey: 'desk-key' });
  const actions = new Map<string, ExportedAction>();
  beforeAll(async () => {
    scene = await AgentScene.open({ store: 'memory' });
    for (const name of ['available', 'confirm', 'release'])
      actions.set(name, await downloadAction(scene.url(''), `agents-${name}`, scene.headers()));
    await scene.makeAvailable('agent-1', 'queue-1', 1);
    await scene.makeAvailable('agent-2', 'queue-1', 2);
  });
  afterAll(() => scene.stop());

  async function run(name: string, inputs: FlowInputs): Promise<Record<string, unknown>> {
    const action = actions.get(name);
    if (action === undefined) throw new Error(`no action ${name}`);
    const execution = await platform.execute(action, { tenantId: scene.tenant, ...inputs });
    return execution.path === 'success' ? { ...execution.output } : execution;
  }

  it('claim, confirm and release an agent, and return the same claim to a repeated request', async () => {
    const inputs = { queueId: 'queue-1', callId: 'call "1" + \\ 愛' };
    const claimed = await run('available', inputs);
    expect(claimed).toMatchObject({ agentFound: true, agentId: 'agent-1', queueId: 'queue-1', error: '' });
    for (let again = 0; again < 2; again++)
      expect(await run('available', inputs)).toMatchObject({ agentId: 'agent-1', lockToken: claimed.lockToken });

    const lock = { agentId: String(claimed.agentId), lockToken: String(claimed.lockToken) };
    expect(await run('confirm', lock)).toMatchObject({ agentId: 'agent-1', confirmed: true });
    expect(await run('confirm', lock)).toMatchObject({ confirmed: true });
    expect(await run('release', { ...lock, outcome: 'ended' })).toEqual({ agentId: 'agent-1', released: true });
    expect(await run('release', { ...lock, outcome: 'ended' })).toMatchObject({ path: 'failure', status: 409 });
  });

  it('find no agent in an unknown queue, and fail for a wrong lock token', async () => {
    expect(await run('available', { queueId: 'a b/c?d=+', callId: 'call-2' })).toMatchObject({
      agentFound: false,
      agentId: '',
      lockToken: '',
    });
    expect(await run('confirm', { agentId: 'agent-2', lockToken: 'none' })).toMatchObject({ status: 409 });
  });

  it('are rejected by their contract if an input is missing or an outcome is unknown', async () => {
    expect(await run('available', { queueId: 'queue-1' })).toMatchObject({ why: expect.stringMatching(/^input: /) });
    const wrong = { agentId: 'agent-1', lockToken: 'x', outcome: 'gone' };
    expect(await run('release', wrong)).toMatchObject({ why: expect.stringMatching(/^input: .*allowed values/) });
  });

  it.each(['${input.callId}', '$esc.uriEncode(${input.callId})', '$esc.url("${input.callId}")', ''])(
    'do not treat the placeholder of an unset call as a call id: %j',
    async (callId) => {
      const queue = `queue-of-${Buffer.from(callId).toString('hex').slice(0, 40)}`;
      for (const agent of ['a', 'b']) await scene.makeAvailable(`${agent}-${queue}`.slice(0, 64), queue);
      const ask = () => scene.claim(`queueId=${queue}&callId=${encodeURIComponent(callId)}`);
      const claims = [await ask(), await ask()];
      expect(new Set(claims.map(({ json }) => json?.agentId)).size).toBe(2);
    },
  );
});
