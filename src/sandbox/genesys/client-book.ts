import { z } from 'zod';
import { complaintOf } from '../complaint.js';
import { Refusal } from '../exchange.js';

const MOST_CLIENTS = 100;
const MOST_NAMES = 500;

const NAMES = z.array(z.string().min(1).max(200)).max(MOST_NAMES);

const CLIENT = z.strictObject({
  secret: z.string().min(1).max(200),
  /** What its roles let it do. A route asks for one of them. */
  permissions: NAMES,
  /** `scope` of the token answer; null leaves it out. */
  scope: z.string().max(5000).nullable(),
  /** `authorizedScope` of `GET /api/v2/tokens/me`; null lists the permissions. */
  authorizedScope: NAMES.nullable(),
});

/** An OAuth client of the client-credentials kind. */
export type Client = Readonly<z.infer<typeof CLIENT>>;

/** There from the start, and after it was taken away. It may read what the bundled lookups read, and nothing more. */
const FIRST_CLIENT = 'sandbox-client';

const FIRST: Client = {
  secret: 'sandbox-secret',
  permissions: ['externalContacts:contact:view', 'directory:user:view', 'routing:queue:view'],
  scope: null,
  authorizedScope: null,
};

/** Who may log in. */
export class ClientBook {
  private readonly clients = new Map<string, Client>([[FIRST_CLIENT, FIRST]]);

  byId(id: string): Client | undefined {
    return this.clients.get(id);
  }

  known(id: string): Client {
    const client = this.byId(id);
    if (client === undefined) throw new Refusal(404, 'no such client');
    return client;
  }

  /** Merges into the client, or into a new one that may do what the first may. Either all of it or, with a refusal, nothing. */
  change(id: string, change: object): Client {
    const parsed = CLIENT.safeParse({ ...(this.clients.get(id) ?? FIRST), ...change });
    if (!parsed.success) throw new Refusal(400, complaintOf(parsed.error));
    if (!/^[\w.-]{1,100}$/.test(id)) throw new Refusal(400, 'a client id is 1 to 100 letters, digits, dots or dashes');
    if (!this.clients.has(id) && this.clients.size >= MOST_CLIENTS) {
      throw new Refusal(409, `there are ${MOST_CLIENTS} clients already, take some away with DELETE`);
    }
    this.clients.set(id, parsed.data);
    return parsed.data;
  }

  /** Takes a client away; the first one becomes what it was. */
  remove(id: string): Client {
    const client = this.known(id);
    if (id === FIRST_CLIENT) this.clients.set(id, FIRST);
    else this.clients.delete(id);
    return this.clients.get(id) ?? client;
  }
}
