import { element, lineKey, setClass, setText, DASHES } from './elements.js';

/** The table of a section. It changes cells in place, so that a reader does not lose its place. */
export class SectionTable {
  /** @param series the lines of the chart next to the table, in the order of the rows */
  constructor(host, headingId, series = []) {
    this.series = series;
    this.note = element('p', { class: 'note' });
    this.head = element('thead');
    this.body = element('tbody');
    this.table = element('table', {}, this.head, this.body);
    this.scroll = element('div', { class: 'scroll', role: 'group', 'aria-labelledby': headingId }, this.table);
    host.append(this.note, this.scroll);
  }

  show({ columns, rows, note, empty }) {
    const isEmpty = rows.length === 0;
    setText(this.note, [isEmpty ? (empty ?? '') : '', note ?? ''].filter((text) => text !== '').join(' '));
    this.note.hidden = this.note.textContent === '';
    this.scroll.hidden = isEmpty;
    this.showHead(columns);
    while (this.body.rows.length > rows.length) this.body.deleteRow(-1);
    rows.forEach((cells, at) => this.showRow(this.body.rows[at] ?? this.addRow(cells, at), cells));
    // A table that is wider than the screen scrolls alone, also by keyboard.
    if (this.scroll.scrollWidth > this.scroll.clientWidth) this.scroll.tabIndex = 0;
    else this.scroll.removeAttribute('tabindex');
  }

  showHead(columns) {
    if (this.head.textContent === columns.join('')) return;
    this.head.replaceChildren(element('tr', {}, ...columns.map((column) => element('th', { scope: 'col' }, column))));
  }

  addRow(cells, at) {
    const row = element('tr');
    cells.forEach((_, column) => row.append(column === 0 ? element('th', { scope: 'row' }) : element('td')));
    for (const cell of row.cells) cell.append(element('span'));
    const series = this.series[at];
    if (series !== undefined) row.cells[0].prepend(lineKey(series.colour, DASHES[at % DASHES.length]));
    this.body.append(row);
    return row;
  }

  showRow(row, cells) {
    cells.forEach((cell, column) => {
      const { text, state } = typeof cell === 'string' ? { text: cell, state: undefined } : cell;
      const span = row.cells[column].lastElementChild;
      setText(span, text);
      setClass(span, state === undefined ? '' : `state-${state}`);
    });
  }
}
