// The panel of one event: what it is, what became of it, its envelope; to be sent again, or taken into a test.
import { html, useState } from '../html.js';
import { address } from '../route.js';
import * as api from '../api.js';
import { Facts, Panel } from '../ui/panel.js';
import { Icon } from '../ui/icons.js';
import { Json } from '../ui/json.js';
import { useAnswer } from '../ui/hooks.js';
import { fail, say } from '../ui/toast.js';
import { count, moment, pairs } from '../ui/format.js';
import { CopyTest } from './copy.js';
import { NearMisses } from './explain.js';
import { Cause, Effects } from './story.js';

function Story({ id, derived }) {
  const { data, error } = useAnswer(() => api.story(id), [id]);
  if (error) return html`<section><h3>What became of it</h3><p class="muted">${error.message}</p></section>`;
  if (!data) return html`<section><h3>What became of it</h3><p class="muted">Reading the log</p></section>`;
  if (data.answer !== 'story') return html`<section><h3>What became of it</h3><p class="muted">${data.answer === 'several' ? 'Several events have this id.' : 'The log does not know it.'}</p></section>`;
  return html`${derived && html`<section><h3>Came from</h3><${Cause} of=${data.because} /></section>`}
    <section><h3>What became of it</h3><${Effects} of=${data.effects} /></section>
    <${NearMisses} of=${data.near_misses} />`;
}

function Resend({ seq }) {
  const [busy, setBusy] = useState(false);
  const send = async () => {
    setBusy(true);
    try {
      const answer = await api.resend(seq);
      say(`Sent again: ${answer.id} was ${answer.status}. It counts as a duplicate where it was counted before.`);
    } catch (e) { fail(e); }
    setBusy(false);
  };
  return html`<button onClick=${send} disabled=${busy}><${Icon} name="again" />Send again</button>`;
}

/** The panel; `seq` is its number in the stream. */
export function EventPanel({ seq, onClose }) {
  const { data, error } = useAnswer(() => api.event(seq), [seq]);
  if (error) return html`<${Panel} title="This event is gone" onClose=${onClose}><p>${error.message}</p>
    <p class="muted">The host keeps the last 10,000 for this page. <code>fanin events search</code> reads the whole log.</p><//>`;
  if (!data) return html`<${Panel} title="Event" onClose=${onClose}></${Panel}>`;
  const outside = data.kind !== 'derived' && data.kind !== 'rejected';
  return html`<${Panel} title=${data.names.join(', ') || data.type || 'Event'} sub=${pairs(data.captures) || data.note} onClose=${onClose}>
    <${CopyTest} of=${{ seq }}>${outside && html`<${Resend} seq=${seq} />`}<//>
    ${data.note && html`<section class="verdict s-timed-out"><p>${data.note}</p></section>`}
    <section><${Facts} of=${[['taken as', data.unmatched ? `${data.kind}, none of the named events` : data.kind], ['id', data.id && html`<code>${data.id}</code>`], ['source', data.source], ['detail-type', data.type],
      ['accepted', moment(data.at)], ['by', data.origin], ['bytes', count(data.bytes)]]} /></section>
    ${data.id && html`<${Story} id=${data.id} derived=${data.kind === 'derived'} />`}
    <section><h3>Envelope</h3>${data.envelope !== undefined && data.envelope !== null ? html`<${Json} value=${data.envelope} label="Envelope" />` : html`<pre class="json" tabindex="0">${data.text}</pre>`}
      ${data.cut && html`<p class="muted">Cut: it is longer.</p>`}</section>
    ${data.names[0] && outside && html`<p class="muted"><a href=${address('send', { event: data.names[0] })}>Send another ${data.names[0]}</a></p>`}
  <//>`;
}
