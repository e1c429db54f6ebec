import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { eventually } from '../../support/eventually.js';
import { startOrigin, type ScriptedOrigin } from '../../support/origin.js';
import { GENESYS } from './platforms.js';
import { AgentScene } from './scene.js';

describe('reconciliation, on the health page', () => {
  let origin: ScriptedOrigin;
  let scene: AgentScene;
  const open = async (system: Record<string, unknown> = {}) => {
    scene = await AgentScene.open({
      ...{ store: ['redis', 'redis'], originUrl: origin.url, system },
      agents: (tenant) => ({ reconcile: [{ platform: 'genesys', system: 'crm', tenant, everyMs: 1000 }] }),
    });
  };
  beforeEach(async () => {
    origin = await startOrigin();
  });
  afterEach(async () => {
    await scene.stop();
    await origin.stop();
  });
  const ready = async (at = 0) => {
    const { status, json } = await scene.get('/health/ready', at);
    const details = json?.details as { readonly reconciliation?: { readonly status: string } } | undefined;
    return { status, note: details?.reconciliation };
  };
  const listed = (count: number) =>
    GENESYS.answers(Array.from({ length: count }, () => ({ id: randomUUID(), state: 'ready', agoMs: 5000 })));

  it('the health page shows the result of the last run in every process of the region', async () => {
    origin.answer(listed(3));
    await open();
    for (const at of [0, 1])
      await eventually(
        async () => {
          const { status, note } = await ready(at);
          expect(status).toBe(200);
          const last = { outcome: 'done', agents: 3, drifted: 0, gone: 0, endedAt: expect.any(String) };
          expect(note).toMatchObject({ status: 'up', platforms: [{ platform: 'genesys', system: 'crm', last }] });
        },
        { withinMs: 60_000 },
      );
    const texts = await Promise.all([0, 1].map(async (at) => (await scene.get('/metrics', at)).text));
    const labels = '\\{platform="genesys",system="crm"';
    expect(texts.join('\n')).toMatch(
      new RegExp(`^datadip_agent_reconciliations_total${labels},outcome="done"\\} \\d`, 'm'),
    );
    const when = new RegExp(`^datadip_agent_reconciliation_last_success_timestamp_seconds${labels}\\} 1\\d{9}`, 'm');
    for (const text of texts) expect(text).toMatch(when);
  }, 120_000);

  it('the health page shows the progress of a run', async () => {
    origin.answer(listed(230));
    await open({ limits: { maxPerSecond: 2, backgroundShare: 0.5 } });
    await eventually(
      async () => {
        const notes = await Promise.all([ready(0), ready(1)]);
        expect(notes.map(({ note }) => note)).toContainEqual(
          expect.objectContaining({
            platforms: [expect.objectContaining({ state: 'running', agentsRead: expect.any(Number) })],
          }),
        );
      },
      { withinMs: 60_000 },
    );
  }, 120_000);

  it('a run waits for its share of the budget, and reads all agents', async () => {
    origin.answer(listed(230));
    await open({ limits: { maxPerSecond: 4, backgroundShare: 0.5 } });
    await eventually(
      async () => {
        const { note } = await ready();
        expect(note).toMatchObject({ platforms: [{ last: { outcome: 'done', agents: 230 } }] });
      },
      { withinMs: 90_000 },
    );
  }, 120_000);

  it('failed runs make reconciliation degraded, and the process stays ready', async () => {
    origin.fail(500);
    await open();
    await eventually(
      async () => {
        const { status, note } = await ready();
        expect(status).toBe(200);
        expect(note).toMatchObject({ status: 'degraded', platforms: [{ last: { outcome: 'failed', agents: 0 } }] });
      },
      { withinMs: 60_000 },
    );
  }, 120_000);
});
