import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { generateKeyPair } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { loadConfig } from '../../../src/config/load-config.js';
import { PRODUCTION } from '../../fixtures/config/load-text.js';
import { makeCertificate, makeClientCertificate } from '../../support/certificate.js';

const RECIPES = resolve(import.meta.dirname, '../../../docs/recipes');
const NAMES = readdirSync(RECIPES)
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => file.replace('.yaml', ''));
const SECTIONS = ['Request', 'Phone numbers', 'Nobody found', 'Events', 'What to grant'];
const PASSPHRASE = 'value-of-passphrase-0123456789';

const read = (file: string): string => readFileSync(join(RECIPES, file), 'utf8');

let folder: string;
/** The end of a variable's name → a file with a value of the form that the variable needs. */
let files: Readonly<Record<string, string>>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'datadip-recipes-'));
  const { caFile } = await makeCertificate(folder);
  const client = await makeClientCertificate(folder, { passphrase: PASSPHRASE });
  files = { _CA: caFile, _PRIVATE_KEY: await rsaKey(), _CLIENT_CERT: client.certFile, _CLIENT_KEY: client.keyFile };
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The algorithms RS256 and RS384 need such a key. */
async function rsaKey(): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  const file = join(folder, 'rsa.key');
  writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  return file;
}

/** Values that an operator could give to the variables of a recipe. */
function plausibleEnv(text: string): Record<string, string> {
  const database = /type: (postgres|mysql)/.exec(text)?.[1];
  const address = database === undefined ? 'https://example.com' : `${database}://user:password@example.com:5432/erp`;
  const valueOf = (name: string): string => {
    if (name.endsWith('_URL')) return address;
    const [, file] = Object.entries(files).find(([end]) => name.endsWith(end)) ?? [];
    return file === undefined ? PASSPHRASE + (name.endsWith('_PASSPHRASE') ? '' : name) : readFileSync(file, 'utf8');
  };
  const names = [...text.matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => name);
  return Object.fromEntries(names.map((name) => [name, valueOf(name)]));
}

describe('the recipes', () => {
  it('exist', () => {
    expect(NAMES).toContain('salesforce');
  });

  it.each(NAMES)('%s passes the check of production', (name) => {
    const env = { ...PRODUCTION, ...plausibleEnv(read(`${name}.yaml`)) };
    const config = loadConfig({ ...env, DATADIP_CONFIG: join(RECIPES, `${name}.yaml`) });
    expect([...config.lookups.values()].map(({ customerId }) => customerId)).not.toContain(undefined);
    expect(config.callers.size).toBeGreaterThan(1);
  });

  it.each(NAMES)('%s has a page with the five sections', (name) => {
    const headings = [...read(`${name}.md`).matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);
    expect(headings).toEqual(SECTIONS);
  });

  it.each(NAMES)('%s has a row in the index', (name) => {
    const rows = read('README.md')
      .split('\n')
      .filter((line) => line.startsWith('| '));
    expect(rows.filter((row) => row.includes(`](${name}.md)`) && row.includes(`](${name}.yaml)`))).toHaveLength(1);
  });
});
