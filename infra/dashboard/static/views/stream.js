// Stream: what came in and what came of it, the newest first. While one reads further down, the list stands still.
import { html, useCallback, useEffect, useMemo, useRef, useState } from '../html.js';
import { useStore } from '../store.js';
import { address, change, go } from '../route.js';
import * as api from '../api.js';
import * as live from '../live.js';
import { Screen } from '../ui/frame.js';
import { Empty } from '../ui/panel.js';
import { Table } from '../ui/table.js';
import { Icon } from '../ui/icons.js';
import { Search } from '../ui/controls.js';
import { useAnswer } from '../ui/hooks.js';
import { useNarrow } from '../ui/narrow.js';
import { count, pairs, shortId, time } from '../ui/format.js';
import { EventPanel } from './event.js';

const KINDS = ['accepted', 'duplicate', 'late', 'rejected', 'derived'];
const TONES = { accepted: 'ok', duplicate: '', late: 'wait', rejected: 'bad', derived: 'info' };
const words = (r) => r.names.join(', ') || (r.unmatched ? 'none of the names' : r.type ?? '');

const Kind = ({ row }) => html`<span class=${`badge ${TONES[row.kind]}`}>${row.kind}</span>`;
const What = ({ row }) => html`<span class=${row.names.length ? 'clip strong' : 'clip muted'}>${words(row)}</span>`;
const rest = (r) => r.note ?? (pairs(r.captures) || [r.source, r.type].filter(Boolean).join('  '));

const WIDE = [
  { id: 'time', title: 'Accepted', cell: (r) => html`<span class="num muted">${time(r.at)}</span>` },
  { id: 'kind', title: 'As', cell: (r) => html`<${Kind} row=${r} />` },
  { id: 'name', title: 'Event', cell: (r) => html`<${What} row=${r} />` },
  { id: 'captures', title: 'Captures', cell: (r) => html`<span class="clip">${rest(r)}</span>` },
  { id: 'origin', title: 'By', cell: (r) => html`<span class="clip muted">${r.origin}</span>` },
  { id: 'id', title: 'Id', right: true, cell: (r) => html`<code class="clip muted" title=${r.id}>${shortId(r.id)}</code>` },
];
const SLIM = [
  { id: 'name', title: 'Event', cell: (r) => html`<span class="two"><${What} row=${r} /><span class="clip muted">${rest(r)}</span></span>` },
  { id: 'kind', title: 'As', right: true, cell: (r) => html`<span class="two end"><${Kind} row=${r} /><span class="num muted">${time(r.at).slice(0, 8)}</span></span>` },
];

const picked = (query) => (query.kind ? query.kind.split(',') : []);

function Kinds({ query }) {
  const on = picked(query);
  const turn = (kind) => {
    const next = on.includes(kind) ? on.filter((k) => k !== kind) : [...on, kind];
    change({ kind: KINDS.filter((k) => next.includes(k)).join(',') || undefined }, true);
  };
  return html`<div class="segments kinds" role="group" aria-label="Show only">${KINDS.map((k) => html`<button key=${k} aria-pressed=${on.includes(k) ? 'true' : 'false'}
    onClick=${() => turn(k)}><span class=${`dot ${TONES[k] === 'info' ? 'info' : TONES[k]}`}></span>${k}</button>`)}</div>`;
}

function Names({ query }) {
  const { data } = useAnswer(api.graph, []);
  const names = data?.nodes.filter((n) => n.kind === 'event' || n.kind === 'condition').map((n) => n.name) ?? [];
  if (query.name && !names.includes(query.name)) names.push(query.name);
  return html`<select aria-label="Event" value=${query.name ?? ''} onChange=${(e) => change({ name: e.target.value || undefined }, true)}>
    <option value="">every event</option>${names.map((n) => html`<option value=${n}>${n}</option>`)}</select>`;
}

