import { Inject, Injectable } from '@nestjs/common';
import { hash, randomBytes } from 'node:crypto';
import { SCOPES, type CallerConfig, type ServerConfig } from '../../config/config.js';
import { CALLERS, SERVER_CONFIG } from '../../config/tokens.js';
import { WARM_UP_CALLER, type Caller } from '../../contracts/caller.js';
import { WallClock } from '../../kernel/wall-clock.js';
import { isSignedBy, type Signature } from './internal/signatures.js';

/** Who asks in the sandbox, and while no caller is declared outside production. */
const SANDBOX_CALLER: Caller = {
  name: 'sandbox',
  tenants: new Set(['10001']),
  anyTenant: false,
  scopes: new Set(SCOPES),
};

/** The key that names the sandbox caller. */
const SANDBOX_KEY = 'sandbox';

/**
 * Who holds which key.
 *
 * Keys are compared by their hashes, through a map: how long that takes says nothing about how much of a key was right.
 */
@Injectable()
export class Callers {
  private readonly byKeyHash = new Map<string, Caller>();
  private readonly byCredential = new Map<string, Caller>();
  private readonly bySecret: readonly { readonly secret: string; readonly caller: Caller }[];

  /** Whether a request without credentials is the sandbox caller. */
  private readonly open: boolean;

  constructor(
    @Inject(CALLERS) declared: ReadonlyMap<string, CallerConfig>,
    @Inject(SERVER_CONFIG) { sandbox }: ServerConfig,
    private readonly clock: WallClock,
  ) {
    // Production refuses to start without callers, so an empty list means a developer's machine.
    this.open = sandbox || declared.size === 0;
    const callers = [...declared.values()].map((config) => ({ config, caller: toCaller(config) }));
    for (const { config, caller } of callers) for (const key of config.apiKeys) this.know(key, caller);
    this.bySecret = callers.flatMap(({ config, caller }) => config.hmacSecrets.map((secret) => ({ secret, caller })));
    if (this.open) this.know(SANDBOX_KEY, SANDBOX_CALLER);
  }

  /** Names a key without telling it, for a token that lives no longer than the key is the caller's. */
  credentialOf(key: string): string {
    return hash('sha256', `credential:${keyHash(key)}`, 'hex').slice(0, 32);
  }

  byCredentialName(credential: string): Caller | undefined {
    return this.byCredential.get(credential);
  }

  /** A key for the rehearsal, until it is over. */
  async duringWarmUp(rehearse: (key: string) => Promise<void>): Promise<void> {
    const key = randomBytes(32).toString('base64url');
    this.byKeyHash.set(keyHash(key), WARM_UP_CALLER);
    try {
      await rehearse(key);
    } finally {
      this.byKeyHash.delete(keyHash(key));
    }
  }

  anonymous(): Caller | undefined {
    return this.open ? SANDBOX_CALLER : undefined;
  }

  byKey(key: string): Caller | undefined {
    return this.byKeyHash.get(keyHash(key));
  }

  /** Whose secret signed the body; every secret is tried, so that the time taken tells nothing. */
  bySignature(signature: Signature, rawBody: Buffer): Caller | undefined {
    const nowS = this.clock.nowMs() / 1000;
    const signers = this.bySecret.filter(({ secret }) => isSignedBy(secret, signature, rawBody, nowS));
    return signers[0]?.caller;
  }

  /** HTTP Basic: the name must be that of the key's caller. */
  byNameAndKey(name: string, key: string): Caller | undefined {
    const caller = this.byKey(key);
    return caller?.name === name ? caller : undefined;
  }

  private know(key: string, caller: Caller): void {
    this.byKeyHash.set(keyHash(key), caller);
    this.byCredential.set(this.credentialOf(key), caller);
  }
}

function toCaller({ name, tenants, scopes }: CallerConfig): Caller {
  return { name, tenants: new Set(tenants), anyTenant: tenants.includes('*'), scopes: new Set(scopes) };
}

function keyHash(key: string): string {
  return hash('sha256', key, 'hex');
}
