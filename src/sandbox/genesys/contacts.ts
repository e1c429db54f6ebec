import type { CustomerRegistry, CustomerRecord } from '../customer-registry.js';
import { findMerge } from './contact-merges.js';
import { idOf, numberIn } from './ids.js';

const CONTACTS = '/api/v2/externalcontacts/contacts';

/**
 * The customers of the CRM as external contacts. Customer `c-17` is contact 17, with its changes.
 */
export class Contacts {
  /**
   * @param resolvesMerged returns true if a request for a merged contact gets its canonical contact
   */
  constructor(
    private readonly customers: CustomerRegistry,
    private readonly resolvesMerged: () => boolean,
  ) {}

  byId(id: string): object | undefined {
    const n = numberIn('contact', id);
    return n === undefined ? undefined : this.entityOf(this.customers.byId(`c-${n}`));
  }

  /** @param value a phone in E.164 or an e-mail address, spelled as in the record */
  byAddress(value: string): readonly object[] {
    const contact = this.entityOf(this.customers.byContact(value.includes('@') ? 'email' : 'phone', value));
    return contact === undefined ? [] : [contact];
  }

  private entityOf(record: CustomerRecord | undefined): object | undefined {
    if (record === undefined) return undefined;
    const n = Number(record.id.slice('c-'.length));
    const head = this.resolvesMerged() ? (findMerge(n)?.canonical ?? n) : n;
    const canonical = head === n ? record : this.customers.byId(`c-${head}`);
    return canonical === undefined ? undefined : contactEntity(canonical, head);
  }
}

function contactEntity(record: CustomerRecord, n: number): object {
  const { firstName, lastName, phone, email } = record;
  return {
    ...withoutEmpty({ firstName, lastName, personalEmail: email, cellPhone: phoneNumber(phone) }),
    id: idOf('contact', n),
    type: 'Curated',
    division: {
      id: idOf('organization', 1),
      name: 'Home',
      selfUri: `/api/v2/authorization/divisions/${idOf('organization', 1)}`,
    },
    createDate: '2024-01-01T00:00:00Z',
    modifyDate: '2024-01-01T00:00:00Z',
    surveyOptOut: false,
    customFields: customFields(record),
    ...mergeFields(n),
    selfUri: `${CONTACTS}/${idOf('contact', n)}`,
  };
}

/** Includes bait for leak tests: `ssn_text` and `notes_longtext` must never appear downstream. */
function customFields({ accountTier, preferredLanguage, vip, status, ssn, notes }: CustomerRecord): object {
  return withoutEmpty({
    accountTier_text: accountTier,
    preferredLanguage_text: preferredLanguage,
    vip_checkbox: vip,
    status_text: status,
    ssn_text: ssn,
    notes_longtext: notes,
  });
}

function phoneNumber(phone: CustomerRecord['phone']): object | undefined {
  if (typeof phone !== 'string') return undefined;
  return { display: phone, userInput: phone, e164: phone, countryCode: 'US', acceptsSMS: true };
}

function mergeFields(n: number): object {
  const merge = findMerge(n);
  if (merge === undefined) return {};
  return withoutEmpty({
    canonicalContact: reference(merge.canonical),
    mergeSet: merge.all.map(reference),
    mergedFrom: merge.from.length === 0 ? undefined : merge.from.map(reference),
    mergedTo: merge.to === undefined ? undefined : reference(merge.to),
  });
}

function reference(n: number): object {
  const id = idOf('contact', n);
  return { id, selfUri: `${CONTACTS}/${id}` };
}

/** The platform omits unknown fields. */
function withoutEmpty(fields: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== null));
}
