import type { CustomerBook, CustomerRecord } from '../customer-book.js';
import { mergeOf } from './contact-merges.js';
import { idOf, numberIn } from './ids.js';

const CONTACTS = '/api/v2/externalcontacts/contacts';

/** The customers of the CRM as external contacts: `c-17` there is contact 17 here, and a change there is one here. */
export class Contacts {
  /** @param resolvesMerged whether a merged contact is answered by its canonical one */
  constructor(
    private readonly book: CustomerBook,
    private readonly resolvesMerged: () => boolean,
  ) {}

  byId(id: string): object | undefined {
    const n = numberIn('contact', id);
    return n === undefined ? undefined : this.shown(this.book.byId(`c-${n}`));
  }

  /** @param value a phone in E.164 or an e-mail, spelled as in the record */
  reached(value: string): readonly object[] {
    const contact = this.shown(this.book.byContact(value.includes('@') ? 'email' : 'phone', value));
    return contact === undefined ? [] : [contact];
  }

  private shown(record: CustomerRecord | undefined): object | undefined {
    if (record === undefined) return undefined;
    const n = Number(record.id.slice('c-'.length));
    const head = this.resolvesMerged() ? (mergeOf(n)?.canonical ?? n) : n;
    const shown = head === n ? record : this.book.byId(`c-${head}`);
    return shown === undefined ? undefined : contact(shown, head);
  }
}

function contact(record: CustomerRecord, n: number): object {
  const { firstName, lastName, phone, email } = record;
  return {
    ...given({ firstName, lastName, personalEmail: email, cellPhone: phoneNumber(phone) }),
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
    ...merged(n),
    selfUri: `${CONTACTS}/${idOf('contact', n)}`,
  };
}

/** Bait included: `ssn_text` and `notes_longtext` must never be found downstream. */
function customFields({ accountTier, preferredLanguage, vip, status, ssn, notes }: CustomerRecord): object {
  return given({
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

function merged(n: number): object {
  const merge = mergeOf(n);
  if (merge === undefined) return {};
  return given({
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

/** The platform leaves out what it does not know. */
function given(fields: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== null));
}
