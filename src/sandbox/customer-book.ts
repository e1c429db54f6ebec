import { z } from 'zod';
import { customerNumbered, numberOf, type Customer } from './customers.js';
import { Refusal } from './exchange.js';
import { complaintOf } from './complaint.js';

/** Changed customers are the only ones held in memory, so they are bounded. */
const MOST_CHANGED = 10_000;

type Scalar = string | number | boolean | null;

/** A customer as it stands now. A change may hold values of the wrong type, so no type is promised but the id's. */
export type CustomerRecord = { readonly [Field in keyof Customer]?: Scalar } & { readonly id: string };

const SCALAR = z.union([z.string().max(200), z.number(), z.boolean(), z.null()]);
const CONTACT = z.string().min(1).max(200).nullable();

/**
 * A partial record. Known fields only, so that a typing error is seen; but any scalar in them, because readers of a CRM must survive
 * a number where a text was. The id is not among them: it is what the customer is named by.
 */
const WHOLE_CHANGE = z.strictObject({
  phone: CONTACT,
  email: CONTACT,
  firstName: SCALAR,
  lastName: SCALAR,
  accountTier: SCALAR,
  preferredLanguage: SCALAR,
  vip: SCALAR,
  status: SCALAR,
  balance: SCALAR,
  currency: SCALAR,
  creditLimit: SCALAR,
  ssn: SCALAR,
  cardToken: SCALAR,
  notes: SCALAR,
} satisfies Record<Exclude<keyof Customer, 'id'>, z.ZodType>);
const CHANGE = WHOLE_CHANGE.partial();

type Contact = 'phone' | 'email';
const CONTACTS: readonly Contact[] = ['phone', 'email'];

/** All customers, the changed ones as changed. */
export class CustomerBook {
  private readonly changed = new Map<string, CustomerRecord>();
  /** Who is reached by a phone or e-mail that a change gave out, as `field value`. */
  private readonly moved = new Map<string, string>();

  byId(id: string): CustomerRecord | undefined {
    return this.changed.get(id) ?? original(id);
  }

  byContact(field: Contact, value: string): CustomerRecord | undefined {
    const n = numberOf(field, value);
    const id = this.moved.get(`${field} ${value}`) ?? (n === undefined ? undefined : `c-${n}`);
    const record = id === undefined ? undefined : this.byId(id);
    // A customer who moved is no longer reached where the number says.
    return record?.[field] === value ? record : undefined;
  }

  /** Merges into what the customer is now. Either all of it or, with a refusal, nothing. */
  change(id: string, change: object): CustomerRecord {
    const record = this.known(id);
    const parsed = CHANGE.safeParse(change);
    if (!parsed.success) throw new Refusal(400, complaintOf(parsed.error));
    const next = { ...record, ...parsed.data } as CustomerRecord;
    this.refuseTaken(next);
    if (!this.changed.has(id) && this.changed.size >= MOST_CHANGED) {
      throw new Refusal(409, `${MOST_CHANGED} customers are changed already, undo some with DELETE`);
    }
    this.keep(record, next);
    return next;
  }

  /** Makes the customer what it was at first. Undoing nothing is no error; a phone or e-mail another customer took since is one. */
  undo(id: string): CustomerRecord {
    const record = this.known(id);
    const first = original(id) ?? record;
    this.refuseTaken(first);
    this.forget(record);
    return first;
  }

  private known(id: string): CustomerRecord {
    const record = this.byId(id);
    if (record === undefined) throw new Refusal(404, 'no such customer');
    return record;
  }

  private refuseTaken(next: CustomerRecord): void {
    for (const field of CONTACTS) {
      const value = next[field];
      const holder = typeof value === 'string' ? this.byContact(field, value) : undefined;
      if (holder !== undefined && holder.id !== next.id) throw new Refusal(409, `${field}: belongs to ${holder.id}`);
    }
  }

  private keep(record: CustomerRecord, next: CustomerRecord): void {
    this.forget(record);
    this.changed.set(next.id, next);
    for (const field of CONTACTS) this.moved.set(`${field} ${next[field]}`, next.id);
  }

  private forget(record: CustomerRecord): void {
    this.changed.delete(record.id);
    for (const field of CONTACTS) {
      const place = `${field} ${record[field]}`;
      if (this.moved.get(place) === record.id) this.moved.delete(place);
    }
  }
}

function original(id: string): CustomerRecord | undefined {
  const n = numberOf('id', id);
  return n === undefined ? undefined : customerNumbered(n);
}
