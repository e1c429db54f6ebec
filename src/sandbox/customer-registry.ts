import { z } from 'zod';
import { createCustomer, customerNumber, type Customer } from './customers.js';
import { RequestError } from './exchange.js';
import { validate } from './validation.js';

/** Only changed customers are held in memory. This limit bounds that memory. */
const MAX_CHANGED = 10_000;

type Scalar = string | number | boolean | null;

/**
 * A customer with its changes. A change may contain values of the wrong type, so only the type of
 * the id is certain.
 */
export type CustomerRecord = { readonly [Field in keyof Customer]?: Scalar } & { readonly id: string };

const SCALAR = z.union([z.string().max(200), z.number(), z.boolean(), z.null()]);
const CONTACT = z.string().min(1).max(200).nullable();

/**
 * A change of a record. Unknown fields are refused, so that a typing error is visible. Each field
 * accepts any scalar, because readers of a CRM must survive a number in place of a text. The id is
 * not a field: it names the customer.
 */
const COMPLETE_CHANGE = z.strictObject({
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
const CHANGE = COMPLETE_CHANGE.partial();

type Contact = 'phone' | 'email';
const CONTACTS: readonly Contact[] = ['phone', 'email'];

/** All customers, with their changes. */
export class CustomerRegistry {
  private readonly changed = new Map<string, CustomerRecord>();
  /** The ids of customers by a phone or e-mail from a change; the key is `field value`. */
  private readonly reassigned = new Map<string, string>();

  byId(id: string): CustomerRecord | undefined {
    return this.changed.get(id) ?? original(id);
  }

  byContact(field: Contact, value: string): CustomerRecord | undefined {
    const n = customerNumber(field, value);
    const id = this.reassigned.get(`${field} ${value}`) ?? (n === undefined ? undefined : `c-${n}`);
    const record = id === undefined ? undefined : this.byId(id);
    // A customer with a new phone or e-mail is no longer found by the original one.
    return record?.[field] === value ? record : undefined;
  }

  /** Merges the change into the customer. A refused change changes nothing. */
  change(id: string, change: object): CustomerRecord {
    const record = this.known(id);
    const next = { ...record, ...validate(CHANGE, change) } as CustomerRecord;
    this.refuseTaken(next);
    if (!this.changed.has(id) && this.changed.size >= MAX_CHANGED) {
      throw new RequestError(
        409,
        `${this.changed.size} customers are changed; allowed: ${MAX_CHANGED}; undo changes with DELETE`,
      );
    }
    this.store(record, next);
    return next;
  }

  /**
   * Restores the original customer. An unchanged customer is no error. A phone or e-mail that
   * another customer has received since is an error.
   */
  undo(id: string): CustomerRecord {
    const record = this.known(id);
    const first = original(id) ?? record;
    this.refuseTaken(first);
    this.remove(record);
    return first;
  }

  private known(id: string): CustomerRecord {
    const record = this.byId(id);
    if (record === undefined) throw new RequestError(404, 'no such customer');
    return record;
  }

  private refuseTaken(next: CustomerRecord): void {
    for (const field of CONTACTS) {
      const value = next[field];
      const holder = typeof value === 'string' ? this.byContact(field, value) : undefined;
      if (holder !== undefined && holder.id !== next.id)
        throw new RequestError(409, `${field}: belongs to ${holder.id}`);
    }
  }

  private store(record: CustomerRecord, next: CustomerRecord): void {
    this.remove(record);
    this.changed.set(next.id, next);
    for (const field of CONTACTS) this.reassigned.set(`${field} ${next[field]}`, next.id);
  }

  private remove(record: CustomerRecord): void {
    this.changed.delete(record.id);
    for (const field of CONTACTS) {
      const key = `${field} ${record[field]}`;
      if (this.reassigned.get(key) === record.id) this.reassigned.delete(key);
    }
  }
}

function original(id: string): CustomerRecord | undefined {
  const n = customerNumber('id', id);
  return n === undefined ? undefined : createCustomer(n);
}
