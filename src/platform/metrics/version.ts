import { readFileSync } from 'node:fs';

const PACKAGE = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');

/** The version of Datadip, from `package.json`. */
export const { version: VERSION } = JSON.parse(PACKAGE) as { readonly version: string };
