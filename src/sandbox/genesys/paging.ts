/** Which part of a list is asked for. */
export interface Page {
  readonly size: number;
  readonly number: number;
}

/** Reads `pageSize` and `pageNumber`. @returns what is wrong with them, as text, where something is */
export function pageAsked(query: URLSearchParams, mostPerPage: number): Page | string {
  const size = wholeNumber(query.get('pageSize'), 25);
  const number = wholeNumber(query.get('pageNumber'), 1);
  if (size < 1 || size > mostPerPage) return `pageSize must be a number from 1 to ${mostPerPage}.`;
  if (number < 1) return 'pageNumber must be a number from 1.';
  return { size, number };
}

/** The entity listing of the platform API. */
export function listing<Item>(path: string, all: readonly Item[], page: Page, shown: (item: Item) => object): object {
  const pageCount = Math.ceil(all.length / page.size);
  const uri = (number: number): string => `${path}?pageSize=${page.size}&pageNumber=${number}`;
  return {
    entities: all.slice((page.number - 1) * page.size, page.number * page.size).map(shown),
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

/** Values of a parameter given again and again, or joined by commas: the platform's own SDK joins them. */
export function valuesOf(query: URLSearchParams, name: string): string[] {
  return query.getAll(name).flatMap((value) => value.split(',').filter((one) => one !== ''));
}

function wholeNumber(text: string | null, byDefault: number): number {
  if (text === null) return byDefault;
  return /^\d{1,6}$/.test(text) ? Number(text) : 0;
}
