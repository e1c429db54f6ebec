import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { loadConfig } from '../../../src/config/load-config.js';
import { PRODUCTION } from '../../fixtures/config/load-text.js';

const RECIPES = resolve(import.meta.dirname, '../../../docs/recipes');
const NAMES = readdirSync(RECIPES)
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => file.replace('.yaml', ''));
const SECTIONS = ['Request', 'Phone numbers', 'Nobody found', 'Events', 'What to grant'];
/** The values of variables that must have a certain form, such as a private key. */
const VALUES: Readonly<Record<string, string>> = {};

const read = (file: string): string => readFileSync(join(RECIPES, file), 'utf8');

/** Values that an operator could give to the variables of a recipe. */
function plausibleEnv(text: string): Record<string, string> {
  const names = [...text.matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => name);
  return Object.fromEntries(names.map((name) => [name, VALUES[name] ?? plausibleValue(name)]));
}

function plausibleValue(name: string): string {
  return name.endsWith('_URL') ? 'https://example.com' : `value-of-${name.toLowerCase()}-0123456789`;
}

describe('the recipes', () => {
  it('exist', () => {
    expect(NAMES).toContain('salesforce');
  });

  it.each(NAMES)('%s passes the check of production', (name) => {
    const env = { ...PRODUCTION, ...plausibleEnv(read(`${name}.yaml`)) };
    const config = loadConfig({ ...env, DATADIP_CONFIG: join(RECIPES, `${name}.yaml`) });
    expect(config.lookups.get('customer')?.customerId).toEqual(expect.any(String));
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
