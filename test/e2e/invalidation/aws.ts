import { randomUUID } from 'node:crypto';
import { ADA } from './crm.js';

export type Event = Record<string, unknown>;

export const changed = (customerId: unknown = ADA.id, more: Event = {}): Event => ({ customerId, ...more });
const TOPIC = 'arn:aws:sns:us-east-1:123456789012:customers';

/** A message as SNS sends it to an HTTPS endpoint. */
export const sns = (event: unknown, id: string = randomUUID()): Event => ({
  Type: 'Notification',
  MessageId: id,
  TopicArn: TOPIC,
  Subject: 'a customer has changed',
  Message: JSON.stringify(event),
  Timestamp: '2026-01-31T09:30:45.013Z',
  SignatureVersion: '1',
  Signature: 'EXAMPLE',
  SigningCertURL: 'https://sns.us-east-1.amazonaws.com/SimpleNotificationService-1.pem',
  UnsubscribeURL: 'https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe',
});
/** A record as EventBridge Pipes reads it from SQS. */
export const sqs = (body: unknown, id: string = randomUUID()): Event => ({
  messageId: id,
  receiptHandle: 'AQEB',
  body: typeof body === 'string' ? body : JSON.stringify(body),
  attributes: { ApproximateReceiveCount: '1', SentTimestamp: '1545082649183' },
  messageAttributes: {},
  md5OfBody: 'e4e68fb7bd0e697a0ae8f1bb342846b3',
  eventSource: 'aws:sqs',
  eventSourceARN: 'arn:aws:sqs:us-east-1:123456789012:customers',
  awsRegion: 'us-east-1',
});
export const eventBridge = (detail: unknown, id: string = randomUUID()): Event => ({
  version: '0',
  id,
  'detail-type': 'customer changed',
  source: 'com.example.crm',
  account: '123456789012',
  time: '2026-01-31T09:30:45Z',
  region: 'us-east-1',
  resources: [],
  detail,
});
export const confirmation = (type = 'SubscriptionConfirmation'): Event => ({
  Type: type,
  MessageId: randomUUID(),
  Token: '2336412f37',
  TopicArn: TOPIC,
  Message: 'You have chosen to subscribe to the topic.\nTo confirm, visit the SubscribeURL included in this message.',
  SubscribeURL: 'http://127.0.0.1:9/?Action=ConfirmSubscription&Token=2336412f37',
  Timestamp: '2026-01-31T09:30:45.013Z',
});

/** Ways in which AWS wraps an event. The second argument is the id in the innermost envelope. */
export const WRAPPINGS: readonly (readonly [string, (event: Event, id: string) => unknown])[] = [
  ['a notification of SNS', (event, id) => sns(event, id)],
  ['a record of SNS for Lambda', (event, id) => ({ Records: [{ EventSource: 'aws:sns', Sns: sns(event, id) }] })],
  ['records of SQS for Lambda', (event, id) => ({ Records: [sqs(event, id)] })],
  [
    'a record that a pipe has shortened',
    (event, id) => ({ Records: [{ messageId: id, body: JSON.stringify(event) }] }),
  ],
  ['a batch of a pipe', (event, id) => [sqs(event, id)]],
  ['a single record of a pipe', (event, id) => sqs(event, id)],
  ['a record whose body a pipe has parsed', (event, id) => [{ ...sqs('', id), body: event }]],
  ['SNS inside SQS', (event, id) => ({ Records: [sqs(sns(event, id))] })],
  ['JSON inside a text', (event) => JSON.stringify(JSON.stringify(event))],
];
