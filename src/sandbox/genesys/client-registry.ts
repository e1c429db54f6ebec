import { z } from 'zod';
import { RequestError } from '../exchange.js';
import { validate } from '../validation.js';

const MAX_CLIENTS = 100;
const MAX_NAMES = 500;

const NAMES = z.array(z.string().min(1).max(200)).max(MAX_NAMES);

const CLIENT = z.strictObject({
  secret: z.string().min(1).max(200),
  /** The permissions of its roles. A route requires one of them. */
  permissions: NAMES,
  /** `scope` of the token answer. `null` omits it. */
  scope: z.string().max(5000).nullable(),
  /** `authorizedScope` of `GET /api/v2/tokens/me`. `null` lists the permissions. */
  authorizedScope: NAMES.nullable(),
  /**
   * The addresses to which the login host may send a browser back. `null`: the client has a secret
   * and no users. An empty list allows every address on loopback.
   */
  redirectUris: NAMES.nullable(),
});

/** An OAuth client: with client credentials, or a public client whose users sign in with PKCE. */
export type Client = Readonly<z.infer<typeof CLIENT>>;

/**
 * New clients begin with these values. The permissions are those that the bundled lookups need.
 */
const DEFAULT_CLIENT: Client = {
  secret: 'sandbox-secret',
  permissions: ['externalContacts:contact:view', 'directory:user:view', 'routing:queue:view'],
  scope: null,
  authorizedScope: null,
  redirectUris: null,
};

/** Exist from the start. A DELETE restores such a client. */
const FIXED: Readonly<Record<string, Client>> = {
  'sandbox-client': DEFAULT_CLIENT,
  'sandbox-app': { ...DEFAULT_CLIENT, permissions: [], redirectUris: [] },
};

/** The clients that may log in. */
export class ClientRegistry {
  private readonly clients = new Map<string, Client>(Object.entries(FIXED));

  byId(id: string): Client | undefined {
    return this.clients.get(id);
  }

  known(id: string): Client {
    const client = this.byId(id);
    if (client === undefined) throw new RequestError(404, 'no such client');
    return client;
  }

  /**
   * Merges the change into the client, or into a new client with the values of the default client.
   * A refused change changes nothing.
   */
  change(id: string, change: object): Client {
    const client = validate(CLIENT, { ...(this.clients.get(id) ?? DEFAULT_CLIENT), ...change });
    if (!/^[\w.-]{1,100}$/.test(id))
      throw new RequestError(400, 'client id is invalid; allowed: 1 to 100 letters, digits, dots or dashes');
    if (!this.clients.has(id) && this.clients.size >= MAX_CLIENTS) {
      throw new RequestError(
        409,
        `${this.clients.size} clients exist; allowed: ${MAX_CLIENTS}; remove clients with DELETE`,
      );
    }
    this.clients.set(id, client);
    return client;
  }

  /** Removes a client. A client that exists from the start is restored instead. */
  remove(id: string): Client {
    const client = this.known(id);
    const fixed = Object.hasOwn(FIXED, id) ? FIXED[id] : undefined;
    if (fixed === undefined) this.clients.delete(id);
    else this.clients.set(id, fixed);
    return this.clients.get(id) ?? client;
  }
}
