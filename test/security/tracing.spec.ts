import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TestApp } from '../support/app.js';
import { startApp } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { spansAt } from '../support/exported-spans.js';
import { raw } from '../support/http.js';
import { startOrigin, type ScriptedOrigin } from '../support/origin.js';
import { aboutPerson } from './parts/failures.js';
import { Haystack } from './parts/haystack.js';
import { EVERYTHING, leakYaml, SECRET_ENV } from './parts/leak-scene.js';
import { routesOf, type Route } from './parts/routes.js';
import { bodyOf, samplesOf, signed, urlOf, type Sample } from './parts/samples.js';
import { CALL, FAILING, KEYS, PERSON, SENT } from './parts/secrets.js';

const GRANT = `grant_type=client_credentials&client_id=desk&client_secret=${KEYS.apiKey}`;
const SUBJECT = { ...PERSON, eventId: SENT.eventId, ...CALL, grant: GRANT };
const KEY = { 'x-api-key': KEYS.apiKey };
/** Words of closed sets: outcomes, spans, names of the declaration, events, methods, statuses. */
const WORD = /^([a-z][a-z_-]*( [a-z]+)?|entry\.[a-z-]+|GET|POST|PUT|DELETE|HIT|MISS|STALE|DEGRADED|\d{3})$/;
const METHOD = /^(GET|POST|PUT|DELETE) /;
/** Headers of tracing in which a caller sends personal data. */
const BAGGAGE = { baggage: `customer=${PERSON.phone}`, tracestate: `crm=${PERSON.customerId}` };

let collector: ScriptedOrigin;
let origin: ScriptedOrigin;
let app: TestApp;
let samples: readonly (readonly [Route, Sample])[];
beforeAll(async () => {
  collector = await startOrigin();
  origin = await startOrigin(aboutPerson);
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_HEADERS: `x-vendor-key=${KEYS.nextApiKey}`,
    OTEL_TRACES_SAMPLER_ARG: '1',
  };
  app = await startApp(leakYaml(origin.url), { ...SECRET_ENV, ...env, DEADLINE_MS: '1000' });
  samples = routesOf(app.app).flatMap((route) => samplesOf(route, SUBJECT).map((sample) => [route, sample] as const));
});
afterAll(async () => {
  await app.stop();
  await origin.stop();
  await collector.stop();
});

async function askAll(): Promise<void> {
  for (const [route, sample] of samples)
    if (!route.path.startsWith('/ops'))
      await raw(route.method, app.url + urlOf(route, sample), bodyOf(sample), { ...KEY, ...BAGGAGE });
}

describe('the exported spans', () => {
  it('hold no input, no answer, no key and no stored value', async () => {
    await askAll();
    await askAll();
    const body = JSON.stringify({ customerId: PERSON.customerId, eventId: SENT.eventId, tenantId: '10001' });
    await raw('POST', `${app.url}/webhook/customer-updated`, body, signed(KEYS.hmacSecret, body));
    origin.fail(500, { 'x-why': FAILING.header });
    await askAll();
    for (const bad of [SENT.badText, SENT.unknownName])
      await raw('GET', `${app.url}/lookup/${encodeURIComponent(bad)}?ani=${PERSON.digits}`, undefined, KEY);
    await eventually(() => expect(spansAt(collector).length).toBeGreaterThan(100));
    await app.stop();

    const names = new Set(spansAt(collector).map(({ name }) => name));
    for (const name of ['store read', 'store write', 'store claim', 'store invalidate', 'admission', 'origin'])
      expect([...names]).toContain(name);
    const seen = new Haystack();
    for (const call of collector.calls) seen.add('spans', call.body);
    expect(seen.search(EVERYTHING)).toEqual([]);
  });

  it('hold no text that Datadip does not know before the first request', () => {
    const texts = spansAt(collector).flatMap(({ name, attributes }) => [name, ...Object.values(attributes)]);
    const routes = new Set(samples.map(([{ path }]) => path));
    const unknown = texts.map(String).filter((text) => !WORD.test(text) && !routes.has(text.replace(METHOD, '')));
    expect([...new Set(unknown)]).toEqual([]);
  });

  it('send no header but traceparent to the origin', () => {
    for (const { headers } of origin.calls) {
      expect(headers.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
      expect([headers.tracestate, headers.baggage]).toEqual([undefined, undefined]);
    }
  });
});
