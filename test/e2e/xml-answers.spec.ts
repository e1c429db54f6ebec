import { describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { get } from '../support/http.js';
import { Answer } from '../support/origin-replies.js';
import { newPhone, onStage } from './stage.js';

const FIELDS = {
  customerId: { type: 'string', from: '`@id`', default: 'UNKNOWN' },
  displayName: { type: 'string', from: 'name', default: '' },
  balance: { type: 'number', default: 0 },
  active: { type: 'boolean', default: false },
  mobile: { type: 'string', from: 'phone[`@kind` = "mobile"].`#text`', default: '' },
};
const lookupWith = (origin: Record<string, unknown>) => ({
  key: [{ input: 'ani', kind: 'phone' }],
  origin: { system: 'crm', path: '/customer', query: { phone: '{ani}' }, ...origin },
  customerId: '`@id`',
  fields: FIELDS,
  cache: { nearTtlMs: 0 },
});
const RECORD = 'Envelope.Body.GetCustomerResponse.customer';

const stage = onStage({
  lookups: {
    soap: lookupWith({ record: RECORD }),
    first: lookupWith({ record: `${RECORD}[0]` }),
    ruled: lookupWith({
      record: RECORD,
      notFoundWhen: 'status = 404 or body.Envelope.Body.Fault.faultcode = "soap:Client.NotFound"',
    }),
    counted: { ...lookupWith({ record: `${RECORD}[0]` }), fields: { matches: { type: 'integer', from: '$matches' } } },
    threaded: lookupWith({ record: `${RECORD}[$match(name, /^A/)]` }),
  },
});

const SOAP = 'xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"';
const XSI = 'http://www.w3.org/2001/XMLSchema-instance';
const CUSTOMER =
  '<c:customer id="c-17"><c:name>Ada &amp; &#x4c;ovelace</c:name><balance> 12.50 </balance><active>true</active>' +
  '<phone kind="home">1</phone><phone kind="mobile">2</phone></c:customer>';
const envelope = (body: string): string =>
  `<?xml version="1.0"?>\n<!-- made by hand --><soap:Envelope ${SOAP}><soap:Body>${body}</soap:Body></soap:Envelope>`;
const response = (body: string): string =>
  envelope(`<c:GetCustomerResponse xmlns:c="urn:crm">${body}</c:GetCustomerResponse>`);
const fault = (code: string): string =>
  envelope(`<soap:Fault><faultcode>soap:${code}</faultcode><faultstring>no</faultstring></soap:Fault>`);

const ADA = { customerId: 'c-17', displayName: 'Ada & Lovelace', balance: 12.5, active: true, mobile: '2' };
const ANSWERED = { ...ADA, contactFound: true, source: 'origin', error: '' };
const NOT_FOUND = { contactFound: false, customerId: 'UNKNOWN', source: 'origin', error: '' };
const FAILED = { contactFound: false, customerId: 'UNKNOWN', source: 'degraded', error: 'origin_error' };

async function ask(lookup: string, text: string | Buffer, contentType = 'text/xml', status = 200): Promise<unknown> {
  stage.origin.answer(() => new Answer(status, { 'content-type': contentType }, text));
  return (await stage.ask({ ani: newPhone() }, { lookup })).json;
}

describe('an answer in XML', () => {
  it('loses nothing next to an element called __proto__', async () => {
    const odd = '<__proto__><name>x</name></__proto__><constructor/><balance>';
    expect(await ask('soap', response(CUSTOMER.replace('<balance>', odd)))).toMatchObject(ANSWERED);
  });

  it.each(['text/xml', 'application/xml', 'application/soap+xml; charset=utf-8', 'Text/XML; charset="UTF-8"'])(
    'is read by its content type: %s',
    async (contentType) => {
      expect(await ask('soap', response(CUSTOMER), contentType)).toMatchObject(ANSWERED);
    },
  );

  it('is stored and answered again', async () => {
    stage.origin.text(response(CUSTOMER), 'text/xml');
    const ani = newPhone();
    await stage.ask({ ani }, { lookup: 'soap' });

    expect((await stage.ask({ ani }, { lookup: 'soap' })).json).toMatchObject({ ...ADA, source: 'cache' });
  });

  it('is read in a thread if it is long, or if an expression needs one', async () => {
    const long = response(CUSTOMER + `<!--${'x'.repeat(100_000)}-->` + '<other/>'.repeat(1000));

    expect(await ask('soap', long)).toMatchObject(ANSWERED);
    expect(await ask('threaded', response(CUSTOMER))).toMatchObject(ANSWERED);
  });

  it.each([
    ['CDATA', '<name><![CDATA[A <b> &amp; B]]></name>', 'A <b> &amp; B'],
    ['a reference that looks like two', '<name>&amp;lt;</name>', '&lt;'],
    ['a decimal reference', '<name>Jos&#233;</name>', 'José'],
    ['white space around it', '<name>\n  Ada\n</name>', 'Ada'],
    ['leading zeros', '<name>0017</name>', '0017'],
    ['a type of XML Schema', `<name xmlns:i="${XSI}" i:type="s:string">Ada</name>`, 'Ada'],
    ['nil', `<name xmlns:i="${XSI}" i:nil="true"/>`, ''],
    ['nothing', '<name/>', ''],
  ])('keeps a text unchanged: %s', async (_, name, displayName) => {
    const text = response(`<customer id="c-17">${name}</customer>`);

    expect(await ask('soap', text)).toMatchObject({ contactFound: true, displayName });
  });

  it.each([
    ['ISO-8859-1 in its declaration', 'latin1', '<?xml version="1.0" encoding="ISO-8859-1"?>', 'text/xml'],
    ['ISO-8859-1 in its header', 'latin1', '<?xml version="1.0" encoding="utf-8"?>', 'text/xml; charset=ISO-8859-1'],
    ['UTF-8 without a declaration', 'utf8', '', 'application/xml'],
    ['UTF-8 that is declared as UTF-16', 'utf8', '<?xml version="1.0" encoding="utf-16"?>', 'text/xml'],
    ['UTF-16', 'utf16le', '<?xml version="1.0" encoding="utf-16"?>', 'text/xml'],
  ] as const)('is read in its charset: %s', async (_, encoding, declaration, contentType) => {
    const text = `${declaration}<Envelope><Body><GetCustomerResponse><customer id="c-17"><name>José</name></customer></GetCustomerResponse></Body></Envelope>`;

    expect(await ask('soap', Buffer.from(text, encoding), contentType)).toMatchObject({ displayName: 'José' });
  });

  it('is a failure if its declared charset is unknown or wrong', async () => {
    const bytes = (charset: string) => Buffer.from(`<?xml version="1.0" encoding="${charset}"?><a>é</a>`, 'latin1');

    expect(await ask('soap', bytes('ebcdic'))).toMatchObject(FAILED);
    expect(await ask('soap', bytes('utf-8'))).toMatchObject(FAILED);
  });
});

describe('a record in XML', () => {
  it.each([
    ['an empty element', response('<customer/>')],
    ['an element with nil', response(`<customer xmlns:xsi="${XSI}" xsi:nil="true"/>`)],
    ['an empty response', response('')],
    ['an empty body', envelope('')],
    ['an empty document element', '<Envelope/>'],
  ])('is not found if the answer has %s', async (_, text) => {
    expect(await ask('soap', text)).toMatchObject(NOT_FOUND);
  });

  it('is a failure if there are several, unless `record` picks one', async () => {
    const two = response(`${CUSTOMER}<customer id="c-18"><name>Grace</name></customer>`);

    expect(await ask('soap', two)).toMatchObject(FAILED);
    expect(await ask('first', two)).toMatchObject(ANSWERED);
    expect(await ask('first', response(CUSTOMER))).toMatchObject(ANSWERED);
  });

  it.each([
    [1, CUSTOMER],
    [2, CUSTOMER + CUSTOMER],
  ])('is counted by $matches: %d', async (matches, customers) => {
    expect(await ask('counted', response(customers))).toMatchObject({ matches });
  });
});

describe('an answer in XML that reports a failure', () => {
  it.each([
    ['a fault in a 200', fault('Server'), 200],
    ['a fault in a 500', fault('Server'), 500],
    ['an error as its root', '<Error><Code>AccessDenied</Code></Error>', 200],
    ['an error in its root', '<result><error>locked</error></result>', 200],
    ['success false', '<result><success>false</success></result>', 200],
    ['a 404', '<Error><Code>NoSuchBucket</Code></Error>', 404],
    ['HTML', '<html xmlns="http://www.w3.org/1999/xhtml"><body>Log in</body></html>', 200],
  ])('is a failure: %s', async (_, text, status) => {
    expect(await ask('soap', text, 'text/xml', status)).toMatchObject(FAILED);
  });

  it('is "not found" if `notFoundWhen` says so', async () => {
    expect(await ask('ruled', fault('Client.NotFound'), 'text/xml', 500)).toMatchObject(NOT_FOUND);
    expect(await ask('ruled', fault('Client.NotFound'))).toMatchObject(NOT_FOUND);
    expect(await ask('ruled', '<none/>', 'text/xml', 404)).toMatchObject(NOT_FOUND);
    expect(await ask('ruled', fault('Server'), 'text/xml', 500)).toMatchObject(FAILED);
  });

  it('leaves an answer that reports no error', async () => {
    const text = response(CUSTOMER).replace('<c:GetC', '<error>0</error><success>true</success><c:GetC');

    expect(await ask('soap', text)).toMatchObject(ANSWERED);
  });
});

const lol = (levels: number): string =>
  Array.from({ length: levels }, (_, at) => `<!ENTITY l${at + 1} "${`&l${at};`.repeat(10)}">`).join('');

describe('a hostile answer in XML', () => {
  it.each<[string, string]>([
    ['entities that expand to gigabytes', `<!DOCTYPE a [<!ENTITY l0 "lol">${lol(9)}]><a>&l9;</a>`],
    ['an entity that names a file', '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'],
    ['a document type after a comment', '<?xml version="1.0"?> <!-- x --> <!DOCTYPE a><a/>'],
    ['a document type inside', '<a><!DOCTYPE b [<!ENTITY x "y">]>&x;</a>'],
    ['an unknown entity', '<a>&nbsp;</a>'],
    ['a reference to no character', '<a>&#xD800;</a>'],
    ['65 elements inside each other', '<a>'.repeat(66) + '</a>'.repeat(66)],
    ['elements without an end', '<a>'.repeat(300_000)],
    ['too many elements', `<a>${'<b/>'.repeat(60_000)}</a>`],
    ['too many attributes', `<a ${Array.from({ length: 80_000 }, (_, at) => `a${at}="1"`).join(' ')}/>`],
    ['an element that is not closed', '<a><b></a>'],
    ['a cut end', response(CUSTOMER).slice(0, -30)],
    ['two roots', '<a/><b/>'],
    ['text alone', 'no customer'],
    ['a tag that does not end', `<a b="${'x'.repeat(500_000)}`],
    ['only open brackets', '<'.repeat(1_000_000)],
    ['10 MB', `<a>${'x'.repeat(10_000_000)}</a>`],
  ])('is a failure, and other callers are answered: %s', async (_, text) => {
    stage.origin.text(response(CUSTOMER), 'text/xml');
    const known = newPhone();
    await stage.ask({ ani: known }, { lookup: 'soap' });
    const answer = ask('soap', text);
    const hits = await Promise.all(Array.from({ length: 5 }, () => stage.ask({ ani: known }, { lookup: 'soap' })));

    expect(await answer).toMatchObject(FAILED);
    for (const { json } of hits) expect(json).toMatchObject({ ...ADA, source: 'cache' });
  });

  it('is not stored, and is named in the log without its text', async () => {
    // The health page names a fault once calls about three callers have failed.
    await eventually(async () => {
      await ask('soap', '<a>secret-of-ada</b>');
      const { text } = await get(`${stage.app.url}/health/ready`);
      expect(text).toMatch(/not_xml|xml_doctype|xml_too_complex|too_large|reported_error/);
    });
    expect(JSON.stringify(stage.app.logs)).not.toContain('secret-of-ada');
  });
});
