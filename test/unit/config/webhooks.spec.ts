import { describe, expect, it } from '@jest/globals';
import { FULL, lineOf, loadText } from '../../fixtures/config/load-text.js';
import { kindsOf } from '../../fixtures/config/problem-kinds.js';

const SIGNED = 'header: X-Sig, encoding: hex, of: body';

/** The full file with this webhook, and its line. */
const withWebhook = (keys: string, name = 'crm'): string => `${FULL}\nwebhooks:\n  ${name}: { ${keys} }\n`;
const webhookOf = (keys: string) => loadText(withWebhook(keys)).webhooks.get('crm');

describe('a declared webhook', () => {
  it('is absent from a file without the section', () => {
    expect(loadText(FULL).webhooks.size).toBe(0);
  });

  it('needs nothing but the id of the customer', () => {
    expect(webhookOf('customerId: id')).toEqual({
      name: 'crm',
      caller: undefined,
      list: undefined,
      when: undefined,
      customerId: 'id',
      tenant: undefined,
      eventId: undefined,
      identifiers: {},
      critical: false,
      signature: undefined,
    });
  });

  it('has header names in lower case, and the usual algorithm', () => {
    const times = 'of: timestamp.body, timestampHeader: X-Time';
    expect(webhookOf(`customerId: id, signature: { header: X-Sig, encoding: hex, ${times} }`)?.signature).toEqual({
      header: 'x-sig',
      algorithm: 'sha256',
      encoding: 'hex',
      prefix: '',
      of: 'timestamp.body',
      timestampHeader: 'x-time',
      timestampPrefix: '',
      url: undefined,
    });
  });

  it.each([
    ['caller: webhook, customerId: id, signature: { header: a, encoding: hex, of: body }'],
    ['customerId: id, signature: { header: a, encoding: base64, of: timestamp.body, timestampPrefix: "t=" }'],
    ['customerId: "$substringAfter(data.gid, \\"Customer/\\")", when: "$headers.topic in [\\"a\\", \\"b\\"]"'],
    ['list: "value[type = \\"contact\\"]", customerId: "[id, merged.id]", identifiers: { ani: "phones.number" }'],
  ])('is accepted as { %s }', (keys) => {
    expect(kindsOf(() => loadText(withWebhook(keys)))).toEqual([]);
  });

  it.each([
    ['eventId: id', 'customerId', 'missing'],
    ['customerId: "id["', 'customerId', undefined],
    ['customerId: id, list: "$map(a, f)"', 'list', 'unbounded expression'],
    ['customerId: id, when: "$match(id, /a/)"', 'when', 'unbounded expression'],
    ['customerId: "[1..100000]"', 'customerId', 'unbounded expression'],
    ['customerId: id, identifiers: { ani: "a^(b)" }', 'identifiers.ani', 'unbounded expression'],
    [
      'customerId: id, id: id',
      'id',
      'unknown key: caller, list, when, customerId, tenant, eventId, identifiers, critical, signature',
    ],
    ['customerId: id, caller: webhook', 'caller', 'caller without signature'],
    [`customerId: id, caller: other, signature: { ${SIGNED} }`, 'caller', 'unknown caller: architect, webhook'],
    [`customerId: id, caller: architect, signature: { ${SIGNED} }`, 'caller', 'signature without secret'],
    [`customerId: id, signature: { ${SIGNED}, key: a }`, 'signature.key', undefined],
    ['customerId: id, identifiers: { phone: phone }', 'identifiers.phone', 'unknown key input: ani, customerId, email'],
    ['customerId: id, signature: { header: "a b", encoding: hex, of: body }', 'signature.header', 'not a header name'],
    ['customerId: id, signature: { header: a, encoding: hex }', 'signature.of', 'missing'],
    ['customerId: id, signature: { header: a, of: body }', 'signature.encoding', 'missing'],
    [
      'customerId: id, signature: { header: a, encoding: hex, of: timestamp.body }',
      'signature.timestampHeader',
      'timestamp without place',
    ],
    [
      `customerId: id, signature: { ${SIGNED}, timestampPrefix: "t=" }`,
      'signature.timestampPrefix',
      'place without timestamp',
    ],
    [
      `customerId: id, signature: { ${SIGNED}, timestampHeader: x-t }`,
      'signature.timestampHeader',
      'place without timestamp',
    ],
    [
      'customerId: id, signature: { header: a, encoding: hex, of: method+url+body+timestamp, timestampHeader: t }',
      'signature.url',
      'missing url',
    ],
    [`customerId: id, signature: { ${SIGNED}, url: "https://a.example.com/b" }`, 'signature.url', 'unused url'],
  ])('is refused as { %s }, at %s', (keys, key, kind) => {
    const text = withWebhook(keys);
    const found = kindsOf(() => loadText(text));
    expect(found).toMatchObject([
      { source: 'datadip.yaml', line: lineOf(text, '  crm: {'), key: `webhooks.crm.${key}` },
    ]);
    if (kind !== undefined) expect(found[0]?.kind).toBe(kind);
  });

  it.each([
    ['customer-updated', 'webhooks.customer-updated', 'built-in webhook'],
    ['EventBridge', 'webhooks.EventBridge', 'built-in webhook'],
    ['a.b', 'webhooks["a.b"]', 'not a name'],
  ])('cannot be called %s', (name, key, kind) => {
    expect(kindsOf(() => loadText(withWebhook('customerId: id', name)))).toMatchObject([{ key, kind }]);
  });

  it('needs a secret of any caller if it names none', () => {
    const unsigned = FULL.replace('hmacSecrets: [ "${WEBHOOK_SECRET}" ]', 'apiKeys: [ "${WEBHOOK_SECRET}" ]');
    const text = withWebhook(`customerId: id, signature: { ${SIGNED} }`).replace(FULL, unsigned);
    expect(kindsOf(() => loadText(text))).toMatchObject([
      { key: 'webhooks.crm.signature', kind: 'signature without secret' },
    ]);
  });

  it('needs a caller that may invalidate', () => {
    const reading = FULL.replace('scopes: [ invalidate, events ]', 'scopes: [ events ]');
    const text = withWebhook(`customerId: id, caller: webhook, signature: { ${SIGNED} }`).replace(FULL, reading);
    expect(kindsOf(() => loadText(text))).toMatchObject([{ key: 'webhooks.crm.caller', kind: 'caller without scope' }]);
  });

  it('is not blamed for a caller that is malformed', () => {
    const text = withWebhook(`customerId: id, caller: webhook, signature: { ${SIGNED} }`).replace(
      'hmacSecrets: [ "${WEBHOOK_SECRET}" ]',
      'hmacSecrets: secret',
    );
    expect(kindsOf(() => loadText(text)).map(({ key }) => key)).toEqual(['callers.webhook.hmacSecrets']);
  });
});
