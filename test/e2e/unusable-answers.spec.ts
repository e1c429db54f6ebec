/** This file exceeds 220 lines because its tables list every kind of answer. */
import { describe, expect, it } from '@jest/globals';
import { ADA, ADA_ANSWER, DEFAULT_ANSWER } from '../support/declaration.js';
import { eventually } from '../support/eventually.js';
import { Answer } from '../support/origin-replies.js';
import { newPhone, onStage, type Stage } from './stage.js';

const HTML = { 'content-type': 'text/html' };
const TEXT = { 'content-type': 'text/plain' };
const JSON_TYPE = { 'content-type': 'application/json' };
const FHIR = { 'content-type': 'application/fhir+json' };

const FAILED = { ...DEFAULT_ANSWER, source: 'degraded', error: 'origin_error' };
const NOT_FOUND = { ...DEFAULT_ANSWER, source: 'origin', error: '' };

const FIELDS = {
  customerId: { type: 'string', from: 'id', default: 'UNKNOWN' },
  displayName: { type: 'string', from: '$join([firstName, lastName], " ")', default: '' },
  tier: { type: 'string', from: 'accountTier', default: 'Standard' },
};
const lookupWith = (origin: Record<string, unknown>, fields: Record<string, unknown> = FIELDS) => ({
  key: [{ input: 'ani', kind: 'phone' }],
  origin: { system: 'crm', path: '/search', query: { phone: '{ani}' }, ...origin },
  customerId: 'id',
  fields,
  cache: { nearTtlMs: 0 },
});

const outcome = (severity: string) => ({ resourceType: 'OperationOutcome', issue: [{ severity, code: 'processing' }] });
const bundle = (...resources: unknown[]) => ({
  resourceType: 'Bundle',
  total: 0,
  entry: resources.map((resource) => ({ resource })),
});

const stage: Stage = onStage({
  lookups: {
    whole: lookupWith({}),
    listed: lookupWith({ record: 'results' }),
    patient: lookupWith({ record: 'entry.resource' }),
    counted: lookupWith({ record: 'results[0]' }, { ...FIELDS, matches: { type: 'integer', from: '$matches' } }),
    single: lookupWith({ record: '$matches = 1 ? results[0]' }),
    unambiguous: lookupWith({ record: 'results[0]', failWhen: '$matches > 1' }),
    ruled: lookupWith({
      failWhen: 'body.ok = false or headers.`x-degraded` = "yes"',
      notFoundWhen: 'status = 404 and body.code = "NO_SUCH_CUSTOMER" or body = "no customer" or status = 422',
    }),
    limited: lookupWith({
      failWhen: '"THROTTLED" in body.errors.extensions.code or status = 403 ? "rate_limited" : body.errors',
    }),
    brokenRule: lookupWith({ failWhen: '$number(body.code) > 3' }),
    brokenRecord: lookupWith({ record: '$uppercase(results)' }),
  },
});

async function ask(lookup: string, answer: unknown): Promise<unknown> {
  stage.origin.answer(() => answer);
  return (await stage.ask({ ani: newPhone() }, { lookup })).json;
}

describe('an answer that says nothing about the record', () => {
  it.each<[string, Answer]>([
    ['404 with the text of a default back end', new Answer(404, TEXT, 'default backend - 404')],
    ['404 with text and no content type', new Answer(404, {}, 'Not Found')],
    ['404 with a number as text', new Answer(404, TEXT, '404')],
    ['404 with HTML', new Answer(404, HTML, '<html><body>Not Found</body></html>')],
    ['404 with HTML that is declared as JSON', new Answer(404, JSON_TYPE, '<html></html>')],
    ['404 without a body', new Answer(404, {}, '')],
    ['410 with HTML', new Answer(410, HTML, '<h1>Gone</h1>')],
    ['200 with an HTML log-in page', new Answer(200, HTML, '<!doctype html><form>Log in</form>')],
    ['200 with text', new Answer(200, TEXT, 'maintenance')],
    ['200 with HTML in front of JSON', new Answer(200, HTML, '<br />Warning: x\n{"id":"c-17"}')],
    ['400 with JSON', Answer.json({ error: 'bad request' }, 400)],
    ['403 with JSON', Answer.json({ error: 'forbidden' }, 403)],
    ['302 to a log-in page', new Answer(302, { location: '/login' }, '')],
    ['500 with JSON', Answer.json(ADA, 500)],
  ])('is a failure: %s', async (_what, answer) => {
    expect(await ask('whole', answer)).toMatchObject(FAILED);
  });

  it.each<[string, unknown]>([
    ['a list of errors', { errors: [{ message: 'throttled', extensions: { code: 'THROTTLED' } }] }],
    ['errors next to data', { data: { customer: null }, errors: [{ message: 'timeout' }] }],
    ['errors next to a record', { ...ADA, errors: { '0': 'stale' } }],
    ['an error object', { error: { code: 500, message: 'database unavailable' } }],
    ['an error text', { error: 'temporarily unavailable' }],
    ['an error code', { error: 503 }],
    ['success: false', { success: false, data: null }],
    ['success: "false"', { success: 'False' }],
    ['an OperationOutcome', outcome('fatal')],
  ])('is a failure: 200 with JSON that reports %s', async (_what, body) => {
    expect(await ask('whole', body)).toMatchObject(FAILED);
    expect(await ask('listed', { results: [body] })).toMatchObject(FAILED);
  });

  it.each<[string, unknown]>([
    ['text', 'no record'],
    ['a number', 7],
    ['true', true],
    ['a list of texts', ['c-17']],
    ['a list of numbers', [17]],
  ])('is a failure: a record that is %s', async (_what, body) => {
    expect(await ask('whole', body)).toMatchObject(FAILED);
    expect(await ask('listed', { results: body })).toMatchObject(FAILED);
  });

  it('is a failure: a record whose expression fails, or whose rule fails', async () => {
    expect(await ask('brokenRecord', { results: 5 })).toMatchObject(FAILED);
    expect(await ask('brokenRule', { ...ADA, code: 'x' })).toMatchObject(FAILED);
  });
});

