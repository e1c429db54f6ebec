import { expect, it } from '@jest/globals';
import { patientId } from '../../../src/sandbox/vendors/fhir/fhir.js';
import { get, raw } from '../../support/http.js';
import { describeRecipe } from '../../support/recipe.js';

const ADA = { customerId: patientId(17), displayName: 'Ada Lovelace', practitioner: 'Dr. 2' };

describeRecipe(
  'fhir',
  {
    env: async (url) => {
      const { json = {} } = await get(`${url}/fhir/sandbox-client`);
      return {
        FHIR_URL: `${url}/fhir`,
        FHIR_TOKEN_URL: `${url}/fhir/oauth2/token`,
        FHIR_CLIENT_ID: String(json.clientId),
        FHIR_KEY_ID: String(json.keyId),
        FHIR_PRIVATE_KEY: String(json.privateKey),
      };
    },
    ada: ADA,
    apostrophe: { displayName: "Edsger O'Brien" },
    duplicate: { contactFound: false, customerId: 'UNKNOWN', displayName: '', source: 'origin', error: '' },
    nobody: { customerId: 'UNKNOWN', displayName: '', practitioner: '' },
    injections: ['x,customer17@example.com', 'email|customer17@example.com', 'x\\,customer17@example.com'],
    failures: [
      ['its address is wrong', { failureStatus: 404 }, 'origin_error'],
      ['it answers an outcome in a success', { failureStatus: 200 }, 'origin_error'],
      ['it answers 500', { failureStatus: 500 }, 'origin_error'],
      ['a proxy answers 502', { failureStatus: 502, failureBody: 'html' }, 'origin_error'],
      ['its limit is reached', { failureStatus: 429 }, 'origin_rate_limited'],
    ],
    event: { customerId: patientId(17), eventId: 'subscription-1', identifiers: { ani: ['555-000-0017'] } },
  },
  (scene) => {
    it('tells patients with the same number apart by their date of birth', async () => {
      const answer = await scene.dip({ ani: '+15550000048', birthDate: '1959-01-02' }, 'patient');
      expect(answer).toMatchObject({ contactFound: true, customerId: patientId(49) });
      const wrong = await scene.dip({ ani: '+15550000048', birthDate: '1960-01-02' }, 'patient');
      expect(wrong).toMatchObject({ contactFound: false, source: 'origin', error: '' });
    });

    it('answers the default of a practitioner that is missing', async () => {
      expect(await scene.dip({ ani: '5550000030' })).toMatchObject({ contactFound: true, practitioner: '' });
    });

    it.each(['not-a-jwt', 'e30.e30.e30'])('refuses the client assertion %s', async (client_assertion) => {
      const form = { grant_type: 'client_credentials', scope: 'system/Patient.read', client_assertion };
      const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
      const body = new URLSearchParams({ ...form, client_assertion_type: type }).toString();
      const answer = await raw('POST', `${scene.sandbox.url}/fhir/oauth2/token`, body);
      expect(answer).toMatchObject({ status: 400, json: { error: 'invalid_client' } });
    });

    it('answers an expired token with 401 and no body', async () => {
      const answer = await scene.vendor('/r4/Patient?phone=555-000-0017', { authorization: 'Bearer old' });
      expect(answer).toMatchObject({ status: 401, text: '' });
      expect(answer.headers['www-authenticate']).toMatch(/^Bearer error="invalid_token"/);
    });
  },
);
