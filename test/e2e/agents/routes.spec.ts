/** This file exceeds 220 lines because its tests share their helpers. */

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { HttpAnswer } from '../../support/http.js';
import { AgentScene, STORE_KINDS } from './scene.js';

const NO_AGENT = { agentFound: false, agentId: '', lockToken: '', fence: 0, lockExpiresInMs: 0, error: '' };

function expectProblem(answer: HttpAnswer, status: number, code?: string): void {
  expect(answer.status).toBe(status);
  expect(answer.headers['content-type']).toContain('application/problem+json');
  expect(answer.json).toMatchObject({ status, code: code ?? expect.any(String) });
}

describe.each(STORE_KINDS)('with %s', (_name, stores, other) => {
  let scene: AgentScene;
  beforeAll(async () => {
    scene = await AgentScene.open({ store: stores() });
  });
  afterAll(() => scene.stop());

  const queue = (): string => `q-${randomUUID()}`;
  const agent = (): string => randomUUID();
  const lockOf = ({ json }: HttpAnswer): string => String(json?.lockToken);

  describe('GET /agents/available', () => {
    it('claims an agent and returns a fixed set of keys', async () => {
      const [a, q] = [agent(), queue()];
      await scene.makeAvailable(a, q);
      const { status, json, headers } = await scene.claim(`queueId=${q}&callId=c-${q}`);
      expect(status).toBe(200);
      expect(headers['cache-control']).toBe('no-store');
      expect(json).toEqual({
        ...{ agentFound: true, agentId: a, queueId: q, error: '', region: scene.name },
        ...{ lockToken: expect.any(String), fence: expect.any(Number), lockExpiresInMs: 10_000 },
      });
      expect((await scene.claim(`queueId=${q}`, other)).json).toEqual({ ...NO_AGENT, queueId: q, region: scene.name });
    });

    it('returns the same agent for a repeated request, in another process too', async () => {
      const q = queue();
      for (let count = 0; count < 3; count += 1) await scene.makeAvailable(agent(), q);
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, at) => scene.claim(`queueId=${q}&callId=${q}`, at % 2 === 0 ? 0 : other)),
      );
      expect(
        new Set(answers.map(({ json }) => `${String(json?.agentId)} ${lockOf({ json } as HttpAnswer)}`)).size,
      ).toBe(1);
      expect(answers.every(({ json }) => Number(json?.lockExpiresInMs) > 0)).toBe(true);
    });

    it('returns a different agent to each concurrent request', async () => {
      const q = queue();
      for (let count = 0; count < 8; count += 1) await scene.makeAvailable(agent(), q);
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, at) => scene.claim(`queueId=${q}`, at % 2 === 0 ? 0 : other)),
      );
      const found = answers.filter(({ json }) => json?.agentFound).map(({ json }) => json?.agentId);
      expect(found).toHaveLength(8);
      expect(new Set(found).size).toBe(8);
    });

    it.each(['', 'queueId=', 'queueId=%24%7Binput.queueId%7D', 'queueId=%24!%7Binput.queueId%7D'])(
      'finds no agent without a queue: %j',
      async (query) => {
        const { status, json } = await scene.claim(query);
        expect(status).toBe(200);
        expect(json).toEqual({ ...NO_AGENT, queueId: '', error: 'no_queue', region: scene.name });
      },
    );

    it.each(['nowhere', 'a%3Ab', 'x'.repeat(65)])('finds no agent in an unknown queue: %s', async (q) => {
      expect((await scene.claim(`queueId=${q}`)).json).toMatchObject(NO_AGENT);
    });

    it('treats an unset call id as no call id', async () => {
      const q = queue();
      for (const id of [agent(), agent()]) await scene.makeAvailable(id, q);
      const query = `queueId=${q}&callId=%24%7Binput.callId%7D`;
      const ids = [await scene.claim(query), await scene.claim(query)].map(({ json }) => json?.agentId);
      expect(new Set(ids).size).toBe(2);
    });

    it('claims no agent for a HEAD request', async () => {
      const [a, q] = [agent(), queue()];
      await scene.makeAvailable(a, q);
      expect(await scene.headStatus(`/agents/available?queueId=${q}`)).toBe(405);
      expect((await scene.claim(`queueId=${q}`)).json).toMatchObject({ agentId: a });
    });

    it('refuses two values of one parameter', async () => {
      expectProblem(await scene.claim('queueId=a&queueId=b'), 400, 'bad_request');
    });
  });

  describe('a claim', () => {
    it('a claim is confirmed, held and ended only with its token', async () => {
      const [a, q] = [agent(), queue()];
      await scene.makeAvailable(a, q);
      const lockToken = lockOf(await scene.claim(`queueId=${q}&callId=call-${q}`));
      expectProblem(await scene.post(`/agents/${a}/confirm`, { lockToken: 'wrong' }), 409, 'lock_not_held');
      const confirmed = await scene.post(`/agents/${a}/confirm`, { lockToken }, other);
      expect(confirmed).toMatchObject({ status: 200, json: { confirmed: true, lockExpiresInMs: 14_400_000 } });
      expect((await scene.get(`/agents/${a}`)).json).toMatchObject({ currentCallId: `call-${q}`, status: 'BUSY' });
      expectProblem(await scene.post(`/agents/${a}/release`, { lockToken: 'wrong', outcome: 'ended' }), 409);
      expect((await scene.post(`/agents/${a}/release`, { lockToken, outcome: 'ended' }, other)).status).toBe(200);
      expectProblem(await scene.post(`/agents/${a}/release`, { lockToken, outcome: 'ended' }), 409);
      expectProblem(await scene.post(`/agents/${a}/confirm`, { lockToken }), 409);
      expect((await scene.get(`/agents/${a}`)).json).toMatchObject({ currentCallId: '', status: 'AVAILABLE' });
      expect((await scene.claim(`queueId=${q}`)).json).toMatchObject({ agentId: a });
    });

    it('a claimed agent is shown as busy, or as offline if the platform says so, with the platform’s own word', async () => {
      const [a, q] = [agent(), queue()];
      await scene.makeAvailable(a, q);
      await scene.claim(`queueId=${q}`);
      const busy = { status: 'BUSY', platformStatus: 'AVAILABLE' };
      expect((await scene.get(`/agents/${a}`, other)).json).toMatchObject(busy);
      expect((await scene.get(`/queues/${q}/agents`)).json).toMatchObject({ agents: [busy] });
      await scene.sendStatus(a, 'OFFLINE', { timestamp: Date.now() });
      expect((await scene.get(`/agents/${a}`)).json).toMatchObject({ status: 'OFFLINE' });
    });

    it.each([
      ['no outcome', { lockToken: 'x' }],
      ['an unknown outcome', { lockToken: 'x', outcome: 'bored' }],
      ['no token', { outcome: 'ended' }],
      ['a token that is a number', { lockToken: 7, outcome: 'ended' }],
      ['a list', []],
    ])('a release body with %s is refused: 400', async (_name, body) => {
      expectProblem(await scene.post('/agents/a/release', body), 400, 'bad_request');
    });

    it('a confirmation for an unknown agent is refused: 409', async () => {
      expectProblem(await scene.post(`/agents/${agent()}/confirm`, { lockToken: 'x' }), 409);
    });
  });

  describe('GET /agents/{agentId}', () => {
    it('returns the stored state', async () => {
      const a = agent();
      const timestamp = Date.now() - 5000;
      await scene.sendStatus(a, 'BUSY', { timestamp });
      expect((await scene.get(`/agents/${a}`, other)).json).toEqual({
        ...{ agentFound: true, agentId: a, status: 'BUSY', currentCallId: '', lastUpdated: timestamp },
        ...{ platform: 'other', platformStatus: 'BUSY', region: 'us-east-1', stale: false },
      });
    });

    it.each([agent(), 'a:b', 'x'.repeat(100)])('returns the same keys for the unknown agent %s', async (id) => {
      const { status, json } = await scene.get(`/agents/${encodeURIComponent(id)}`);
      expect(status).toBe(200);
      expect(json).toEqual({
        ...{ agentFound: false, agentId: id, status: 'OFFLINE', currentCallId: '', lastUpdated: 0 },
        ...{ platform: '', platformStatus: '', region: '', stale: false },
      });
    });
  });

  it('returns the keys of known and unknown agents in the same order', async () => {
    const a = agent();
    await scene.sendStatus(a, 'BUSY');
    const [known, unknown] = [await scene.get(`/agents/${a}`), await scene.get(`/agents/${agent()}`)];
    expect(Object.keys(known.json ?? {})).toEqual(Object.keys(unknown.json ?? {}));
  });

  describe('/queues/{queueId}/agents', () => {
    it('lists members with priority score and status, page by page', async () => {
      const [q, a, b, c] = [queue(), agent(), agent(), agent()];
      expect(await scene.join(a, q, 3)).toMatchObject({
        status: 200,
        json: { queueId: q, agentId: a, priorityScore: 3 },
      });
      await scene.join(b, q, 1.5, other);
      await scene.send('PUT', `/queues/${q}/agents/${c}`);
      await scene.sendStatus(b, 'AVAILABLE');
      const page = await scene.get(`/queues/${q}/agents?limit=2`, other);
      expect(page.json).toMatchObject({ queueId: q, total: 3, nextOffset: 2 });
      expect(page.json?.agents).toMatchObject([
        { agentId: c, agentFound: false, priorityScore: 0 },
        { agentId: b, agentFound: true, priorityScore: 1.5, status: 'AVAILABLE' },
      ]);
      const rest = await scene.get(`/queues/${q}/agents?limit=2&offset=2`);
      expect(rest.json).toMatchObject({ agents: [{ agentId: a }], nextOffset: -1 });
      expect((await scene.send('DELETE', `/queues/${q}/agents/${a}`)).json).toMatchObject({ removed: true });
      expect((await scene.send('DELETE', `/queues/${q}/agents/${a}`)).json).toMatchObject({ removed: false });
      expect((await scene.get(`/queues/${q}/agents`)).json).toMatchObject({ total: 2 });
    });

    it.each([
      [null, 0],
      [0.1 + 0.2, 0.3],
      [1e-7, 0],
      ['2.5', 2.5],
      [' 0.12345 ', 0.123],
      [999_999, 999_999],
    ])('stores the score %j as %j', async (given, priorityScore) => {
      const path = `/queues/${queue()}/agents/${agent()}`;
      expect(await scene.send('PUT', path, { priorityScore: given })).toMatchObject({
        status: 200,
        json: { priorityScore },
      });
    });

    it.each(['limit=&offset=', 'limit=%24%7Binput.limit%7D&offset=%24!%7Binput.offset%7D'])(
      'treats unset page parameters as the first page: %s',
      async (unset) => {
        const [q, a] = [queue(), agent()];
        await scene.join(a, q);
        expect(await scene.get(`/queues/${q}/agents?${unset}`)).toMatchObject({ status: 200, json: { total: 1 } });
      },
    );

    it('returns no members of an unknown queue', async () => {
      expect((await scene.get(`/queues/${queue()}/agents`)).json).toMatchObject({
        total: 0,
        agents: [],
        nextOffset: -1,
      });
    });

    it.each([
      ['PUT', '/queues/a%3Ab/agents/x', {}],
      ['PUT', '/queues/q/agents/a%20b', {}],
      ['PUT', '/queues/q/agents/available', {}],
      ['PUT', '/queues/q/agents/a', { priorityScore: 'high' }],
      ['PUT', '/queues/q/agents/a', { priorityScore: -1 }],
      ['PUT', '/queues/q/agents/a', { priorityScore: 1e9 }],
      ['DELETE', '/queues/q/agents/a%3Aqueues', undefined],
      ['GET', '/queues/q/agents?limit=501', undefined],
      ['GET', '/queues/q/agents?limit=0', undefined],
      ['GET', '/queues/q/agents?offset=-1', undefined],
      ['GET', '/agents/available?queueId=q&callId=M%FCller', undefined],
      ['GET', '/queues/q/agents?limit=1.5', undefined],
      ['GET', '/queues/q/agents?limit=1e2', undefined],
      ['GET', `/queues/q/agents?offset=${'9'.repeat(400)}`, undefined],
    ])('refuses %s %s %j', async (method, path, body) => {
      expectProblem(await scene.send(method, path, body), 400, 'bad_request');
    });
  });

  it('takes the tenant from the input before the header', async () => {
    const [a, q, elsewhere] = [agent(), queue(), randomUUID()];
    await scene.makeAvailable(a, q);
    expect((await scene.claim(`queueId=${q}&tenantId=${elsewhere}`)).json).toMatchObject({ agentFound: false });
    expect((await scene.get(`/agents/${a}?tenantId=${elsewhere}`)).json).toMatchObject({ agentFound: false });
    await scene.sendStatus(a, 'BUSY', { tenant_id: elsewhere });
    expect((await scene.get(`/agents/${a}?tenantId=${elsewhere}`)).json).toMatchObject({ status: 'BUSY' });
    expect((await scene.get(`/agents/${a}`)).json).toMatchObject({ status: 'AVAILABLE' });
  });
});
