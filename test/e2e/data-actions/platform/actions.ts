import { readFileSync } from 'node:fs';
import { get } from '../../../support/http.js';
import type { ExportedAction } from './exported-action.js';

/** A file of Genesys Cloud's own. */
export function realExport(name: string): ExportedAction {
  const file = new URL(`../../../fixtures/data-actions/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as ExportedAction;
}

/** What a running service hands out, for the address it was asked at. */
export async function handedOut(url: string, name: string, headers?: Record<string, string>): Promise<ExportedAction> {
  const { status, json, text } = await get(`${url}/data-actions/${name}.custom.json`, headers);
  if (status !== 200) throw new Error(`no Data Action ${name}: ${text}`);
  return json as unknown as ExportedAction;
}

export async function namesOf(url: string): Promise<string[]> {
  const { json } = await get(`${url}/data-actions`);
  return (json as unknown as { dataActions: { name: string }[] }).dataActions.map(({ name }) => name);
}
