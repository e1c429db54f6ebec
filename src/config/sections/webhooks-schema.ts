import { z } from 'zod';
import { boundedExpression } from '../schema/expression.js';
import { flag, mapOf, oneOf, seen, strict, text, textThat } from '../schema/scalars.js';
import { filled, headerName, printable, tokenAddress, unpadded } from '../schema/text-rules.js';
import { SIGNATURE_ALGORITHMS, SIGNATURE_ENCODINGS, SIGNED_PARTS } from './webhook-signature.js';
import type { WebhookConfig } from './webhooks.js';

const prefix = textThat(printable).default('');

const signature = strict({
  header: textThat(headerName),
  algorithm: oneOf(SIGNATURE_ALGORITHMS).default('sha256'),
  encoding: oneOf(SIGNATURE_ENCODINGS),
  prefix,
  of: oneOf(SIGNED_PARTS),
  timestampHeader: textThat(headerName).optional(),
  timestampPrefix: prefix,
  url: textThat(filled, unpadded, tokenAddress).optional(),
});

export const webhookSchema = strict({
  caller: text.optional(),
  list: boundedExpression.optional(),
  when: boundedExpression.optional(),
  customerId: boundedExpression,
  tenant: boundedExpression.optional(),
  eventId: boundedExpression.optional(),
  identifiers: mapOf(boundedExpression).default({}),
  critical: flag.default(false),
  signature: signature.optional(),
});

type DeclaredWebhook = z.infer<typeof webhookSchema>;

/** The sketch of a webhook; see `seen` in `scalars.ts`. */
export const webhookSketch = z.object({
  caller: seen(text),
  identifiers: seen(z.record(z.string(), z.unknown())),
  signature: seen(
    z.object({ of: seen(text), timestampHeader: seen(text), timestampPrefix: seen(text), url: seen(text) }),
  ),
});

/** The names of headers are in the lower case that Node provides. */
export function webhookConfig(name: string, declared: DeclaredWebhook): WebhookConfig {
  const { caller, list, when, customerId, tenant, eventId, identifiers, critical, signature: scheme } = declared;
  const signed = scheme && {
    ...scheme,
    header: scheme.header.toLowerCase(),
    timestampHeader: scheme.timestampHeader?.toLowerCase(),
    url: scheme.url,
  };
  return { name, caller, list, when, customerId, tenant, eventId, identifiers, critical, signature: signed };
}
