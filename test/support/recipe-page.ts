import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

const RECIPES = resolve(import.meta.dirname, '../../docs/recipes');

/** The YAML file of a recipe, unchanged. */
export function recipeFile(name: string): Promise<string> {
  return readFile(join(RECIPES, `${name}.yaml`), 'utf8');
}

/** The code blocks of a recipe's page in this language, in the order of the page. */
export async function codeBlocks(name: string, language: string): Promise<string[]> {
  const page = await readFile(join(RECIPES, `${name}.md`), 'utf8');
  const blocks = page.matchAll(/^```(\w+)\n([^]*?)^```$/gm);
  return [...blocks].flatMap(([, found, code = '']) => (found === language ? [code] : []));
}
