import { Inject, Injectable } from '@nestjs/common';
import { hash, randomBytes } from 'node:crypto';
import { SCOPES, type CallerConfig, CALLERS } from '../../config/sections/callers.js';
import { organizationKey } from '../../config/sections/genesys-users.js';
import { type ServerConfig, SERVER_CONFIG } from '../../config/sections/server.js';
import { WARM_UP_CALLER, type Caller } from '../../contracts/caller.js';
import type { Signer } from './internal/signatures.js';

/** The caller of requests without credentials, in the sandbox or if no caller is declared. */
const SANDBOX_CALLER: Caller = {
  name: 'sandbox',
  tenants: new Set(['10001']),
  anyTenant: false,
  scopes: new Set(SCOPES),
  lookups: undefined,
};

interface CallerOfUsers {
  readonly caller: Caller;
  readonly maxPerUserPerSecond: number;
}

/** The API key of the sandbox caller. */
const SANDBOX_KEY = 'sandbox';

/**
 * The declared callers, by API key, and the secrets of their signatures.
 *
 * A map finds a key by its hash, so the time of a lookup does not depend on how much of a key is
 * right.
 */
@Injectable()
export class Callers {
  private readonly byKeyHash = new Map<string, Caller>();
  private readonly byCredential = new Map<string, Caller>();
  /** The secrets of all callers that sign their requests. */
  readonly signers: readonly Signer[];
  /** The system that verifies users' tokens. `undefined` means that no caller has users. */
  readonly usersSystem: string | undefined;
  private readonly byOrganization = new Map<string, CallerOfUsers>();

  /** `true`: a request without credentials belongs to the sandbox caller. */
  private readonly open: boolean;

  constructor(
    @Inject(CALLERS) declared: ReadonlyMap<string, CallerConfig>,
    @Inject(SERVER_CONFIG) { sandbox }: ServerConfig,
  ) {
    // Production refuses to start without callers, so an empty list means a developer's machine.
    this.open = sandbox || declared.size === 0;
    const callers = [...declared.values()].map((config) => ({ config, caller: toCaller(config) }));
    for (const { config, caller } of callers) for (const key of config.apiKeys) this.addKey(key, caller);
    this.signers = callers.flatMap(({ config, caller }) => config.hmacSecrets.map((secret) => ({ secret, caller })));
    if (this.open) this.addKey(SANDBOX_KEY, SANDBOX_CALLER);
    for (const { config, caller } of callers) this.addUsers(config.genesysUsers, caller);
    this.usersSystem = callers.find(({ config }) => config.genesysUsers !== undefined)?.config.genesysUsers?.system;
  }

  /**
   * Names a key without revealing the key. A token carries this name, and is valid as long as the
   * key is declared.
   */
  credentialOf(key: string): string {
    return hash('sha256', `credential:${keyHash(key)}`, 'hex').slice(0, 32);
  }

  findByCredential(credential: string): Caller | undefined {
    return this.byCredential.get(credential);
  }

  /** Runs `warmUp` with a key that is valid until `warmUp` ends. */
  async withWarmUpKey(warmUp: (key: string) => Promise<void>): Promise<void> {
    const key = randomBytes(32).toString('base64url');
    this.byKeyHash.set(keyHash(key), WARM_UP_CALLER);
    try {
      await warmUp(key);
    } finally {
      this.byKeyHash.delete(keyHash(key));
    }
  }

  findAnonymous(): Caller | undefined {
    return this.open ? SANDBOX_CALLER : undefined;
  }

  findByKey(key: string): Caller | undefined {
    return this.byKeyHash.get(keyHash(key));
  }

  /** Finds the caller whose users belong to an organization of the platform. */
  findByOrganization(id: string): CallerOfUsers | undefined {
    return this.byOrganization.get(organizationKey(id));
  }

  /** For HTTP Basic: the name must be the name of the key's caller. */
  findByNameAndKey(name: string, key: string): Caller | undefined {
    const caller = this.findByKey(key);
    return caller?.name === name ? caller : undefined;
  }

  private addUsers(users: CallerConfig['genesysUsers'], caller: Caller): void {
    if (users === undefined) return;
    const { organizations, maxPerUserPerSecond } = users;
    for (const id of organizations) this.byOrganization.set(organizationKey(id), { caller, maxPerUserPerSecond });
  }

  private addKey(key: string, caller: Caller): void {
    this.byKeyHash.set(keyHash(key), caller);
    this.byCredential.set(this.credentialOf(key), caller);
  }
}

function toCaller({ name, tenants, scopes, lookups }: CallerConfig): Caller {
  return {
    name,
    tenants: new Set(tenants),
    anyTenant: tenants.includes('*'),
    scopes: new Set(scopes),
    lookups: lookups && new Set(lookups),
  };
}

function keyHash(key: string): string {
  return hash('sha256', key, 'hex');
}
