// Runs: what was called, how often, with what, and what it answered. Beside them the dead letters.
import { html, useCallback } from '../html.js';
import { useStore } from '../store.js';
import { address, change, go } from '../route.js';
import * as api from '../api.js';
import { Screen } from '../ui/frame.js';
import { Empty } from '../ui/panel.js';
import { Table } from '../ui/table.js';
import { Segments } from '../ui/controls.js';
import { useAnswer, useNow, usePages, useThrottled } from '../ui/hooks.js';
import { useNarrow } from '../ui/narrow.js';
import { count, duration, plural, time } from '../ui/format.js';
import { Letters } from './letters.js';
import { RunPanel } from './run.js';

const MOST = 10000;
const REFRESH_MS = 1000;
const TONES = { running: 'info', waiting: 'wait', done: 'ok', failed: 'bad' };
const STATES = [['', 'All'], ['running,waiting', 'In progress'], ['done', 'Done'], ['failed', 'Failed']];

/** The state of a run; one that waits says for how long. */
export function State({ row, now }) {
  const left = row.retry_at && Date.parse(row.retry_at) - now;
  const words = row.state === 'waiting' && left ? `again in ${left > 0 ? duration(left) : 'a moment'}` : row.state;
  return html`<span class=${`badge ${TONES[row.state] ?? ''}`}>${words}</span>`;
}

const took = (r) => (r.took_ms === null || r.took_ms === undefined ? '' : duration(r.took_ms));
const outcome = (r) => (r.error ? `${r.error.name}${r.error.cause ? `: ${r.error.cause}` : ''}` : '');
const when = (r) => time(r.ended_at ?? r.since).slice(0, 8);

const wide = (now) => [
  { id: 'rule', title: 'Rule', cell: (r) => html`<span class="clip strong">${r.rule}</span>` },
  { id: 'target', title: 'Calls', cell: (r) => html`<span class="clip">${r.target}</span>` },
  { id: 'cause', title: 'Because of', cell: (r) => html`<span class="clip muted">${r.cause ?? ''}</span>` },
  { id: 'state', title: 'State', cell: (r) => html`<${State} row=${r} now=${now} />` },
  { id: 'error', title: 'Error', cell: (r) => html`<span class="clip muted">${outcome(r)}</span>` },
  { id: 'attempt', title: 'Attempt', right: true, cell: (r) => html`<span class="num">${count(r.attempt)}</span>` },
  { id: 'took', title: 'Took', right: true, cell: (r) => html`<span class="num">${took(r)}</span>` },
  { id: 'when', title: 'At', right: true, cell: (r) => html`<span class="num muted">${when(r)}</span>` },
];
const slim = (now) => [
  { id: 'rule', title: 'Rule', cell: (r) => html`<span class="two"><span class="clip strong">${r.rule}</span><span class="clip muted">${outcome(r) || r.target}</span></span>` },
  { id: 'state', title: 'State', right: true, cell: (r) => html`<span class="two end"><${State} row=${r} now=${now} /><span class="num muted">${took(r) || when(r)}</span></span>` },
];

function None({ query }) {
  if (query.state || query.rule) {
    return html`<${Empty} icon="runs" title="No run fits"><p>Nothing is here under what you chose.</p><button onClick=${() => go('runs', {})}>Show all runs</button><//>`;
  }
  return html`<${Empty} icon="runs" title="Nothing was called yet">
    <p>A rule calls its function when what it waits for has happened. The keys show how far that is.</p><a class="button" href=${address('keys')}>Show the keys</a><//>`;
}

/** The choice between runs and dead letters. */
export function Which({ query }) {
  const dead = useStore((s) => s.totals?.dead_now);
  return html`<${Segments} label="Runs or dead letters" value=${query.view ?? 'runs'} of=${[['runs', 'Runs'], ['dead', dead ? `Dead letters ${count(dead)}` : 'Dead letters']]}
    onPick=${(view) => go('runs', { view: view === 'dead' ? view : undefined })} />`;
}

function List({ query }) {
  const { state, rule } = query;
  const ask = useCallback((page) => api.runs({ state, rule, ...page }), [state, rule]);
  const list = usePages(ask, [ask], MOST);
  useThrottled(useStore((s) => s.totals), REFRESH_MS, list.again);
  const now = useNow();
  const narrow = useNarrow();
  const { data: graph } = useAnswer(api.graph, []);
  const rules = graph?.nodes.filter((n) => n.kind === 'rule').map((n) => n.name) ?? [];
  const close = useCallback(() => change({ open: undefined }), []);
  const tools = html`<h1>Runs</h1><${Which} query=${query} />
    <select aria-label="State" value=${state ?? ''} onChange=${(e) => change({ state: e.target.value || undefined }, true)}>${STATES.map(([v, w]) => html`<option value=${v}>${w === 'All' ? 'every state' : w.toLowerCase()}</option>`)}</select>
    ${rules.length > 1 && html`<select aria-label="Rule" value=${rule ?? ''} onChange=${(e) => change({ rule: e.target.value || undefined }, true)}>
      <option value="">every rule</option>${rules.map((r) => html`<option value=${r}>${r}</option>`)}</select>`}
    <span class="sum grow" role="status">${list.data && plural(list.data.total, 'run')}</span>`;
  const panel = query.open && html`<${RunPanel} key=${query.open} id=${query.open} onClose=${close} />`;
  return html`<${Screen} fill tools=${tools} panel=${panel}>
    ${list.error && list.length === 0 ? html`<${Empty} icon="warn" title="The runs are not there"><p>${list.error.message}</p><//>`
    : list.length === 0 && !list.busy ? html`<${None} query=${query} />`
    : html`<${Table} name=${narrow ? 'runs-slim' : 'runs'} label="Runs" columns=${narrow ? slim(now) : wide(now)} length=${list.length} row=${list.row} id=${(r) => r.run}
        open=${query.open} onOpen=${(r) => change({ open: r.run })} onRange=${list.want} height=${narrow ? 58 : 38} />`}
  <//>`;
}

/** The screen. */
export const Runs = ({ query }) => (query.view === 'dead' ? html`<${Letters} query=${query} />` : html`<${List} query=${query} />`);
