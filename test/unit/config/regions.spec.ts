import { describe, expect, it } from '@jest/globals';
import { FULL, loadText, NAMES, PRODUCTION } from '../../fixtures/config/load-text.js';
import { kindsOf } from '../../fixtures/config/problem-kinds.js';

const KAFKA = {
  ...NAMES,
  ...{ REGION: 'us', KAFKA_BROKERS: 'kafka-1:9092, [::1]:9093', KEY_SECRET: 'a-secret-of-all-regions-that-is-long' },
  REDIS_URL: 'redis://127.0.0.1:6379',
};
const EU = 'eu: { url: https://eu.datadip.internal, apiKey: eu-key-of-sixteen }';
const AP = 'ap: { url: https://ap.datadip.internal, apiKey: ap-key-of-sixteen }';

const withRegions = (regions: string, tenants = '{}'): string =>
  `${FULL}\nregions: { ${regions} }\ntenants: ${tenants}\n`;
const found = (regions: string, tenants?: string, env: Record<string, string> = {}) =>
  kindsOf(() => loadText(withRegions(regions, tenants), { ...KAFKA, ...env }));

describe('the sections of regions and tenants', () => {
  it('have these defaults', () => {
    expect(loadText(FULL, KAFKA).regions).toMatchObject({
      ...{ heartbeatMs: 1000, silentAfterMs: 30_000, invalidatedWithinMs: 10_000, home: 'us' },
      kafka: { brokers: ['kafka-1:9092', '[::1]:9093'] },
      ...{ peers: new Map(), homes: new Map() },
    });
  });

  it('are read as declared', () => {
    const times = 'heartbeatMs: 500, silentAfterMs: 1500, invalidatedWithinMs: 2000';
    const { regions } = loadText(
      withRegions(`${times}, home: eu, peers: { ${EU}, ${AP} }`, '{ "20002": { home: ap }, "20003": {} }'),
      KAFKA,
    );
    expect(regions).toMatchObject({ heartbeatMs: 500, silentAfterMs: 1500, invalidatedWithinMs: 2000, home: 'eu' });
    expect([...(regions?.peers.keys() ?? [])]).toEqual(['eu', 'ap']);
    expect(regions?.peers.get('eu')).toEqual({ url: 'https://eu.datadip.internal', apiKey: 'eu-key-of-sixteen' });
    expect(regions?.homes).toEqual(new Map([['20002', 'ap']]));
  });

  it.each([
    [`home: jp, peers: { ${EU} }`, 'regions.home', 'unknown home: us, eu'],
    [`peers: { ${EU} }`, 'regions.home', 'no home'],
    ['peers: { us: { url: https://us.internal, apiKey: k } }, home: us', 'regions.peers.us', 'own region as peer'],
    [`home: us, peers: { ${EU}, ${EU} }`, 'regions.peers.eu', 'repeated'],
    [
      `home: us, peers: { ${EU}, ${EU.replace('eu:', 'e2:')} }`,
      'regions.peers.e2.url',
      'address of another region: eu',
    ],
    ['home: us, peers: { "e u": { url: https://eu.internal, apiKey: k } }', 'regions.peers["e u"]', 'not a region'],
    ['silentAfterMs: 2999', 'regions.silentAfterMs', 'below three heartbeats: 3000 to 600000'],
    ['invalidatedWithinMs: 2999', 'regions.invalidatedWithinMs', 'below three heartbeats: 3000 to 3600000'],
    ['heartbeatMs: 5000', 'regions.invalidatedWithinMs', 'below three heartbeats: 15000 to 3600000'],
    ['silentAfterMs: 100', 'regions.silentAfterMs', 'not milliseconds: 300 to 600000'],
    ['heartbeatMs: 20000', 'regions.heartbeatMs', 'not milliseconds: 100 to 10000'],
    ['heartbeatMs: 99', 'regions.heartbeatMs', 'not milliseconds: 100 to 10000'],
    ['home: us, peers: { eu: { apiKey: k } }', 'regions.peers.eu.url', 'missing'],
    ['home: us, peers: { eu: { url: https://eu.internal } }', 'regions.peers.eu.apiKey', 'missing'],
    ['home: us, peers: { eu: { url: eu.internal, apiKey: k } }', 'regions.peers.eu.url', 'not an HTTP address'],
    ['home: us, peers: { eu: { url: https://eu.internal, apiKey: "" } }', 'regions.peers.eu.apiKey', 'empty'],
    ['homes: us', 'regions.homes', 'unknown key: heartbeatMs, silentAfterMs, invalidatedWithinMs, home, peers'],
  ])('are refused with %s', (regions, key, kind) => {
    expect(found(regions)).toMatchObject([{ key, kind, line: FULL.split('\n').length + 1 }]);
  });

  it.each([
    ['{ "20002": { home: jp } }', 'tenants["20002"].home', 'unknown home: us'],
    ['{ "*": { home: us } }', 'tenants["*"]', 'every tenant'],
    ['{ "a b": { home: us } }', 'tenants["a b"]', 'not a tenant'],
    ['{ "20002": { hom: us } }', 'tenants["20002"].hom', 'unknown key: home, systems'],
  ])('are refused with tenants %s', (tenants, key, kind) => {
    expect(found('heartbeatMs: 1000', tenants)).toMatchObject([
      { key: key.replace('["20002"]', '.20002'), kind, line: FULL.split('\n').length + 2 },
    ]);
  });

  it('name each known region once if this region is among its peers', () => {
    const peers = 'us: { url: https://us.internal, apiKey: k }';
    expect(found(`home: jp, peers: { ${EU}, ${peers} }`)).toMatchObject([
      { key: 'regions.peers.us', kind: 'own region as peer' },
      { key: 'regions.home', kind: 'unknown home: us, eu' },
    ]);
  });

  it('give a lookup its invalidatedWithinMs, unless the lookup declares its own', () => {
    const declares = FULL.replace('nearTtlMs: 4000 }', 'nearTtlMs: 4000, invalidatedWithinMs: 3000 }');
    const { lookups } = loadText(`${declares}\nregions: { invalidatedWithinMs: 7000 }\n`, KAFKA);
    const times = [...lookups.values()].map(({ cache }) => cache.invalidatedWithinMs);
    expect(new Set(times)).toEqual(new Set([3000, 7000]));
  });

  it('refuse a lookup whose invalidatedWithinMs is below three heartbeats', () => {
    const declares = FULL.replace('nearTtlMs: 4000 }', 'nearTtlMs: 4000, invalidatedWithinMs: 5999 }');
    const load = () => loadText(`${declares}\nregions: { heartbeatMs: 2000 }\n`, KAFKA);
    const [finding] = kindsOf(load);
    expect(finding).toMatchObject({ value: '5999', kind: 'below three heartbeats: 6000 to 3600000' });
    expect(finding?.key).toMatch(/^lookups\.[^.]+\.cache\.invalidatedWithinMs$/);
  });

  it('refuse plaintext to another machine in production, and a loopback address not', () => {
    const production = { ...PRODUCTION, ...KAFKA, KAFKA_TLS: 'on' };
    const peers = 'eu: { url: http://eu.internal, apiKey: k }, ap: { url: "http://127.0.0.1:1", apiKey: k }';
    const load = () => loadText(withRegions(`home: us, peers: { ${peers} }`), production);
    expect(kindsOf(load)).toMatchObject([{ key: 'regions.peers.eu.url', kind: 'plaintext peer' }]);
  });

  it('show no key of a peer', () => {
    const load = () =>
      loadText(withRegions('home: us, peers: { eu: { url: https://e, apiKey: "hidden\\nkey" } }'), KAFKA);
    expect(JSON.stringify(kindsOf(load))).not.toContain('hidden');
  });

  it('without Kafka have no effect in development, and are refused in production', () => {
    const file = withRegions(`home: eu, peers: { ${EU} }`, '{ "20002": { home: eu } }');
    const development = loadText(file, NAMES);
    expect([development.regions, development.ignoresRegions]).toEqual([undefined, true]);
    expect(loadText(FULL, NAMES).ignoresRegions).toBe(false);
    expect(kindsOf(() => loadText(file, { ...NAMES, ...PRODUCTION }))).toMatchObject([
      { key: 'regions', kind: 'no log in production' },
      { key: 'tenants.20002.home', kind: 'no log in production' },
    ]);
  });
});

describe('KAFKA_BROKERS', () => {
  it.each(['REGION', 'KEY_SECRET', 'REDIS_URL'])('requires %s', (name) => {
    const problems = kindsOf(() => loadText(FULL, { ...KAFKA, [name]: '' }));
    expect(problems).toMatchObject([{ source: 'environment', key: name }]);
    expect(problems[0]?.kind).toMatch(/^missing with Kafka: /);
  });

  it.each(['kafka', 'kafka:', 'kafka:9092,', 'http://kafka:9092'])('is refused as %s', (brokers) => {
    const problems = kindsOf(() => loadText(FULL, { ...KAFKA, KAFKA_BROKERS: brokers }));
    expect(problems).toMatchObject([{ key: 'KAFKA_BROKERS', kind: 'not brokers' }]);
  });
});
