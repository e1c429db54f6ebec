import { entityAnswer, type ApiRoute } from './api-routes.js';
import type { Contacts } from './contacts.js';
import { platformError } from './platform-error.js';

const VIEW = 'externalContacts:contact:view';

export function contactRoutes(contacts: Contacts): ApiRoute[] {
  return [
    {
      path: '/api/v2/externalcontacts/reversewhitepageslookup',
      permission: VIEW,
      answer: ({ query }) => {
        const value = query.get('lookupVal') ?? '';
        if (value === '') return platformError(400, 'bad.request', 'lookupVal is required.');
        return { status: 200, body: { contacts: contacts.byAddress(value) } };
      },
    },
    {
      path: '/api/v2/externalcontacts/contacts/{id}',
      permission: VIEW,
      answer: ({ id }) => entityAnswer(contacts.byId(id)),
    },
  ];
}
