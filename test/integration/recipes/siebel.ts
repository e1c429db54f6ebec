import { expect, it } from '@jest/globals';
import { contactId } from '../../../src/sandbox/vendors/siebel/siebel.js';
import { describeRecipe } from '../../support/recipe.js';

const AUTHORIZATION = `Basic ${Buffer.from('DATADIP:sandbox-siebel-password').toString('base64')}`;

describeRecipe(
  'siebel',
  {
    env: (url) => ({
      SIEBEL_URL: `${url}/siebel`,
      SIEBEL_USER: 'DATADIP',
      SIEBEL_PASSWORD: 'sandbox-siebel-password',
    }),
    hasSessions: false,
    ada: {
      ...{ customerId: contactId(17), displayName: 'Ada Lovelace', company: 'Company 17', tier: 'Enterprise' },
      isDuplicate: false,
    },
    apostrophe: { displayName: "Edsger O'Brien", isDuplicate: false },
    duplicate: { contactFound: true, customerId: contactId(49), isDuplicate: true },
    nobody: { customerId: 'UNKNOWN', displayName: '', company: '', tier: 'Standard', isDuplicate: false },
    injections: ["x'or[id]<>'@example.com", '[id]@example.com', '%@example.com'],
    failures: [
      ['its address is wrong', { failureStatus: 404 }, 'origin_error'],
      ['a proxy answers 404', { failureStatus: 404, failureBody: 'html' }, 'origin_error'],
      ['it refuses the password', { failureStatus: 401 }, 'origin_error'],
      ['it is busy', { failureStatus: 500 }, 'origin_error'],
    ],
    event: { customerId: contactId(17), eventId: 'workflow-1', identifiers: { ani: ['5550000017'] } },
  },
  (scene) => {
    const data = (parameters: Record<string, string>) => {
      const query = new URLSearchParams(parameters).toString();
      return scene.vendor(`/siebel/v1.0/data/Contact/Contact?${query}`, { authorization: AUTHORIZATION });
    };

    it.each(['x"or[id]<>"@example.com', '*@example.com'])(
      'sends no query for the e-mail %s, which a phrase cannot hold',
      async (email) => {
        expect(await scene.dip({ email })).toMatchObject({ contactFound: false, customerId: 'UNKNOWN' });
      },
    );

    it('answers the defaults of values that are empty text', async () => {
      const answer = await scene.dip({ email: 'customer30@example.com' });
      expect(answer).toMatchObject({ contactFound: true, company: '', tier: 'Standard' });
    });

    it('answers one contact as an object, unless the answer shall be uniform', async () => {
      const searchspec = "[Main Phone #] = '5550000017'";
      expect((await data({ searchspec })).json).toMatchObject({ items: { Id: contactId(17) } });
      expect((await data({ searchspec, uniformresponse: 'y' })).json).toMatchObject({ items: [{ Id: contactId(17) }] });
    });

    it('is strict: unknown fields and malformed specifications are refused', async () => {
      const specs = ["[Phone] = '1'", "Main Phone # = '1'", "[Id] = 'o'brien'", '[Id] = 1', "[Id] = '1' OR"];
      const answers = await Promise.all(specs.map((searchspec) => data({ searchspec })));
      expect(answers.map(({ status }) => status)).toEqual(specs.map(() => 500));
      expect(await data({ fields: 'Telephone' })).toMatchObject({ status: 500 });
    });
  },
);
