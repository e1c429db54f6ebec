import { expect, it } from '@jest/globals';
import { soapId } from '../../../src/sandbox/vendors/soap/soap.js';
import { raw } from '../../support/http.js';
import { describeRecipe } from '../../support/recipe.js';

const AUTHORIZATION = `Basic ${Buffer.from('datadip:sandbox-soap-password').toString('base64')}`;
const BODY = '<GetCustomer xmlns="urn:example:customers"><id>KD-0000017</id></GetCustomer>';

describeRecipe(
  'soap',
  {
    env: (url) => ({ SOAP_URL: `${url}/soap`, SOAP_USER: 'datadip', SOAP_PASSWORD: 'sandbox-soap-password' }),
    hasSessions: false,
    byEmail: 'customer-by-email',
    ada: {
      ...{ customerId: soapId(17), displayName: 'Ada Lovelace', tier: 'Enterprise' },
      ...{ homePhone: '(555) 000-0017', isDuplicate: false },
    },
    apostrophe: { displayName: "Edsger O'Brien", isDuplicate: false },
    duplicate: { contactFound: true, customerId: soapId(49), isDuplicate: true },
    nobody: { customerId: 'UNKNOWN', displayName: '', tier: 'Standard', balance: 0, homePhone: '' },
    injections: ['</value><value>customer1@example.com', 'x&email;@example.com', ']]><by>phone</by>@example.com'],
    failures: [
      ['it answers a fault', { failureStatus: 500 }, 'origin_error'],
      ['its address is wrong', { failureStatus: 404, failureBody: 'html' }, 'origin_error'],
      ['it refuses the password', { failureStatus: 401, failureBody: 'html' }, 'origin_error'],
      ['a gateway answers 503', { failureStatus: 503, failureBody: 'empty' }, 'origin_error'],
    ],
    event: { customerId: soapId(17), eventId: 'change-1', identifiers: { ani: ['(555) 000-0017'] } },
  },
  (scene) => {
    it('reads the default of an element that is nil, and a number that is text', async () => {
      const answer = await scene.dip({ email: 'customer30@example.com' }, 'customer-by-email');
      expect(answer).toMatchObject({ contactFound: true, tier: 'Standard' });
      expect(answer?.balance).toBeGreaterThan(0);
    });

    it('takes the fault of an unknown id as "not found"', async () => {
      const found = await scene.dip({ customerId: soapId(17) }, 'profile');
      expect(found).toMatchObject({ contactFound: true, displayName: 'Ada Lovelace', isDuplicate: false });
      const unknown = await scene.dip({ customerId: 'KD-<9>' }, 'profile');
      expect(unknown).toMatchObject({ contactFound: false, source: 'origin', error: '' });
    });

    it.each([
      ['another content type', { 'content-type': 'application/xml' }, envelope(BODY)],
      ['another SOAPAction', { soapaction: '"urn:example:customers#FindCustomers"' }, envelope(BODY)],
      ['a SOAPAction without quotes', { soapaction: 'urn:example:customers#GetCustomer' }, envelope(BODY)],
      ['another namespace', {}, envelope('<GetCustomer><id>KD-0000017</id></GetCustomer>')],
      ['SOAP 1.2', {}, envelope(BODY, 'http://www.w3.org/2003/05/soap-envelope')],
      ['an element that it does not know', {}, envelope(BODY.replace('</id>', '</id><more/>'))],
      ['an envelope that is not closed', {}, envelope(BODY).slice(0, -3)],
    ])('answers a fault to %s', async (_what, headers, body) => {
      const own = { 'content-type': 'text/xml', soapaction: '"urn:example:customers#GetCustomer"' };
      const url = `${scene.sandbox.url}/soap/CustomerService`;
      expect((await raw('POST', url, envelope(BODY), { authorization: AUTHORIZATION, ...own })).status).toBe(200);
      const answer = await raw('POST', url, body, { authorization: AUTHORIZATION, ...own, ...headers });
      expect(answer).toMatchObject({ status: 500, text: expect.stringContaining('<soap:Fault>') });
    });
  },
);

function envelope(body: string, space = 'http://schemas.xmlsoap.org/soap/envelope/'): string {
  return `<s:Envelope xmlns:s="${space}"><s:Body>${body}</s:Body></s:Envelope>`;
}