describe('an answer for which `failWhen` gives `rate_limited`', () => {
  it.each<[string, Answer]>([
    ['200', Answer.json({ errors: [{ message: 'x' }, { extensions: { code: 'THROTTLED' } }] })],
    ['403', Answer.json([{ errorCode: 'REQUEST_LIMIT_EXCEEDED' }], 403)],
  ])('is a request for fewer calls: %s', async (_status, answer) => {
    expect(await ask('limited', answer)).toMatchObject({ ...FAILED, error: 'origin_rate_limited' });
    stage.origin.answer(() => ADA);
    expect((await stage.ask({ ani: newPhone() }, { lookup: 'limited' })).json).toMatchObject(ADA_ANSWER);
  });

  it('is any other failure if `failWhen` gives another value', async () => {
    expect(await ask('limited', { errors: [{ message: 'timeout' }] })).toMatchObject(FAILED);
    expect(await ask('limited', { ...ADA, errors: [] })).toMatchObject(ADA_ANSWER);
  });

  it('pauses the system after such answers about three customers, and counts no refused credentials', async () => {
    const limit = new Answer(403, { ...JSON_TYPE, 'retry-after': '1' }, '[{}]');
    for (let customer = 0; customer < 3; customer += 1)
      expect(await ask('limited', limit)).toMatchObject({ error: 'origin_rate_limited' });
    const calls = stage.origin.calls.length;
    expect(await ask('limited', ADA)).toMatchObject({ error: 'origin_rate_limited' });
    expect(stage.origin.calls).toHaveLength(calls);
    await eventually(async () => expect(await ask('limited', ADA)).toMatchObject(ADA_ANSWER));
  });
});

describe('an answer about an unknown customer', () => {
  it.each<[string, Answer]>([
    ['404 with JSON', Answer.json({ error: 'no such customer' }, 404)],
    ['404 with an empty body declared as JSON', new Answer(404, JSON_TYPE, '')],
    ['404 with an OperationOutcome', new Answer(404, FHIR, JSON.stringify(outcome('error')))],
    ['404 with a list', Answer.json([], 404)],
    ['410 with JSON', Answer.json({ message: 'gone' }, 410)],
    ['410 without a body', new Answer(410, {}, '')],
    ['204', new Answer(204, {}, '')],
    ['200 without a body', new Answer(200, {}, '')],
  ])('is "not found": %s', async (_what, answer) => {
    expect(await ask('whole', answer)).toMatchObject(NOT_FOUND);
  });

  it.each([[[]], [{}], [''], [null], [[null]], [[[]]], ['  ']])(
    'is "not found": %j in place of a record',
    async (body) => {
      expect(await ask('whole', body)).toMatchObject(NOT_FOUND);
      expect(await ask('listed', { results: body })).toMatchObject(NOT_FOUND);
      expect(await ask('counted', { results: [body] })).toMatchObject(NOT_FOUND);
    },
  );

  it.each<[string, unknown]>([
    ['without entries', { resourceType: 'Bundle', total: 0 }],
    ['with an outcome that informs', bundle(outcome('warning'))],
    ['with two outcomes that inform', bundle(outcome('information'), outcome('warning'))],
  ])('is "not found": a Bundle %s', async (_what, body) => {
    expect(await ask('patient', body)).toMatchObject(NOT_FOUND);
  });

  it('is a failure: a Bundle with an outcome that reports an error', async () => {
    expect(await ask('patient', bundle(outcome('error')))).toMatchObject(FAILED);
  });

  it('is found next to an outcome that informs', async () => {
    expect(await ask('patient', bundle(outcome('information'), ADA))).toMatchObject(ADA_ANSWER);
  });

  it.each([{ errors: [] }, { errors: null, error: null }, { error: '', errors: {} }, { error: false, success: true }])(
    'is found with members that report no error: %j',
    async (members) => {
      expect(await ask('whole', { ...ADA, ...members })).toMatchObject(ADA_ANSWER);
    },
  );
});

