import { randomUUID } from 'node:crypto';
import { ADA } from './crm.js';

export interface ContactEventOptions {
  readonly id?: string;
  readonly topic?: string;
  readonly detailType?: string;
  readonly body?: Readonly<Record<string, unknown>>;
}

const SOURCE = 'aws.partner/genesys.com/cloud/7f1c2f6e-5f0c-4f43-9d51-6a1d8b0a7b11/contacts';
const AT = '2026-01-31T09:30:45.013Z';

/** An event of Genesys Cloud as Amazon EventBridge delivers it. By default, Ada has changed. */
export function contactEvent(options: ContactEventOptions = {}): Record<string, unknown> {
  const topicName = options.topic ?? `v2.externalcontacts.contacts.${ADA.id}`;
  return envelope(options.id ?? randomUUID(), options.detailType ?? 'v2.externalcontacts.contacts.{id}', {
    topicName,
    eventBody: options.body ?? { id: ADA.id, type: 'Curated', firstName: ADA.firstName, externalIds: [] },
  });
}

/** An event of an agent: the user is in the topic, and the body has other ids. */
export const USER_PRESENCE = envelope(
  '4cbedb0f-4dfd-4c8e-9e57-0acded092527',
  'v2.audits.entitytype.{id}.entityid.{id}',
  {
    topicName: 'v2.audits.entitytype.UserPresence.entityid.278522be-1683-4877-8257-4164a177be89',
    eventBody: {
      id: 'b8775049-2993-450d-97d7-5d7c784d7cc9',
      userId: '278522be-1683-4877-8257-4164a177be89',
      username: { id: '' },
      clientId: {},
      action: 'Update',
      entity: { id: '278522be-1683-4877-8257-4164a177be89', name: 'John Doe' },
      propertyChanges: [{ property: 'PRESENCE', oldValues: ['Break'], newValues: ['Available'] }],
    },
  },
);

/**
 * An event of a conversation: it names an external contact, but only the conversation has changed.
 */
export const CUSTOMER_START = envelope(
  'adbcfa5b-0116-4baa-b66b-a3f5902e95bf',
  'v2.detail.events.conversation.{id}.customer.start',
  {
    topicName: 'v2.detail.events.conversation.2f7bf00a-0fc2-4d6a-9b56-92238191433e.customer.start',
    eventBody: {
      eventTime: 1649237444949,
      conversationId: '2f7bf00a-0fc2-4d6a-9b56-92238191433e',
      mediaType: 'CHAT',
      direction: 'INBOUND',
      externalContactId: ADA.id,
      conversationExternalContactIds: [ADA.id],
    },
  },
);

function envelope(id: string, detailType: string, detail: Record<string, unknown>): Record<string, unknown> {
  return {
    version: '0',
    id,
    'detail-type': detailType,
    source: SOURCE,
    account: '123456789012',
    time: AT,
    region: 'us-east-1',
    resources: [],
    detail: { ...detail, version: '2', metadata: { CorrelationId: randomUUID() }, timestamp: AT },
  };
}
