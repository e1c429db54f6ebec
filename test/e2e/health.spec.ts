import { describe, expect, it } from '@jest/globals';
import { ADA } from '../support/declaration.js';
import { newPhone, onStage } from './stage.js';

/** Contract, section 6: each metric that exists now, with its labels. */
const METRICS: Record<string, readonly string[]> = {
  datadip_http_requests_in_flight: [],
  datadip_http_request_duration_seconds: ['route', 'method', 'status'],
  datadip_lookup_total: ['lookup', 'source'],
  datadip_log_lines_lost_total: ['room'],
  datadip_lookup_duration_seconds: ['lookup', 'source'],
  datadip_origin_requests_total: ['system', 'outcome'],
  datadip_origin_duration_seconds: ['system'],
  datadip_origin_in_flight: ['system'],
  datadip_origin_limit: ['system'],
  datadip_circuit_open: ['system'],
  datadip_origin_paused: ['system'],
  datadip_degraded_total: ['lookup', 'reason'],
  datadip_store_up: [],
  datadip_message_channel_up: [],
  datadip_build_info: ['version'],
  datadip_event_loop_delay_mean_seconds: [],
  datadip_event_loop_delay_max_seconds: [],
  datadip_bus_consumer_restarts_total: [],
  datadip_bus_gaps_total: [],
  datadip_bus_heard_age_seconds: [],
  datadip_outbox_events: [],
  datadip_outbox_fill_ratio: ['bound'],
  datadip_outbox_dropped_total: [],
  datadip_regions_inconsistent_total: ['after'],
  datadip_cache_errors_total: ['tier', 'kind'],
  datadip_token_expires_in_seconds: ['platform'],
  datadip_token_age_seconds: ['platform'],
  datadip_token_failures_total: ['platform', 'reason'],
  datadip_agents: ['tenant', 'status'],
  datadip_agent_claims_total: ['outcome'],
  datadip_agent_drift_total: ['platform'],
  datadip_agent_events_total: ['source', 'outcome'],
  datadip_agent_reconciliations_total: ['platform', 'system', 'outcome'],
  datadip_agent_reconciliation_agents: ['platform', 'system'],
  datadip_agent_reconciliation_last_success_timestamp_seconds: ['platform', 'system'],
  datadip_agent_reconciliation_duration_seconds: ['platform', 'system'],
};

interface Sample {
  readonly name: string;
  readonly labels: Record<string, string>;
  readonly value: number;
}

/** Parses the text format of Prometheus into samples, without the label `le` of histograms. */
function samples(text: string): Sample[] {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return lines.map((line) => {
    const [, name = line, labels = '', value = ''] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key = '', word = '']) => [key, word]);
    const ownLabels = pairs.filter(([key]) => key !== 'le');
    return { name, labels: Object.fromEntries(ownLabels) as Record<string, string>, value: Number(value) };
  });
}

const stage = onStage({ cache: { ttlMs: 300_000 } }, { REGION: 'eu-central' });
const readSamples = async (): Promise<Sample[]> => samples((await stage.get('/metrics')).text);

/** Returns the value of one series. 0 means that the series does not exist yet. */
async function readValue(name: string, labels: Record<string, string>): Promise<number> {
  const wanted = Object.entries(labels);
  const found = (await readSamples()).find(
    (sample) => sample.name === name && wanted.every(([key, word]) => sample.labels[key] === word),
  );
  return found?.value ?? 0;
}

describe('the health routes', () => {
  it('return status and region only at /health', async () => {
    const { status, json } = await stage.get('/health');

    expect(status).toBe(200);
    expect(json).toEqual({ status: 'ok', region: 'eu-central', version: expect.stringMatching(/^\d+\.\d+\.\d+/) });
  });

  it.each(['/health/live', '/health/ready', '/health/startup'])(
    'answer the Kubernetes probe %s with 200',
    async (path) => {
      const { status, headers, json } = await stage.get(path);

      expect(status).toBe(200);
      expect(headers['content-type']).toMatch(/^application\/json\b/);
      expect(json).toMatchObject({ status: 'ok' });
    },
  );

  it('stay ok while the origin fails', async () => {
    stage.origin.fail(500);
    for (let call = 0; call < 5; call++) await stage.ask({ ani: newPhone() });

    for (const path of ['/health', '/health/live', '/health/ready']) expect((await stage.get(path)).status).toBe(200);
  });
});

