// The story of an event: what it came from, and what it set off, each in turn.
import { html } from '../html.js';
import { address } from '../route.js';
import { count, pairs, plural, time } from '../ui/format.js';

/** Deeper than this a panel is no place to read; `fanin explain` shows the rest. */
const DEPTH = 6;
const FATES = {
  counted: ['ok', 'counted'], completed: ['ok', 'completed it'], duplicate: ['', 'duplicate: counted before'], late: ['wait', 'late: it was closed'],
  extra: ['', 'extra: its place was taken'], rejected: ['bad', 'refused'],
};
const name = (e) => e.names[0]?.name ?? e.detail_type ?? 'event';
const key = (place) => pairs(place.key) || 'the only one';

const Told = ({ of }) => html`<span class="row wrap"><strong>${name(of)}</strong><span class="muted">${pairs(of.names[0]?.captures)}</span>
  <a class="num" href=${address('stream', { text: of.id })} title=${of.id}>${time(of.at)}</a></span>`;

/** What an event came of. */
export function Cause({ of, depth = 0 }) {
  if (!of) return html`<p class="muted">It came from outside.</p>`;
  if (depth > DEPTH) return html`<p class="muted">and so on</p>`;
  return html`<ul class="tree">${of.members?.map((m) => html`<li><${Told} of=${m.event} />${m.because && html`<${Cause} of=${m.because} depth=${depth + 1} />`}</li>`)}
    ${of.event && html`<li><${Told} of=${of.event} />${of.because && html`<${Cause} of=${of.because} depth=${depth + 1} />`}</li>`}
    ${of.not_shown > 0 && html`<li class="muted">and ${plural(of.not_shown, 'other')}</li>`}
    ${of.missing > 0 && html`<li class="muted">${count(of.missing)} missing</li>`}</ul>`;
}

function Then({ of, depth }) {
  return of ? html`<ul class="tree"><li><${Told} of=${of.event} /><${Effects} of=${of.effects} depth=${depth + 1} quiet /></li></ul>` : null;
}

function Reached({ of, depth }) {
  const [tone, words] = FATES[of.fate] ?? ['', of.fate];
  return html`<li><span class="row wrap"><a href=${address('keys', { of: of.place.condition, state: 'all', open: JSON.stringify(of.place.key) })}>${of.place.condition}</a>
    <span class="muted">${key(of.place)}</span><span class=${`badge ${tone}`}>${words}</span><span class="muted num">${count(of.count)}${of.needed ? ` of ${count(of.needed)}` : ''}</span></span>
    <${Then} of=${of.then} depth=${depth} /></li>`;
}

function Ran({ of, depth }) {
  const { run } = of;
  const last = run.calls[run.calls.length - 1];
  const tone = run.failed > 0 ? 'bad' : run.done > 0 ? 'ok' : 'info';
  return html`<li><span class="row wrap">rule <a href=${address('runs', { open: run.id })}>${run.rule}</a><span class="muted">calls ${run.target}</span>
    <span class=${`badge ${tone}`}>${run.failed > 0 ? 'failed' : run.done > 0 ? 'done' : 'running'}</span>
    ${run.made > 1 && html`<span class="muted num">${plural(run.made, 'call')}</span>`}</span>
    ${last?.error && html`<p class="reason">${last.error}${last.cause ? `: ${last.cause}` : ''}</p>`}
    <${Then} of=${of.then} depth=${depth} /></li>`;
}

const Died = ({ of }) => html`<li><span class="row wrap"><span class="badge bad">dead letter ${of.letter.number}</span><span class="reason">${of.letter.reason ?? of.letter.code}</span></span></li>`;

const EFFECTS = { reached: Reached, ran: Ran, died: Died };

/** What an event set off. */
export function Effects({ of, depth = 0, quiet }) {
  if (!of?.length) return quiet ? null : html`<p class="muted">Nothing.</p>`;
  if (depth > DEPTH) return html`<p class="muted">and so on</p>`;
  return html`<ul class="tree">${of.map((e, i) => { const Of = EFFECTS[e.what]; return Of ? html`<${Of} key=${i} of=${e} depth=${depth} />` : null; })}</ul>`;
}

