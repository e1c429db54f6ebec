import Draft4 from 'ajv-draft-04';

/** Returns a validator for JSON Schema draft 4, as contracts use it. It rejects invalid schemas. */
export function draft4() {
  return new Draft4.default({ strict: true, allErrors: true });
}
