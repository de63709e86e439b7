// Why a key has, or has not, fired: what was seen, what is missing, and what almost was a member, with the field that stands in the way.
import { html } from '../html.js';
import { useStore } from '../store.js';
import { address } from '../route.js';
import * as api from '../api.js';
import { Facts, Panel } from '../ui/panel.js';
import { useAnswer, useNow, useThrottled } from '../ui/hooks.js';
import { count, duration, moment, pairs, plural, shortId, time } from '../ui/format.js';
import { CopyTest } from './copy.js';
import { Progress } from './progress.js';
import { Cause, Effects } from './story.js';

const WAITS = { open: 'Waiting', idle: 'Between two rounds', fired: 'Fired', 'timed-out': 'Timed out', satisfied: 'Satisfied: it will not fire' };

function Missing({ of }) {
  if (of.state !== 'open') return null;
  const what = of.distinct ? `distinct ${of.distinct}` : of.counted ?? 'event';
  if (Array.isArray(of.missing)) return html`<p class="chips">Missing ${of.missing.map((m) => html`<span class="badge wait">${m}</span>`)}</p>`;
  if (of.missing === null || of.missing === undefined) return html`<p>How many are needed is not known yet: the event that says so has not come.</p>`;
  return html`<p>${count(of.missing)} more ${of.distinct ? html`distinct <code>${of.distinct}</code>` : html`<code>${what}</code>`} needed.</p>`;
}

function Verdict({ of, now }) {
  const left = of.deadline && Date.parse(of.deadline) - now;
  return html`<section class=${`verdict s-${of.state}`}>
    <div class="row"><strong class="grow">${WAITS[of.state] ?? of.state}</strong><${Progress} row=${of} /></div>
    <${Missing} of=${of} />
    ${of.state === 'open' && (left ? html`<p class="muted num">${of.asks === 'absent' ? 'Fires' : 'Times out'} in ${left > 0 ? duration(left) : 'a moment'}, at ${moment(of.deadline)}</p>` : html`<p class="muted">It has no deadline.</p>`)}
    ${of.state !== 'open' && of.forgotten_at && html`<p class="muted num">Remembered until ${moment(of.forgotten_at)}</p>`}
  </section>`;
}

/** Events that are almost a member, the nearest first. */
export function NearMisses({ of }) {
  if (!of?.length) return null;
  return html`<section><h3>Near misses</h3><ul class="cards">${of.map((m) => html`<li class="miss" key=${m.identity}>
    <p><code class="field-name">${m.field}</code> stands in the way of <strong>${m.name}</strong></p>
    <p class="reason">${m.reason}</p>
    <p class="muted num">${m.fields_matched} of ${plural(m.fields, 'field')} fit · ${time(m.at)} · <a href=${address('stream', { text: m.event })} title=${m.event}>${shortId(m.event)}</a></p>
  </li>`)}</ul></section>`;
}

function Members({ of }) {
  return html`<section><h3>Seen</h3>
    ${of.members.length === 0 ? html`<p class="muted">Nothing yet.</p>` : html`<ul class="list">${of.members.map((m, i) => html`<li key=${i}>
      <span class="grow clip"><strong>${m.name}</strong> <span class="muted">${pairs(m.captures)}</span></span>
      ${m.times > 1 && html`<span class="badge">${m.times} times</span>`}${m.waived && html`<span class="badge wait">waived by ${m.waived.by}</span>`}
      <a class="num nowrap" href=${address('stream', { text: m.id })} title=${m.id}>${time(m.accepted)}</a></li>`)}</ul>`}
    ${of.members_not_shown > 0 && html`<p class="muted">and ${plural(of.members_not_shown, 'other')}</p>`}
  </section>`;
}

function Rounds({ condition, of, state }) {
  const { data } = useAnswer(() => (state === 'open' ? Promise.resolve(null) : api.rounds(condition, of)), [condition, state]);
  return data?.rounds?.map((r, i) => html`<section key=${i}><h3>Came from</h3><${Cause} of=${r.because} /><h3>Set off</h3><${Effects} of=${r.effects} /></section>`) ?? null;
}

/** What is over misses nothing any more. */
const isOpen = (e) => e.state === 'open' || e.state === 'idle';

function Whole({ data, condition, of, now }) {
  const e = data.explanation;
  return html`<${Verdict} of=${e} now=${now} />
    <${CopyTest} of=${{ condition, ...api.keyed(of) }} />
    ${isOpen(e) && html`<${NearMisses} of=${data.near_misses} />`}
    ${(isOpen(e) || e.members.length > 0) && html`<${Members} of=${e} />`}
    <section><h3>Facts</h3><${Facts} of=${[
      ['needed', e.reach?.value !== undefined && e.reach?.from ? html`${count(e.reach.value)}, said by <a href=${address('stream', { text: e.reach.from })}>${shortId(e.reach.from)}</a>` : e.needed],
      ['first event', moment(e.first_at)], ['last event', moment(e.last_at)], ['closed', moment(e.closed_at)], ['round', e.round],
      ['duplicates', e.duplicates], ['late', e.late], ['extra', e.extra || undefined], ['version', e.version.slice(0, 8)], ['', data.draining ? 'belongs to an older version' : undefined],
    ]} /></section>
    <${Rounds} condition=${condition} of=${of} state=${e.state} />`;
}

/** The panel of one key. */
export function ExplainPanel({ condition, of, onClose }) {
  const answer = useAnswer(() => api.explain(condition, of), [condition, JSON.stringify(of)]);
  const totals = useStore((s) => s.totals);
  const now = useNow();
  useThrottled(totals, 1000, answer.again);
  const body = answer.error?.body;
  return html`<${Panel} title=${pairs(of) || condition} sub=${condition} onClose=${onClose}>
    ${answer.data && html`<${Whole} data=${answer.data} condition=${condition} of=${of} now=${now} />`}
    ${answer.error && html`<section><p>${answer.error.message}</p></section><${NearMisses} of=${body?.near_misses} />`}
  <//>`;
}
