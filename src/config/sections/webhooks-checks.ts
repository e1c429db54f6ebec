import type { z } from 'zod';
import { REQUIRED } from '../schema/wordings.js';
import type { Finding, Path } from '../yaml/finding.js';
import type { callerSketch } from './callers.js';
import type { CheckContext } from './check-context.js';
import { placedAlternatives } from './lookups/key-schema.js';
import type { lookupSketch } from './lookups/lookup-schema.js';
import type { webhookSketch } from './webhooks-schema.js';

type WebhookSketch = z.infer<typeof webhookSketch>;
type SignatureSketch = NonNullable<WebhookSketch['signature']>;
type CallerSketches = Readonly<Record<string, z.infer<typeof callerSketch> | undefined>>;

interface WebhooksContext extends CheckContext {
  readonly callers: CallerSketches | undefined;
  readonly lookups: Readonly<Record<string, z.infer<typeof lookupSketch> | undefined>> | undefined;
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
      : [
          ...callerFindings(webhook, path, context),
          ...signatureFindings(webhook, path),
          ...identifierFindings(webhook, path, context),
        ];
  });
}

/** A value under another name deletes nothing: only a key input alone identifies an entry. */
function identifierFindings({ identifiers = {} }: WebhookSketch, path: Path, context: WebhooksContext): Finding[] {
  const { lookups = {}, isSound } = context;
  if (!isSound(['lookups'])) return [];
  const alternatives = Object.values(lookups).flatMap((lookup) => placedAlternatives(lookup?.key));
  const inputs = new Set(alternatives.filter(({ length }) => length === 1).map(([alone]) => alone?.entry?.input));
  const names = [...inputs].sort().join(', ') || 'none';
  return Object.keys(identifiers).flatMap((name): Finding[] => {
    if (inputs.has(name)) return [];
    const message = `is no key input of a lookup; allowed: ${names}`;
    return [{ path: [...path, 'identifiers', name], message, hidesValue: true }];
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
  if (signature !== undefined) {
    const found = secretFindings(webhook, path, { ...context, callers });
    return found.length > 0 ? found : scopeFindings(caller, path, callers);
  }
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

/** Without the scope, every event would get 403. */
function scopeFindings(caller: string | undefined, path: Path, callers: CallerSketches): Finding[] {
  const scopes = caller === undefined ? undefined : callers[caller]?.scopes;
  if (scopes === undefined || scopes.includes('invalidate') || scopes.includes(undefined)) return [];
  return [{ path: [...path, 'caller'], message: 'needs a caller with the scope invalidate' }];
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
