import type { Answer } from '../exchange.js';

const MAX_PER_PAGE = 100;

export const NOT_FOUND: Answer = {
  status: 404,
  body: { error: 'not_found', error_description: 'no such agent or skill' },
};

/** Reads `top` and `skip`. A larger `top` is shortened. */
export function parsePage(query: URLSearchParams): { readonly top: number; readonly skip: number } {
  return { top: Math.min(MAX_PER_PAGE, wholeNumber(query.get('top'), 50)), skip: wholeNumber(query.get('skip'), 0) };
}

function wholeNumber(text: string | null, byDefault: number): number {
  return /^\d{1,6}$/.test(text ?? '') ? Number(text) : byDefault;
}
