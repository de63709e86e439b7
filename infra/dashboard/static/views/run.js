// The panel of one run: its calls, the oldest first, with what went in and what came out.
import { html } from '../html.js';
import { useStore } from '../store.js';
import { address } from '../route.js';
import * as api from '../api.js';
import { Facts, Panel } from '../ui/panel.js';
import { Json } from '../ui/json.js';
import { useAnswer, useNow, useThrottled } from '../ui/hooks.js';
import { duration, moment, shortId, time } from '../ui/format.js';
import { State } from './runs.js';

const TONES = { running: 'info', done: 'ok', failed: 'bad' };

function Call({ of, many, open }) {
  return html`<li><details open=${open}><summary class="row"><strong class="grow">${many ? `Item ${of.index}, attempt` : 'Attempt'} ${of.attempt}</strong>
      <span class=${`badge ${TONES[of.state] ?? ''}`}>${of.state}</span>${of.took_ms !== null && html`<span class="num muted">${duration(of.took_ms)}</span>`}
      ${of.ended_at && html`<span class="num muted">${time(of.ended_at)}</span>`}</summary>
    <div class="stack call">
      ${of.error && html`<section><h3>Error</h3><p class="reason"><strong>${of.error.name}</strong>${of.error.cause ? `: ${of.error.cause}` : ''}</p></section>`}
      <section><h3>Input</h3><${Json} value=${of.input} label="Input" /></section>
      ${of.result !== null && of.result !== undefined && html`<section><h3>Output</h3><${Json} value=${of.result} label="Output" /></section>`}
    </div></details></li>`;
}

/** The panel; `id` is the run's. */
export function RunPanel({ id, onClose }) {
  const answer = useAnswer(() => api.run(id), [id]);
  useThrottled(useStore((s) => s.totals), 1000, answer.again);
  const now = useNow();
  const r = answer.data;
  if (answer.error && !r) return html`<${Panel} title="This run is gone" onClose=${onClose}><p>${answer.error.message}</p><//>`;
  if (!r) return html`<${Panel} title="Run" onClose=${onClose}></${Panel}>`;
  const many = r.history.some((c) => c.index > 0);
  return html`<${Panel} title=${r.rule} sub=${`calls ${r.target ?? ''}`} onClose=${onClose}>
    <section class="row"><${State} row=${r} now=${now} />${r.retry_at && html`<span class="muted num">at ${time(r.retry_at)}</span>`}</section>
    <section><${Facts} of=${[['because of', r.cause && html`<a href=${address('stream', { text: r.event_id ?? r.event })}>${r.cause}</a>`], ['since', r.since && moment(r.since)],
      ['calls', r.calls], ['failed', r.failed_calls || undefined], ['run', html`<code title=${r.run}>${shortId(r.run)}</code>`]]} /></section>
    <section><h3>Calls</h3><ul class="cards">${r.history.map((c, i) => html`<${Call} key=${`${c.action}/${c.index}/${c.attempt}`} of=${c} many=${many} open=${i === r.history.length - 1} />`)}</ul></section>
  <//>`;
}
