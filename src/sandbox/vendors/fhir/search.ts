export interface Patient {
  readonly resourceType: 'Patient';
  readonly id: string;
  readonly meta: { readonly lastUpdated: string };
  readonly active: boolean;
  readonly name: readonly { readonly use: string; readonly family: string; readonly given: readonly string[] }[];
  readonly telecom: readonly { readonly system: string; readonly use?: string; readonly value: string }[];
  readonly birthDate: string;
  readonly generalPractitioner?: readonly { readonly reference: string; readonly display: string }[];
}

/** The message says which parameter is wrong. */
export class InvalidParameter extends Error {}

const CONTROLS: ReadonlySet<string> = new Set(['_count', '_format']);

/**
 * The patients that match every parameter. A comma separates alternatives, and `\` escapes a comma,
 * a bar, a dollar sign and itself.
 *
 * @throws {InvalidParameter} for an unknown parameter, or if no parameter searches
 */
export function searchPatients(query: URLSearchParams, patients: readonly Patient[]): readonly Patient[] {
  const criteria = [...query].filter(([name]) => !CONTROLS.has(name));
  if (criteria.length === 0) throw new InvalidParameter('A search parameter is required');
  const tests = criteria.map(([name, value]) => testOf(name, alternativesOf(value)));
  return patients.filter((patient) => tests.every((test) => test(patient)));
}

function testOf(name: string, values: readonly string[]): (patient: Patient) => boolean {
  switch (name) {
    case 'phone':
    case 'email':
      return ({ telecom }) => telecom.some(({ system, value }) => system === name && values.includes(value));
    case 'birthdate':
      if (!values.every((value) => /^\d{4}-\d\d-\d\d$/.test(value))) throw new InvalidParameter('birthdate: no date');
      return ({ birthDate }) => values.includes(birthDate);
    default:
      throw new InvalidParameter(`Unknown search parameter '${name}'`);
  }
}

function alternativesOf(value: string): readonly string[] {
  const parts = value.match(/(?:\\[^]|[^\\,])+/g) ?? [];
  if (parts.some((part) => /^(?:\\[^]|[^\\|])*\|/.test(part))) throw new InvalidParameter('a system is not supported');
  return parts.map((part) => part.replace(/\\([^])/g, '$1'));
}
