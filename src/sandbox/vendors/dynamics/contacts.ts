import { withParentheses, type Person } from '../people.js';
import { DATAVERSE, type ODataEntity } from '../odata-filter.js';

const ACCOUNT_PROPERTIES = ['accountid', 'name', 'accountnumber'] as const;

export const CONTACT: ODataEntity = {
  name: 'Microsoft.Dynamics.CRM.contact',
  dialect: DATAVERSE,
  properties: {
    contactid: 'text',
    firstname: 'text',
    lastname: 'text',
    fullname: 'text',
    emailaddress1: 'text',
    telephone1: 'text',
    mobilephone: 'text',
    customertypecode: 'number',
    statecode: 'number',
    creditonhold: 'boolean',
    modifiedon: 'text',
  },
};

/** The labels of option sets, which the answer holds only if the request prefers annotations. */
export const LABELS: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  customertypecode: { 1: 'Default Value', 200_000: 'Enterprise' },
  statecode: { 0: 'Active', 1: 'Inactive' },
};

export interface StoredContact {
  readonly values: Readonly<Record<string, string | number | boolean | null>>;
  /** `null`: the contact belongs to no account. */
  readonly account: Readonly<Record<(typeof ACCOUNT_PROPERTIES)[number], string>> | null;
}

/** Persons have their number in one of four spellings, in one of two columns. */
export function contactsOf(people: readonly Person[]): readonly StoredContact[] {
  return people.map((person) => {
    const { n, firstName, lastName, email, company, tier } = person;
    const phone = spellings(person)[n % 4] ?? null;
    const isMobile = n % 8 >= 4;
    return {
      values: {
        contactid: contactId(n),
        firstname: firstName,
        lastname: lastName,
        fullname: `${firstName} ${lastName}`,
        emailaddress1: email,
        telephone1: isMobile ? null : phone,
        mobilephone: isMobile ? phone : null,
        customertypecode: tier === 'Enterprise' ? 200_000 : null,
        statecode: 0,
        creditonhold: n % 5 === 0,
        modifiedon: new Date(person.changedAtMs).toISOString().replace('.000', ''),
      },
      account: n % 10 === 0 ? null : { accountid: contactId(1000 + n), name: company, accountnumber: `A-${n}` },
    };
  });
}

function spellings(person: Person): readonly string[] {
  const { phone } = person;
  const [area, exchange, line] = [phone.slice(0, 3), phone.slice(3, 6), phone.slice(6)];
  return [`+1${phone}`, withParentheses(person), phone, `+1 ${area} ${exchange} ${line}`];
}

export function contactId(n: number): string {
  return `c0ffee00-0000-4000-8000-${String(n).padStart(12, '0')}`;
}

export function isAccountProperty(name: string): boolean {
  return (ACCOUNT_PROPERTIES as readonly string[]).includes(name);
}
