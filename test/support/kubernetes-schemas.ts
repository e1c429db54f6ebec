import { Ajv, type ValidateFunction } from 'ajv';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Manifest } from './chart.js';

const FOLDER = resolve(import.meta.dirname, '../fixtures/kubernetes');
const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
const validators = new Map<string, ValidateFunction>();

/** Returns what the API server would refuse: unknown fields, missing fields and wrong types. */
export function schemaProblems(manifest: Manifest): string[] {
  const validate = validatorOf(manifest.kind);
  validate(manifest);
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${manifest.kind}${instancePath} ${message ?? ''} ${JSON.stringify(params)}`,
  );
}

function validatorOf(kind: string): ValidateFunction {
  const known = validators.get(kind);
  if (known !== undefined) return known;
  const file = join(FOLDER, `${kind}.json`);
  if (!existsSync(file)) throw new Error(`${file} does not exist: make it with tools/chart/schemas.ts`);
  const made = ajv.compile(JSON.parse(readFileSync(file, 'utf8')) as object);
  validators.set(kind, made);
  return made;
}
