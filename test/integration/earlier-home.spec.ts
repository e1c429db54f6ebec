import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SystemClock } from '../../src/kernel/clock.js';
import { Deadline } from '../../src/kernel/deadline.js';
import { Hmac } from '../../src/kernel/hmac.js';
import { homeAnswers } from '../../src/modules/agent-state/internal/home-answers.js';
import { MetricsRegistry } from '../../src/platform/metrics/metrics-registry.js';
import { ForwardedCallers } from '../../src/regions/forwarded-callers.js';
import { RemoteClaimMetrics } from '../../src/regions/remote-claims.metrics.js';
import { RemoteClaims, UnreachableProblem, type RemoteAnswer } from '../../src/regions/remote-claims.js';
import { Answer } from '../support/origin-replies.js';
import { startOrigin, type ScriptedOrigin } from '../support/origin.js';

const NO_AGENT = { agentFound: false, agentId: '', lockToken: '', fence: 0, lockExpiresInMs: 0, region: 'eu' };
const PLAIN = { ...NO_AGENT, agentFound: true, agentId: 'ada', lockToken: 'x', queueId: 'q', error: '' };
/** More requests than a circuit with failures would let through. */
const REQUESTS = 30;

describe('a home of an earlier version', () => {
  const clock = new SystemClock();
  let home: ScriptedOrigin;
  let remote: RemoteClaims;
  let registry: MetricsRegistry;
  const logs: unknown[] = [];
  beforeEach(async () => {
    home = await startOrigin();
    const callers = new ForwardedCallers(new Hmac('shared-secret'), 'us');
    logs.length = 0;
    registry = new MetricsRegistry();
    const log = { warn: (fields: unknown) => void logs.push(fields) } as never;
    remote = new RemoteClaims(clock, new RemoteClaimMetrics(registry), 'us', callers, log);
  });
  afterEach(async () => {
    remote.onModuleDestroy();
    await home.stop();
  });

  const peer = { url: '', apiKey: 'key-of-us' };
  const send = <T>(read: (answer: RemoteAnswer) => T | undefined): Promise<T> => {
    Object.assign(peer, { url: home.url });
    const request = {
      method: 'GET',
      pathAndQuery: '/x',
      tenant: '10001',
      caller: 'flow',
      isRepeatable: false,
    } as const;
    return remote.send({ region: 'eu', peer }, request, new Deadline(clock, clock.nowMs() + 2000), read);
  };

  it.each<[string, () => unknown, () => Promise<unknown>]>([
    [
      'a claim by skill, in which it finds no queue',
      () => home.answer({ ...NO_AGENT, queueId: '', error: 'no_queue' }),
      () => send(homeAnswers.claimBySkill),
    ],
    [
      'skills',
      () => home.answer(Answer.json({ code: 'not_found', title: 'unknown address' }, 404)),
      () => send(homeAnswers.skills),
    ],
    [
      'availability',
      () => home.answer(Answer.json({ code: 'not_found', title: 'unknown address' }, 404)),
      () => send(homeAnswers.availability),
    ],
  ])('gives no answer about %s, and still answers other requests', async (_what, script, ask) => {
    script();
    for (let count = 0; count < REQUESTS; count += 1) await expect(ask()).rejects.toBeInstanceOf(UnreachableProblem);
    home.answer(PLAIN);
    expect(await send(homeAnswers.claim)).toEqual(PLAIN);
    expect(home.count).toBe(REQUESTS + 1);
    expect(await registry.text()).toContain(
      `datadip_remote_claims_total{region="eu",outcome="earlier_version"} ${REQUESTS}`,
    );
    expect(logs).toEqual([{ home: 'eu', outcome: 'earlier_version' }]);
  });

  it('has no members that only the platform lists', async () => {
    home.answer({ queueId: 'q', agentId: 'ada', removed: true });
    expect(await send(homeAnswers.leave)).toEqual({ removed: true, stillMember: false });
  });
});
