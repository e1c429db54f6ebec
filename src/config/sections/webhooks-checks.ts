import type { z } from 'zod';
import { REQUIRED } from '../schema/wordings.js';
import type { Finding, Path } from '../yaml/finding.js';
import type { callerSketch } from './callers.js';
import type { CheckContext } from './check-context.js';
import type { webhookSketch } from './webhooks-schema.js';

type WebhookSketch = z.infer<typeof webhookSketch>;
type SignatureSketch = NonNullable<WebhookSketch['signature']>;
type CallerSketches = Readonly<Record<string, z.infer<typeof callerSketch> | undefined>>;

interface WebhooksContext extends CheckContext {
  readonly callers: CallerSketches | undefined;
}

/** The routes that Datadip has without a declaration. Express ignores upper and lower case. */
const BUILT_IN: readonly string[] = ['customer-updated', 'eventbridge'];

/** Checks the rules between the keys of webhooks, and their callers. */
export function webhookFindings(
  webhooks: Readonly<Record<string, WebhookSketch | undefined>> = {},
  context: WebhooksContext,
): Finding[] {
  return Object.entries(webhooks).flatMap(([name, webhook]) => {
    const path = ['webhooks', name];
    if (BUILT_IN.includes(name.toLowerCase()))
      return [{ path, message: 'is reserved: Datadip has a webhook of this name', hidesValue: true }];
    return webhook === undefined
      ? []
      : [...callerFindings(webhook, path, context), ...signatureFindings(webhook, path)];
  });
}

function callerFindings(webhook: WebhookSketch, path: Path, context: WebhooksContext): Finding[] {
  const { callers = {}, isSound } = context;
  const { caller, signature } = webhook;
  if (context.callers === undefined && !isSound(['callers'])) return [];
  if (caller !== undefined && !Object.hasOwn(callers, caller)) {
    const names = Object.keys(callers).join(', ') || 'none';
    return [{ path: [...path, 'caller'], message: `is not a declared caller; declared: ${names}` }];
  }
  if (signature !== undefined) return secretFindings(webhook, path, { ...context, callers });
  if (caller === undefined || !isSound([...path, 'signature'])) return [];
  return [{ path: [...path, 'caller'], message: 'has no effect without signature' }];
}

/** A malformed caller may have a secret: its own problem is reported. */
function secretFindings(
  { caller }: WebhookSketch,
  path: Path,
  { callers, isSound }: WebhooksContext & { readonly callers: CallerSketches },
): Finding[] {
  const names = caller === undefined ? Object.keys(callers) : [caller];
  const mayHaveSecret = names.some((name) => {
    const signer = callers[name];
    return !isSound(['callers', name]) || signer === undefined || (signer.hmacSecrets ?? []).length > 0;
  });
  if (mayHaveSecret) return [];
  const place = [...path, caller === undefined ? 'signature' : 'caller'];
  return [{ path: place, message: 'needs a caller with hmacSecrets: they verify the signature', hidesValue: true }];
}

function signatureFindings({ signature }: WebhookSketch, path: Path): Finding[] {
  if (signature?.of === undefined) return [];
  const at = (key: string): Path => [...path, 'signature', key];
  const { of } = signature;
  return [...timestampFindings(signature, of, at), ...urlFindings(signature, of, at)];
}

function timestampFindings(
  { timestampHeader, timestampPrefix = '' }: SignatureSketch,
  of: string,
  at: (key: string) => Path,
): Finding[] {
  const isNamed = timestampHeader !== undefined || timestampPrefix !== '';
  if (of.includes('timestamp'))
    return isNamed ? [] : [{ path: at('timestampHeader'), message: `${REQUIRED} with a timestamp in of` }];
  if (!isNamed) return [];
  const key = timestampHeader === undefined ? 'timestampPrefix' : 'timestampHeader';
  return [{ path: at(key), message: 'has no effect without a timestamp in of' }];
}

function urlFindings({ url }: SignatureSketch, of: string, at: (key: string) => Path): Finding[] {
  if (of.includes('url')) return url === undefined ? [{ path: at('url'), message: `${REQUIRED} with url in of` }] : [];
  return url === undefined ? [] : [{ path: at('url'), message: 'has no effect without url in of' }];
}