describe('the metrics', () => {
  it('are in the text format of Prometheus', async () => {
    const { status, headers, text } = await stage.get('/metrics');

    expect(status).toBe(200);
    expect(headers['content-type']).toMatch(/^text\/plain\b/);
    for (const name of Object.keys(METRICS))
      expect(text).toMatch(new RegExp(`^# TYPE ${name} (counter|gauge|histogram)$`, 'm'));
  });

  it('have exactly the labels of the contract', async () => {
    await stage.ask({ ani: newPhone() });
    const ownSamples = (await readSamples()).filter(({ name }) => name.startsWith('datadip_'));

    expect(ownSamples.length).toBeGreaterThan(0);
    for (const { name, labels } of ownSamples) {
      const metric = name in METRICS ? name : name.replace(/_(bucket|sum|count)$/, '');
      expect([metric, Object.keys(labels)]).toEqual([metric, METRICS[metric]]);
    }
  });

  it('count lookups by the source of their answers', async () => {
    const count = (source: string) => readValue('datadip_lookup_total', { lookup: 'customer', source });
    const before = { origin: await count('origin'), cache: await count('cache'), none: await count('none') };
    const ani = newPhone();
    await stage.ask({ ani });
    await stage.askUntil('cache', { ani });
    await stage.ask({});

    expect(await count('origin')).toBeGreaterThan(before.origin);
    expect(await count('cache')).toBe(before.cache + 1);
    expect(await count('none')).toBe(before.none + 1);
  });

  it.each([
    ['ok', () => stage.origin.answer({ results: [ADA] })],
    ['error', () => stage.origin.fail(500)],
    ['rate_limited', () => stage.origin.fail(429)],
  ])('count the origin calls that end as %s', async (outcome, setOrigin) => {
    const count = () => readValue('datadip_origin_requests_total', { system: 'crm', outcome });
    const before = await count();
    setOrigin();
    await stage.ask({ ani: newPhone() });

    expect(await count()).toBe(before + 1);
  });

  it('count degraded answers by their reason', async () => {
    const count = () => readValue('datadip_degraded_total', { lookup: 'customer', reason: 'origin_error' });
    const before = await count();
    stage.origin.fail(500);
    await stage.ask({ ani: newPhone() });

    expect(await count()).toBe(before + 1);
  });

  it('say that the store and the messages are up without Redis, and which version runs', async () => {
    const { version } = (await stage.get('/health')).json as { readonly version: string };

    expect(await readValue('datadip_store_up', {})).toBe(1);
    expect(await readValue('datadip_message_channel_up', {})).toBe(1);
    expect(await readValue('datadip_build_info', { version })).toBe(1);
  });

  it('are the same for several that collect them at the same time', async () => {
    await stage.ask({ ani: newPhone() });
    const pages = await Promise.all(Array.from({ length: 8 }, () => stage.get('/metrics')));
    const counts = pages.map(({ text }) => samples(text).find(({ name }) => name === 'datadip_lookup_total'));

    expect(new Set(counts.map((sample) => sample?.value)).size).toBe(1);
  });

  it('report the number of origin calls in flight', async () => {
    const inFlight = () => readValue('datadip_origin_in_flight', { system: 'crm' });
    await stage.askUntil('origin', { ani: newPhone() });
    const hold = stage.origin.hold();
    const requests = [stage.ask({ ani: newPhone() }), stage.ask({ ani: newPhone() })];
    await hold.arrived(2);
    const during = await inFlight();
    hold.open();
    await Promise.all(requests);

    expect(during).toBe(2);
    expect(await inFlight()).toBe(0);
  });

  it('measure durations in seconds', async () => {
    const sum = () => readValue('datadip_lookup_duration_seconds_sum', { lookup: 'customer', source: 'origin' });
    const before = await sum();
    const { elapsedMs } = await stage.ask({ ani: newPhone() });
    const tookS = (await sum()) - before;

    expect(tookS).toBeGreaterThan(0);
    expect(tookS).toBeLessThanOrEqual(elapsedMs / 1000);
  });

  it('have no label value that a caller could choose', async () => {
    const word = 'Sauerkraut';
    const inputs = { ani: '+15558888', email: `${word}@example.com`, customerId: word, queue: word };
    await stage.ask(inputs);
    await stage.ask({ email: inputs.email });
    await stage.ask({ customerId: word }, { lookup: 'profile' });
    await stage.ask(inputs, { lookup: word });
    await stage.ask(inputs, { headers: { 'x-genesys-org': word, 'x-request-id': word } });
    await stage.get(`/${word}/${word}?ani=15558888`);
    await stage.get(`/lookup/${word}?ani=15558888`);
    const labels = JSON.stringify((await readSamples()).map((sample) => sample.labels));

    for (const known of [word, word.toLowerCase(), '15558888', ADA.id, ADA.firstName, ADA.lastName, '10001'])
      expect(labels).not.toContain(known);
    expect(labels).not.toMatch(/[0-9a-f]{32}/);
  });
});