/** The rows to show: those that live, or those that stood there when the reader stopped them. */
function useRows(held) {
  const tick = useStore((s) => s.rowsTick);
  const stood = useRef(null);
  if (held && !stood.current) stood.current = [...live.rows];
  if (!held) stood.current = null;
  const rows = stood.current ?? live.rows;
  const newest = live.rows[live.rows.length - 1]?.seq ?? 0;
  const fresh = stood.current ? newest - (rows[rows.length - 1]?.seq ?? newest) : 0;
  return useMemo(() => ({ length: rows.length, row: (i) => rows[rows.length - 1 - i], fresh }), [tick, held]);
}

function None({ query }) {
  if (query.kind || query.name || query.text) {
    return html`<${Empty} icon="stream" title="No event fits"><p>Nothing that came in is what you chose; what comes from now on is shown at once.</p>
      <button onClick=${() => go('stream', {})}>Show every event</button><//>`;
  }
  return html`<${Empty} icon="stream" title="No event has come in yet">
    <p>Send one from here, or from a shell. What comes in is shown at once.</p>
    <p><code>fanin emit events.jsonl</code></p><a class="button" href=${address('send')}>Send an event</a><//>`;
}

/** Keeps the line to the host on what is chosen here, and gives it back when the screen is left. */
function useChoice(query) {
  useEffect(() => {
    const chosen = { kind: query.kind, name: query.name, text: query.text };
    if (JSON.stringify(chosen) !== JSON.stringify(live.chosen())) live.open(chosen);
  }, [query.kind, query.name, query.text]);
  useEffect(() => () => { if (Object.values(live.chosen()).some(Boolean)) live.open(); }, []);
}

/** The screen. */
export function Stream({ query }) {
  useChoice(query);
  const [paused, setPaused] = useState(false);
  const [top, setTop] = useState(true);
  const narrow = useNarrow();
  const held = paused || !top;
  const { length, row, fresh } = useRows(held);
  const left = useStore((s) => s.leftOut);
  const older = useStore((s) => s.older);
  const error = useStore((s) => s.streamError);
  const close = useCallback(() => change({ open: undefined }), []);
  const onRange = useCallback((from, to) => { if (older && !held && to >= length) live.load(older).catch(() => {}); }, [older, held, length]);
  const toTop = () => { setPaused(false); setTop(true); document.querySelector('.t-stream .tbody, .t-stream-slim .tbody')?.scrollTo({ top: 0 }); };
  const pause = async () => {
    if (!paused) await live.load().catch(() => {});
    setPaused(!paused);
  };
  const tools = html`<h1>Stream</h1><${Kinds} query=${query} /><${Names} query=${query} />
    <${Search} label="Search events" value=${query.text ?? ''} onSearch=${(text) => change({ text: text || undefined }, true)} />
    <button onClick=${pause} aria-pressed=${paused ? 'true' : 'false'}><${Icon} name=${paused ? 'play' : 'pause'} />${paused ? 'Go on' : 'Pause'}</button>
    <span class="sum grow clip" role="status">${held && fresh > 0 ? html`<button class="link" onClick=${toTop}>${count(fresh)} newer</button>` : left > 0 ? `${count(left)} too fast to show` : ''}</span>`;
  const panel = query.open && html`<${EventPanel} key=${query.open} seq=${query.open} onClose=${close} />`;
  return html`<${Screen} fill tools=${tools} panel=${panel}>
    ${error && length === 0 ? html`<${Empty} icon="warn" title="The stream is not there"><p>${error}</p><//>`
    : length === 0 ? html`<${None} query=${query} />`
    : html`<${Table} name=${narrow ? 'stream-slim' : 'stream'} label="Events" columns=${narrow ? SLIM : WIDE} length=${length} row=${row} id=${(r) => r.seq}
        open=${Number(query.open)} onOpen=${(r) => change({ open: r.seq })} onTop=${setTop} onRange=${onRange} height=${narrow ? 58 : 36} />`}
  <//>`;
}
