import { readFileSync } from 'node:fs';
import { get } from '../../../support/http.js';
import type { ExportedAction } from './exported-action.js';

/** Reads an action that was exported from Genesys Cloud. */
export function realExport(name: string): ExportedAction {
  const file = new URL(`../../../fixtures/data-actions/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as ExportedAction;
}

/** Downloads the file of a Data Action from a running service. */
export async function downloadAction(
  url: string,
  name: string,
  headers?: Record<string, string>,
): Promise<ExportedAction> {
  const { status, json, text } = await get(`${url}/data-actions/${name}.custom.json`, headers);
  if (status !== 200) throw new Error(`no Data Action ${name}: ${text}`);
  return json as unknown as ExportedAction;
}

/** Returns the names of the Data Actions of a running service. */
export async function actionNames(url: string): Promise<string[]> {
  const { json } = await get(`${url}/data-actions`);
  return (json as unknown as { dataActions: { name: string }[] }).dataActions.map(({ name }) => name);
}
