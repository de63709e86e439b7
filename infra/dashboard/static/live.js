// The line to the host: server-sent events, opened once, resumed by the browser, reopened here when the browser gives up.
import * as api from './api.js';
import { get, set } from './store.js';

/** Rows of the stream that the page keeps; the oldest leave. */
export const KEPT = 10000;
const FIRST_PAGE = 500;
const AGAIN_MS = 1500;

let source = null;
let filter = {};
let boot = null;
let last = null;
let opened = 0;

/** The rows, the oldest first. Changed in place, because a copy of ten thousand rows ten times a second is for nothing: `rowsTick` tells. */
export const rows = [];

const touched = (patch = {}) => set({ ...patch, rowsTick: (get().rowsTick ?? 0) + 1 });

/** A list that changes faster than this is not read, only drawn. */
const DRAWN_MS = 250;
let drawn = 0;
let later = null;

let unseen = 0;

/** Tells of new rows and of how many were left out: at once, or when the last drawing is long enough ago. */
function arrived(left) {
  unseen += left;
  if (later !== null) return;
  later = setTimeout(() => {
    later = null;
    drawn = performance.now();
    touched({ leftOut: (get().leftOut ?? 0) + unseen });
    unseen = 0;
  }, Math.max(0, drawn + DRAWN_MS - performance.now()));
}

/** Puts rows in by their number; what is there already stays. */
function take(fresh) {
  if (fresh.length === 0) return;
  const newest = rows.length ? rows[rows.length - 1].seq : -1;
  if (fresh[0].seq > newest) rows.push(...fresh);
  else {
    const all = new Map([...rows, ...fresh].map((r) => [r.seq, r]));
    rows.splice(0, rows.length, ...[...all.values()].sort((a, b) => a.seq - b.seq));
  }
  if (rows.length > KEPT) rows.splice(0, rows.length - KEPT);
}

/** After a burst: what was left out is asked for when nothing came for so long, in at most so many pages. */
const CALM_MS = 1000;
const PAGES = KEPT / FIRST_PAGE;
let calm = null;
let hole = null;

/** Notes that rows were left out after row `newest`; `calm` begins anew with every row. */
function left(many, newest) {
  if (many > 0 && hole === null) hole = newest;
  if (hole === null) return;
  clearTimeout(calm);
  calm = setTimeout(() => fill().catch(() => {}), CALM_MS);
}

async function fill() {
  const mine = opened;
  const until = hole;
  hole = null;
  let before;
  for (let page = 0; page < PAGES; page += 1) {
    const answer = await api.stream({ ...filter, before, limit: FIRST_PAGE });
    if (mine !== opened) return;
    before = answer.next;
    take(answer.rows.reverse());
    if (before === null || before <= until) break;
  }
  touched({ leftOut: hole === null ? 0 : get().leftOut });
}

/** Asks for what was there before, or, with `before`, for older rows yet. */
export async function load(before) {
  const mine = opened;
  const page = await api.stream({ ...filter, before, limit: FIRST_PAGE });
  if (mine !== opened) return;
  take(page.rows.reverse());
  touched({ older: page.next });
}

async function loadFirst() {
  try { await load(); } catch (e) { touched({ streamError: e.message }); }
}

function hello(data) {
  const again = boot === data.boot;
  if (boot !== null && !again) { rows.length = 0; }
  if (!again || !data.resumed) loadFirst();
  boot = data.boot;
  set({ line: 'live', workflow: data.workflow, version: data.version, since: data.since, leftOut: again ? get().leftOut ?? 0 : 0, streamError: null });
  clock(data.now);
  reloaded(data.reload);
}

const clock = (now) => set({ ahead: Date.parse(now) - Date.now() });

/** Counters come when something changes; when none come, no events do. */
const QUIET_MS = 1500;
let quiet = null;

function counters(data) {
  clock(data.now);
  clearTimeout(quiet);
  if (data.rate > 0) quiet = setTimeout(() => set({ rate: 0 }), QUIET_MS);
  set({ totals: data.totals, rate: Math.round(data.rate), nodes: { ...get().nodes, ...data.nodes } });
}

/** What became of an edit of the workflow file, put into words. */
function reloaded(data) {
  if (!data) { set({ reload: null }); return; }
  const same = get().reloadAt === data.at;
  set({ reloadAt: data.at });
  if (data.ok) {
    set({ reload: null, version: data.version });
    if (!same) set({ graphTick: (get().graphTick ?? 0) + 1 });
    return;
  }
  const shown = data.diagnostics.map((d) => d.shown ?? d.message).join('\n');
  if (!same || !get().reload) set({ reload: { title: 'The edited workflow was not taken over', sub: `${data.reason}. The version before goes on.`, text: shown } });
}

function lost() {
  clearTimeout(quiet);
  set({ line: 'lost', rate: undefined });
  if (source?.readyState === EventSource.CLOSED) setTimeout(() => open(filter, true), AGAIN_MS);
}

/** Opens the line. `chosen`: only rows of this kind, name and text. With another choice the rows begin anew. */
export function open(chosen = {}, resume = false) {
  source?.close();
  filter = chosen;
  opened += 1;
  if (!resume) { rows.length = 0; last = null; boot = null; unseen = 0; hole = null; touched({ leftOut: 0, older: null }); }
  const line = new EventSource(`/api/live${api.query({ ...chosen, last: resume ? last : undefined })}`);
  source = line;
  const on = (event, act) => line.addEventListener(event, (e) => {
    if (line !== source) return;
    if (e.lastEventId) last = e.lastEventId;
    act(JSON.parse(e.data));
  });
  on('hello', hello);
  on('counters', counters);
  on('rows', (data) => { left(data.left_out, rows[rows.length - 1]?.seq ?? 0); take(data.rows); arrived(data.left_out); });
  on('reload', reloaded);
  on('bye', () => set({ line: 'lost' }));
  line.onerror = () => { if (line === source) lost(); };
}

/** What the rows are chosen by now. */
export const chosen = () => filter;
