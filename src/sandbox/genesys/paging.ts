import { listedPage, type BrokenList } from '../agents/broken-list.js';
import type { Answer } from '../exchange.js';
import { platformError } from './platform-error.js';

/** The requested part of a list. */
export interface Page {
  readonly size: number;
  readonly number: number;
}

/** Reads `pageSize` and `pageNumber`. @returns the error text if one of them is invalid */
export function parsePage(query: URLSearchParams, maxPerPage: number): Page | string {
  const size = wholeNumber(query.get('pageSize'), 25);
  const number = wholeNumber(query.get('pageNumber'), 1);
  if (size < 1 || size > maxPerPage) return `pageSize must be a number from 1 to ${maxPerPage}.`;
  if (number < 1) return 'pageNumber must be a number from 1.';
  return { size, number };
}

/** How a listing differs from a whole one. */
interface ListingSwitches {
  readonly brokenList: BrokenList;
  readonly hasTotals: boolean;
}

const WHOLE: ListingSwitches = { brokenList: null, hasTotals: true };

/** An entity listing of the platform API. */
export function listingAnswer<Item>(
  path: string,
  all: readonly Item[],
  page: Page,
  entityOf: (item: Item) => object,
  { brokenList, hasTotals }: ListingSwitches = WHOLE,
): Answer {
  const skip = (page.number - 1) * page.size;
  const listed = listedPage(all, { at: page.number - 1, skip, size: page.size }, brokenList);
  if (listed === undefined) return platformError(404, 'not.found', 'The requested resource was not found.');
  const pageCount = Math.ceil(listed.total / page.size);
  const uri = (number: number): string => `${path}?pageSize=${page.size}&pageNumber=${number}`;
  const body = {
    entities: listed.items.map(entityOf),
    pageSize: page.size,
    pageNumber: page.number,
    firstUri: uri(1),
    selfUri: uri(page.number),
    ...(page.number < pageCount ? { nextUri: uri(page.number + 1) } : {}),
    ...(page.number > 1 ? { previousUri: uri(page.number - 1) } : {}),
    ...(hasTotals ? { total: listed.total, lastUri: uri(Math.max(1, pageCount)), pageCount } : {}),
  };
  return { status: 200, body };
}

/**
 * Returns the values of a repeated or comma-separated parameter. The platform's SDK uses commas.
 */
export function listParameter(query: URLSearchParams, name: string): string[] {
  return query.getAll(name).flatMap((value) => value.split(',').filter((item) => item !== ''));
}

function wholeNumber(text: string | null, byDefault: number): number {
  if (text === null) return byDefault;
  return /^\d{1,6}$/.test(text) ? Number(text) : 0;
}
