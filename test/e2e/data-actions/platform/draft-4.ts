import Draft4 from 'ajv-draft-04';

/** A validator of the draft that contracts are written in, strict about the schemas themselves, too. */
export function draft4() {
  return new Draft4.default({ strict: true, allErrors: true });
}
