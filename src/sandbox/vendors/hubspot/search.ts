import { z } from 'zod';

export type Properties = Readonly<Record<string, string | null>>;

/** The request is no search of HubSpot. */
export class SearchError extends Error {}

const FILTER = z.discriminatedUnion('operator', [
  z.strictObject({ propertyName: z.string(), operator: z.enum(['EQ', 'NEQ']), value: z.string().min(1) }),
  z.strictObject({ propertyName: z.string(), operator: z.literal('IN'), values: z.array(z.string().min(1)).min(1) }),
  z.strictObject({ propertyName: z.string(), operator: z.enum(['HAS_PROPERTY', 'NOT_HAS_PROPERTY']) }),
]);
type Filter = z.infer<typeof FILTER>;

const SEARCH = z.strictObject({
  filterGroups: z
    .array(z.strictObject({ filters: z.array(FILTER).min(1).max(6) }))
    .max(5)
    .default([]),
  properties: z.array(z.string()).default([]),
  sorts: z
    .array(z.strictObject({ propertyName: z.string(), direction: z.enum(['ASCENDING', 'DESCENDING']) }))
    .max(1)
    .default([]),
  limit: z.int().min(1).max(200).default(10),
});

interface Search {
  readonly test: (contact: Properties) => boolean;
  readonly compare: (left: Properties, right: Properties) => number;
  readonly limit: number;
  readonly properties: readonly string[];
}

/**
 * Filters of a group hold together, and one group is enough. A search without groups finds all.
 *
 * @throws {SearchError} for another form, and for a filter of an unknown property
 */
export function searchOf(body: string, known: ReadonlySet<string>): Search {
  const { data, error } = SEARCH.safeParse(parseJson(body));
  if (data === undefined) throw new SearchError(`Invalid input JSON: ${error.issues[0]?.message ?? ''}`);
  const { filterGroups, properties, sorts, limit } = data;
  for (const { propertyName } of [...filterGroups.flatMap(({ filters }) => filters), ...sorts])
    if (!known.has(propertyName)) throw new SearchError(`There was a problem with the request: ${propertyName}.`);
  const [sort] = sorts;
  return {
    test: (contact) =>
      filterGroups.length === 0 ||
      filterGroups.some(({ filters }) => filters.every((filter) => holds(filter, contact))),
    compare: (left, right) => (sort === undefined ? 0 : compared(left, right, sort)),
    limit,
    properties: properties.filter((name) => known.has(name)),
  };
}

function holds(filter: Filter, contact: Properties): boolean {
  const value = contact[filter.propertyName]?.toLowerCase();
  switch (filter.operator) {
    case 'EQ':
      return value === filter.value.toLowerCase();
    case 'NEQ':
      return value !== filter.value.toLowerCase();
    case 'IN':
      return value !== undefined && filter.values.includes(value);
    case 'HAS_PROPERTY':
      return value !== undefined;
    case 'NOT_HAS_PROPERTY':
      return value === undefined;
  }
}

function compared(
  left: Properties,
  right: Properties,
  { propertyName, direction }: { readonly propertyName: string; readonly direction: string },
): number {
  const [a, b] = [left[propertyName] ?? '', right[propertyName] ?? ''];
  if (a === b) return 0;
  return (a < b ? -1 : 1) * (direction === 'DESCENDING' ? -1 : 1);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new SearchError('Invalid input JSON');
  }
}
