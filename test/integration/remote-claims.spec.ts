import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createServer, type Socket } from 'node:net';
import { SystemClock } from '../../src/kernel/clock.js';
import { Hmac } from '../../src/kernel/hmac.js';
import { Deadline } from '../../src/kernel/deadline.js';
import { MetricsRegistry } from '../../src/platform/metrics/metrics-registry.js';
import { ForwardedCallers } from '../../src/regions/forwarded-callers.js';
import { RemoteClaimMetrics } from '../../src/regions/remote-claims.metrics.js';
import { UnreachableProblem, RemoteClaims, type HomeRequest } from '../../src/regions/remote-claims.js';
import { Answer } from '../support/origin-replies.js';
import { startOrigin, type ScriptedOrigin } from '../support/origin.js';
import { listenPrivately } from '../support/private-port.js';

const CLAIM: HomeRequest = {
  ...{ method: 'GET', pathAndQuery: '/agents/available?queueId=q&callId=c' },
  ...{ tenant: '10001', caller: 'architect', isRepeatable: true },
};
const RELEASE: HomeRequest = { ...CLAIM, method: 'POST', pathAndQuery: '/agents/a/release', isRepeatable: false };

describe('requests to the home of a tenant', () => {
  const clock = new SystemClock();
  const callers = new ForwardedCallers(new Hmac('shared-secret'), 'us');
  const logs: unknown[] = [];
  let home: ScriptedOrigin;
  let registry: MetricsRegistry;
  let remote: RemoteClaims;
  beforeEach(async () => {
    home = await startOrigin(() => ({ agentFound: true }));
    registry = new MetricsRegistry();
    logs.length = 0;
    const log = { warn: (fields: unknown) => void logs.push(fields) } as never;
    remote = new RemoteClaims(clock, new RemoteClaimMetrics(registry), 'us', callers, log);
  });
  afterEach(async () => {
    remote.onModuleDestroy();
    await home.stop();
  });

  const peers = new Map<string, { readonly url: string; readonly apiKey: string }>();
  const send = (request = CLAIM, withinMs = 2500, url = home.url) => {
    const peer = peers.get(url) ?? { url, apiKey: 'key-of-us' };
    peers.set(url, peer);
    const deadline = new Deadline(clock, clock.nowMs() + withinMs);
    return remote.send({ region: 'eu', peer }, request, deadline, ({ status, body }) =>
      status === 200 && typeof body.agentFound === 'boolean' ? body : undefined,
    );
  };
  const outcomes = async (): Promise<Record<string, number>> => {
    const lines = (await registry.text()).matchAll(
      /^datadip_remote_claims_total\{region="eu",outcome="(\w+)"\} (\d+)/gm,
    );
    return Object.fromEntries([...lines].map(([, outcome = '', count]) => [outcome, Number(count)]));
  };
  const refused = async (sending: Promise<unknown>, outcome: string): Promise<void> => {
    await expect(sending).rejects.toBeInstanceOf(UnreachableProblem);
    expect(Object.keys(await outcomes())).toEqual([outcome]);
  };

  it('carry the key, the tenant, the region, the caller and the time left, over one connection', async () => {
    for (let count = 0; count < 3; count += 1) expect(await send(RELEASE)).toEqual({ agentFound: true });
    expect(home.connections).toBe(1);
    const { headers, method, url } = home.calls[0] ?? {};
    expect([method, url]).toEqual(['POST', '/agents/a/release']);
    expect(headers).toMatchObject({
      ...{ 'x-api-key': 'key-of-us', 'x-genesys-org': '10001' },
      ...{ 'x-datadip-forwarded': 'us', 'x-datadip-caller': 'architect' },
      'x-datadip-caller-signature': expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(Number(headers?.['x-datadip-deadline-ms'])).toBeGreaterThan(900);
    expect(Number(headers?.['x-datadip-deadline-ms'])).toBeLessThanOrEqual(1000);
    expect(await outcomes()).toEqual({ answered: 3 });
  });

  it('end within a second if the home hangs, and within the deadline if that is earlier', async () => {
    home.hang();
    const startMs = performance.now();
    await refused(send(CLAIM, 300), 'timeout');
    expect(performance.now() - startMs).toBeLessThan(900);
    await refused(send(), 'timeout');
    expect(performance.now() - startMs).toBeLessThan(2500);
    expect(home.count).toBe(2);
  });

  it('end within a second if the home trickles', async () => {
    home.trickle(50, '{"agentFound":');
    const startMs = performance.now();
    await refused(send(), 'timeout');
    expect(performance.now() - startMs).toBeLessThan(2000);
  });

  it('fail if no server listens', async () => {
    const { url } = home;
    await home.refuse();
    await refused(send(RELEASE, 2500, url), 'connection_lost');
  });

  it('are sent once more if the connection breaks and they may be repeated', async () => {
    home.resetOnRequest();
    await refused(send(), 'connection_lost');
    expect(home.count).toBe(2);
  });

  it('are sent once if the connection breaks and they may not be repeated', async () => {
    home.closeHalfway();
    await refused(send(RELEASE), 'connection_lost');
    expect(home.count).toBe(1);
  });

  it('get the answer to the repetition', async () => {
    let broken = 0;
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.once('data', () => {
        broken += 1;
        if (broken === 1) socket.resetAndDestroy();
        else socket.end('HTTP/1.1 200 OK\r\ncontent-length: 21\r\n\r\n{"agentFound": true }');
      });
    });
    const port = await listenPrivately(server, undefined);
    try {
      expect(await send(CLAIM, 2500, `http://127.0.0.1:${port}`)).toEqual({ agentFound: true });
      expect(broken).toBe(2);
    } finally {
      for (const socket of sockets) socket.destroy();
      server.close();
    }
  });

  it.each([
    ['HTML', () => home.text('<html>welcome</html>', 'text/html'), 'bad_answer'],
    ['a JSON list', () => home.answer([]), 'bad_answer'],
    ['JSON of another form', () => home.answer({ agentFound: 'yes' }), 'bad_answer'],
    ['more than 1 MiB', () => home.huge(2 * 1024 * 1024), 'bad_answer'],
    ['500', () => home.fail(500), 'bad_answer'],
    ['a redirect', () => home.answer(new Answer(302, { location: '/elsewhere' }, '')), 'bad_answer'],
    ['503 of a process that stops', () => home.answer(Answer.json({ code: 'stopping' }, 503)), 'bad_answer'],
    ['401', () => home.fail(401), 'refused'],
    ['403', () => home.fail(403), 'refused'],
    ['429', () => home.fail(429, { 'retry-after': '1' }), 'limited'],
  ])('fail if the home answers %s, and are not repeated', async (_what, script, outcome) => {
    script();
    await refused(send(), outcome);
    expect(home.count).toBe(1);
  });

  it('fail at once while the home fails, and work again when it does', async () => {
    home.fail(500);
    for (let count = 0; (await outcomes()).circuit_open === undefined; count += 1) {
      if (count > 500) throw new Error('the circuit does not open');
      await send().catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const asked = home.count;
    await expect(send()).rejects.toBeInstanceOf(UnreachableProblem);
    expect(home.count).toBe(asked);
    expect(logs).toEqual([{ home: 'eu', outcome: 'bad_answer' }]);
    home.answer({ agentFound: false });
    for (let count = 0; count < 500; count += 1) {
      const answer = await send().catch(() => undefined);
      if (answer !== undefined) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error('the circuit does not close');
  });

  it('fail if the home is not among the peers', async () => {
    const sending = remote.send(
      { region: 'eu', peer: undefined },
      CLAIM,
      new Deadline(clock, clock.nowMs() + 1000),
      () => 1,
    );
    await refused(sending, 'unknown_region');
  });
});
