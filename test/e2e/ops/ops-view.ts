import type { RegionView } from '../../../src/modules/ops/view/region-view.js';

/** The view in the data of an event `second`. */
export function viewIn(data: Record<string, unknown>): RegionView {
  return data.view as RegionView;
}

/** The texts of a table, row by row. */
export function rowsIn({ tables }: RegionView, id: string): string[][] {
  const rows = tables.find((table) => table.id === id)?.rows ?? [];
  return rows.map((cells) => cells.map((cell) => (typeof cell === 'string' ? cell : cell.text)));
}
