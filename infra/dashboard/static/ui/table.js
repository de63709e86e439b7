// A table of up to ten thousand rows that draws only those in sight. One tab stop: arrows move, Enter opens.
import { html, useEffect, useLayoutEffect, useRef, useState } from '../html.js';

/** Rows drawn beyond what is in sight, so that scrolling shows no gap. */
const SPARE = 6;

const step = (key, page, last) => ({ ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -last, End: last })[key];

/** Which rows are in sight of the box `ref`, and how high it is. */
function useWindow(ref, height) {
  const [view, setView] = useState({ from: 0, rows: 30 });
  useLayoutEffect(() => {
    const box = ref.current;
    const look = () => {
      const from = Math.max(0, Math.floor(box.scrollTop / height) - SPARE);
      const rows = Math.ceil(box.clientHeight / height) + 2 * SPARE;
      setView((old) => (old.from === from && old.rows === rows ? old : { from, rows }));
    };
    look();
    box.addEventListener('scroll', look, { passive: true });
    const size = new ResizeObserver(look);
    size.observe(box);
    return () => { box.removeEventListener('scroll', look); size.disconnect(); };
  }, [height]);
  return view;
}

function Head({ id, columns, sort, onSort }) {
  const arrow = (column) => (sort?.by === column.id ? (sort.down ? '↓' : '↑') : '');
  const order = (column) => (sort?.by === column.id ? (sort.down ? 'descending' : 'ascending') : undefined);
  return html`<div class="thead" id=${id} role="row" aria-rowindex="1">${columns.map((c) => html`<div
    key=${c.id} role="columnheader" class=${`c-${c.id} ${c.right ? 'right' : ''}`} aria-sort=${order(c)}>${
    c.sortable ? html`<button class="sort" onClick=${() => onSort(c.id)}>${c.title}${arrow(c) && html`<span aria-hidden="true">${arrow(c)}</span>`}</button>` : c.title}</div>`)}</div>`;
}

/**
 * `columns`: `{ id, title, right, sortable, cell(row) }`. `length` and `row(i)` give the rows, `id(row)` names one, `onOpen(row)` opens it.
 * `onTop(true|false)` tells whether the first rows are in sight,
 * `onRange(from, to)` which ones are. A row that is not there yet is undefined. The grid's columns are in the style sheet, by `name`.
 */
export function Table({ name, label, columns, length, row, id, open, onOpen, onTop, onRange, sort, onSort, height = 38 }) {
  const box = useRef();
  const [active, setActive] = useState(0);
  const view = useWindow(box, height);
  const last = Math.max(0, length - 1);
  const at = Math.min(active, last);
  useEffect(() => {
    if (!onTop) return undefined;
    const look = () => onTop(box.current.scrollTop < height);
    const element = box.current;
    element.addEventListener('scroll', look, { passive: true });
    return () => element.removeEventListener('scroll', look);
  }, [onTop]);
  const until = Math.min(length, view.from + view.rows);
  useEffect(() => { onRange?.(view.from, until); }, [view.from, until, onRange]);
  const onKeyDown = (e) => {
    if (e.target !== e.currentTarget || length === 0) return;
    if (e.key === 'Enter' || e.key === ' ') { e.preventDefault(); if (row(at)) onOpen(row(at)); return; }
    const page = Math.max(1, Math.floor(box.current.clientHeight / height) - 1);
    const by = step(e.key, page, length);
    if (by === undefined) return;
    e.preventDefault();
    const next = Math.min(last, Math.max(0, at + by));
    setActive(next);
    const top = next * height;
    if (top < box.current.scrollTop) box.current.scrollTop = top;
    if (top + height > box.current.scrollTop + box.current.clientHeight) box.current.scrollTop = top + height - box.current.clientHeight;
  };
  const shown = [];
  for (let i = view.from; i < until; i += 1) {
    const r = row(i);
    if (!r) continue;
    const key = id(r);
    // By place, not by row: when all rows move on, texts change and no element is made.
    shown.push(html`<div key=${i} id=${`${name}-${i}`} role="row" aria-rowindex=${i + 2} aria-selected=${open === key ? 'true' : 'false'}
      class=${`trow ${i === at ? 'active' : ''} ${r.class ?? ''}`} style=${{ transform: `translateY(${i * height}px)`, height: `${height}px` }}
      onClick=${() => { setActive(i); onOpen(r); }}>${columns.map((c) => html`<div key=${c.id} role="gridcell" class=${`c-${c.id} ${c.right ? 'right' : ''}`}>${c.cell(r)}</div>`)}</div>`);
  }
  // The part that has the focus is the grid, for only a grid may say which row is meant; the head stands outside, so as not to scroll.
  return html`<div class=${`table t-${name}`}>
    <${Head} id=${`${name}-head`} columns=${columns} sort=${sort} onSort=${onSort} />
    <div class="tbody" role="grid" ref=${box} tabindex="0" aria-label=${label} aria-rowcount=${length + 1} aria-owns=${`${name}-head`}
      aria-activedescendant=${length ? `${name}-${at}` : undefined} onKeyDown=${onKeyDown}>
      <div class="space" role="rowgroup" style=${{ height: `${length * height}px` }}>${shown}</div>
    </div>
  </div>`;
}
