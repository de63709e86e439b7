// Keys: what is waiting, for what, and for how long yet.
import { html, useCallback } from '../html.js';
import { useStore } from '../store.js';
import { address, change, go } from '../route.js';
import * as api from '../api.js';
import { Screen } from '../ui/frame.js';
import { Empty } from '../ui/panel.js';
import { Table } from '../ui/table.js';
import { Search, Segments } from '../ui/controls.js';
import { useAnswer, useNow, usePages, useThrottled } from '../ui/hooks.js';
import { useNarrow } from '../ui/narrow.js';
import { pairs, plural, time } from '../ui/format.js';
import { Due, Progress, missing } from './progress.js';
import { ExplainPanel } from './explain.js';

/** The host pages so far; more rows than that nobody scrolls through. */
const MOST = 10000;
const REFRESH_MS = 1000;
const STATES = [['open', 'Open'], ['closed', 'Closed'], ['all', 'All']];
const rowId = (r) => `${r.condition} ${JSON.stringify(r.key)}`;
const only = (r) => pairs(r.key) || 'the only one';

const wide = (now) => [
  { id: 'key', title: 'Key', sortable: true, cell: (r) => html`<span class="clip strong">${only(r)}</span>` },
  { id: 'condition', title: 'Condition', sortable: true, cell: (r) => html`<span class="clip">${r.condition}</span>` },
  { id: 'progress', title: 'Progress', sortable: true, cell: (r) => html`<${Progress} row=${r} />` },
  { id: 'missing', title: 'Missing', cell: (r) => html`<span class="clip muted">${missing(r)}</span>` },
  { id: 'last', title: 'Last event', right: true, sortable: true, cell: (r) => html`<span class="num muted">${time(r.last_at).slice(0, 8)}</span>` },
  { id: 'deadline', title: 'Deadline', right: true, sortable: true, cell: (r) => html`<${Due} row=${r} now=${now} />` },
];

const slim = (now) => [
  { id: 'key', title: 'Key', sortable: true, cell: (r) => html`<span class="two"><span class="clip strong">${only(r)}</span><span class="clip muted">${r.condition}</span></span>` },
  { id: 'progress', title: 'Progress', sortable: true, right: true, cell: (r) => html`<span class="two end"><${Progress} row=${r} /><${Due} row=${r} now=${now} /></span>` },
];

function None({ query }) {
  if (query.search || query.condition || (query.state && query.state !== 'open')) {
    return html`<${Empty} icon="keys" title="No key fits">
      <p>Nothing is here under what you chose.</p><button onClick=${() => go('keys', {})}>Show all open keys</button><//>`;
  }
  return html`<${Empty} icon="keys" title="Nothing is waiting">
    <p>A key opens with the first event that a condition counts for it, and is listed here until it fires or its time is over.</p>
    <p class="row"><a class="button" href=${address('send')}>Send an event</a><a class="button" href=${address('keys', { state: 'closed' })}>Show closed keys</a></p><//>`;
}

function Tools({ query, data }) {
  const { data: graph } = useAnswer(api.graph, []);
  const conditions = graph?.nodes.filter((n) => n.kind === 'condition').map((n) => n.name) ?? [];
  return html`<h1>Keys</h1>
    <${Segments} label="State" of=${STATES} value=${query.state ?? 'open'} onPick=${(state) => change({ state: state === 'open' ? undefined : state, open: undefined })} />
    ${conditions.length > 1 && html`<select aria-label="Condition" value=${query.condition ?? ''} onChange=${(e) => change({ condition: e.target.value || undefined }, true)}>
      <option value="">every condition</option>${conditions.map((c) => html`<option value=${c}>${c}</option>`)}</select>`}
    <${Search} label="Search keys" value=${query.search ?? ''} onSearch=${(search) => change({ search: search || undefined }, true)} />
    <span class="sum grow" role="status">${data && `${plural(data.total, 'key')}${data.partial ? ' of the first 100,000' : ''}${data.total > MOST ? ', the first 10,000 shown: search for others' : ''}`}</span>`;
}

/** The screen. */
export function Keys({ query }) {
  const { condition, state, search, sort, order } = query;
  const ask = useCallback((page) => api.keys({ condition, state, search, sort, order, ...page }), [condition, state, search, sort, order]);
  const list = usePages(ask, [ask], MOST);
  const totals = useStore((s) => s.totals);
  useThrottled(totals, REFRESH_MS, list.again);
  const now = useNow();
  const narrow = useNarrow();
  const onSort = (by) => change({ sort: by, order: (sort ?? 'deadline') === by && (order ?? 'asc') === 'asc' ? 'desc' : undefined }, true);
  const onOpen = (r) => change({ of: r.condition, open: JSON.stringify(r.key) });
  const close = useCallback(() => change({ open: undefined, of: undefined }), []);
  const key = parsed(query.open);
  const about = query.of ?? condition;
  const panel = key && about && html`<${ExplainPanel} key=${about + query.open} condition=${about} of=${key} onClose=${close} />`;
  return html`<${Screen} fill tools=${html`<${Tools} query=${query} data=${list.data} />`} panel=${panel}>
    ${list.error && list.length === 0 ? html`<${Empty} icon="warn" title="The keys are not there"><p>${list.error.message}</p><//>`
    : list.length === 0 && !list.busy ? html`<${None} query=${query} />`
    : html`<${Table} name=${narrow ? 'keys-slim' : 'keys'} label="Keys" columns=${narrow ? slim(now) : wide(now)} length=${list.length} row=${list.row} id=${rowId}
        open=${key && `${about} ${query.open}`} onOpen=${onOpen} onRange=${list.want} sort=${{ by: sort ?? 'deadline', down: order === 'desc' }} onSort=${onSort} height=${narrow ? 58 : 40} />`}
  <//>`;
}

function parsed(text) {
  try { return text ? JSON.parse(text) : null; } catch { return null; }
}
