import type { CheckContext } from './check-context.js';
import type { CallerSketch } from './file-sketch.js';
import type { Finding } from './finding.js';

type Secrets = 'apiKeys' | 'hmacSecrets';
type Callers = readonly (readonly [string, CallerSketch])[];

/** Whom the sandbox takes a request without credentials for. */
const SANDBOX_CALLER = 'sandbox';

export function callerFindings(context: CheckContext): Finding[] {
  const declared = Object.entries(context.sketch.callers ?? {});
  const callers = declared.flatMap(([name, caller]) => (caller === undefined ? [] : [[name, caller] as const]));
  return [
    ...nobodyMayAsk(declared.length, context),
    ...callers.flatMap(([name]) => reserved(name)),
    ...callers.flatMap(([name, caller]) => withoutCredentials(name, caller, context)),
    ...shared('apiKeys', callers),
    ...shared('hmacSecrets', callers),
  ];
}

function nobodyMayAsk(declared: number, { mode, isSound }: CheckContext): Finding[] {
  if (mode !== 'production' || declared > 0 || !isSound(['callers'])) return [];
  return [{ path: ['callers'], message: 'required in production: without a caller nobody may ask' }];
}

function reserved(name: string): Finding[] {
  if (name !== SANDBOX_CALLER) return [];
  return [{ path: ['callers', name], message: 'is reserved for requests to the sandbox', valueIsMoot: true }];
}

function withoutCredentials(
  name: string,
  { apiKeys = [], hmacSecrets = [] }: CallerSketch,
  { isSound }: CheckContext,
): Finding[] {
  const path = ['callers', name];
  if (apiKeys.length + hmacSecrets.length > 0 || !isSound(path)) return [];
  return [{ path, message: 'needs apiKeys or hmacSecrets: nobody could prove to be this caller' }];
}

/** Who asks is told by the secret alone, so it must tell one caller from another. */
function shared(kind: Secrets, callers: Callers): Finding[] {
  const owners = new Map<string, string>();
  return callers.flatMap(([name, caller]) =>
    (caller[kind] ?? []).flatMap((secret, at): Finding[] => {
      if (secret === undefined) return [];
      const owner = owners.get(secret) ?? name;
      owners.set(secret, owner);
      return owner === name
        ? []
        : [{ path: ['callers', name, kind, at], message: `is also given to the caller ${owner}` }];
    }),
  );
}