describe('the rules of a lookup', () => {
  it.each<[string, unknown, object]>([
    ['fails where failWhen is true', { ...ADA, ok: false }, FAILED],
    ['fails by a header', Answer.json(ADA, 200, { 'x-degraded': 'yes' }), FAILED],
    ['finds no customer where notFoundWhen is true', Answer.json({ code: 'NO_SUCH_CUSTOMER' }, 404), NOT_FOUND],
    ['finds no customer by a text', new Answer(404, TEXT, 'no customer'), NOT_FOUND],
    ['finds no customer by another status', Answer.json({}, 422), NOT_FOUND],
    ['fails for another 404', Answer.json({ message: 'no route matched' }, 404), FAILED],
    ['fails for another status', Answer.json({ message: 'bad request' }, 400), FAILED],
    ['takes the place of the usual rule for errors', { ...ADA, error: 'E17' }, ADA_ANSWER],
    ['finds no customer where the record is empty', {}, NOT_FOUND],
  ])('%s', async (_what, answer, expected) => {
    expect(await ask('ruled', answer)).toMatchObject(expected);
  });
});

describe('an answer with several records', () => {
  const twins = [
    { id: 'c-17', firstName: 'Ada', lastName: 'Lovelace' },
    { id: 'c-18', firstName: 'Bob', lastName: 'Lovelace' },
  ];

  it('is a failure if the expression for the record picks none of them', async () => {
    expect(await ask('listed', { results: twins })).toMatchObject(FAILED);
    expect(await ask('whole', twins)).toMatchObject(FAILED);
    expect(await ask('patient', bundle(...twins))).toMatchObject(FAILED);
  });

  it('is the record that the expression picks, and counts how many there were', async () => {
    expect(await ask('counted', { results: twins })).toMatchObject({ displayName: 'Ada Lovelace', matches: 2 });
    expect(await ask('counted', { results: [ADA] })).toMatchObject({ displayName: 'Ada Lovelace', matches: 1 });
    expect(await ask('counted', { results: ADA })).toMatchObject({ displayName: 'Ada Lovelace', matches: 1 });
  });

  it('can be refused by the number of records', async () => {
    expect(await ask('single', { results: twins })).toMatchObject(NOT_FOUND);
    expect(await ask('single', { results: [ADA] })).toMatchObject(ADA_ANSWER);
    expect(await ask('unambiguous', { results: twins })).toMatchObject(FAILED);
    expect(await ask('unambiguous', { results: [ADA] })).toMatchObject(ADA_ANSWER);
  });

  it('is the record of a list of one', async () => {
    expect(await ask('listed', { results: [ADA] })).toMatchObject(ADA_ANSWER);
    expect(await ask('whole', [ADA])).toMatchObject(ADA_ANSWER);
  });
});

describe('a stored answer while the origin sends pages of a proxy', () => {
  const ageing: Stage = onStage({ cache: { ttlMs: 300, staleMs: 600_000, notFoundTtlMs: 600_000 } });

  it.each<[string, () => Answer]>([
    ['404 of a default back end', () => new Answer(404, TEXT, 'default backend - 404')],
    ['200 with errors', () => Answer.json({ errors: [{ message: 'down' }] })],
    ['a log-in page', () => new Answer(200, HTML, '<html>log in</html>')],
  ])('stays, and is answered as stale: %s', async (_what, page) => {
    const ani = newPhone();
    expect((await ageing.ask({ ani })).json).toMatchObject({ ...ADA_ANSWER, source: 'origin' });
    ageing.origin.answer(page);
    await ageing.askUntil('stale', { ani });
    const before = ageing.origin.count;
    // The refresh behind the stale answer has failed, and a later one fails too.
    await eventually(async () => {
      expect((await ageing.ask({ ani })).json).toMatchObject({ ...ADA_ANSWER, source: 'stale' });
      expect(ageing.origin.count).toBeGreaterThan(before);
    });
    expect((await ageing.ask({ ani })).json).toMatchObject({ ...ADA_ANSWER, source: 'stale' });
  });
});
