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

/** An entity listing of the platform API. */
export function entityListing<Item>(
  path: string,
  all: readonly Item[],
  page: Page,
  entityOf: (item: Item) => object,
): object {
  const pageCount = Math.ceil(all.length / page.size);
  const uri = (number: number): string => `${path}?pageSize=${page.size}&pageNumber=${number}`;
  return {
    entities: all.slice((page.number - 1) * page.size, page.number * page.size).map(entityOf),
    pageSize: page.size,
    pageNumber: page.number,
    total: all.length,
    firstUri: uri(1),
    selfUri: uri(page.number),
    lastUri: uri(Math.max(1, pageCount)),
    ...(page.number < pageCount ? { nextUri: uri(page.number + 1) } : {}),
    ...(page.number > 1 ? { previousUri: uri(page.number - 1) } : {}),
    pageCount,
  };
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
