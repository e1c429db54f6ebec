import type { RegionView } from '../../../src/modules/ops/view/region-view.js';

/** The view in the data of an event `second`. */
export function viewIn(data: Record<string, unknown>): RegionView {
  return data.view as RegionView;
}

/** The view in the text of a stream that has ended. */
export function lastViewIn(stream: string): RegionView {
  const data = /^event: second\ndata: (.*)$/m.exec(stream)?.[1];
  if (data === undefined) throw new Error(`no second in ${stream.slice(0, 200)}`);
  return viewIn(JSON.parse(data) as Record<string, unknown>);
}

/** The texts of a table, row by row. */
export function rowsIn({ tables }: RegionView, id: string): string[][] {
  const rows = tables.find((table) => table.id === id)?.rows ?? [];
  return rows.map((cells) => cells.map((cell) => (typeof cell === 'string' ? cell : cell.text)));
}
