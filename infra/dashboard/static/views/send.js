// Send: a form for every event that the workflow wants, files dropped as uploads, and any event as JSON.
import { html, useState } from '../html.js';
import { useStore } from '../store.js';
import { change } from '../route.js';
import * as api from '../api.js';
import { Screen } from '../ui/frame.js';
import { Empty } from '../ui/panel.js';
import { useAnswer } from '../ui/hooks.js';
import { UploadForm } from './upload.js';
import { EventForm, JsonForm } from './compose.js';

/** What stands for "any event" among the names; names of events have no dots. */
const ANY = '.any';

function Choice({ events, value }) {
  return html`<nav class="choice" aria-label="Events">
    ${events.map((e) => html`<button key=${e.name} aria-pressed=${e.name === value ? 'true' : 'false'} onClick=${() => change({ event: e.name }, true)}>
      <span class="clip strong">${e.name}</span><span class="muted">${e.kind === 'upload' ? `upload to ${e.bucket}` : e.kind}</span></button>`)}
    <button aria-pressed=${value === ANY ? 'true' : 'false'} onClick=${() => change({ event: ANY }, true)}><span class="strong">Any event</span><span class="muted">JSON, in any form</span></button>
  </nav>`;
}

function Form({ form, s3 }) {
  if (!form) return html`<${JsonForm} />`;
  if (form.kind === 'upload') return html`<${UploadForm} key=${form.name} form=${form} s3=${s3} />`;
  if (form.kind === 'schedule') return html`<div class="card"><h2>${form.name}</h2><p class="muted">This one comes by the clock. To send it by hand, take the example as JSON.</p>
    <${JsonForm} text=${JSON.stringify(form.example ?? {}, null, 2)} /></div>`;
  return html`<${EventForm} key=${form.name} form=${form} />`;
}

/** The screen. */
export function Send({ query }) {
  const tick = useStore((s) => s.graphTick);
  const { data, error } = useAnswer(api.forms, [tick]);
  const { data: file } = useAnswer(api.workflow, [tick]);
  const [sent, setSent] = useState([]);
  const events = data?.events ?? [];
  const value = query.event === ANY || events.some((e) => e.name === query.event) ? query.event : events[0]?.name ?? ANY;
  const onSent = (e) => {
    const { outcome } = e.detail;
    setSent((old) => [outcome, ...old].slice(0, 50));
  };
  return html`<${Screen} tools=${html`<h1>Send</h1><span class="sum">What is sent here counts like any other event.</span>`}>
    ${error && !data ? html`<${Empty} icon="warn" title="The forms are not there"><p>${error.message}</p><//>`
    : data && html`<div class="send" onsent=${onSent}>
      <${Choice} events=${events} value=${value} />
      <div class="form"><${Form} form=${events.find((e) => e.name === value)} s3=${file?.s3} /></div>
      <section class="sent" aria-label="What was sent"><h3>Sent from here</h3>
        ${sent.length === 0 ? html`<p class="muted">Nothing yet.</p>` : html`<ol class="list" role="log">${sent.map((s) => html`<li key=${s.key}><span class=${`dot ${s.ok ? 'ok' : 'bad'}`}></span>
          <span class="grow"><span class="wrap-any">${s.what}</span>${s.note && html`<span class="muted block wrap-any">${s.note}</span>`}</span>${s.link && html`<a href=${s.link}>show</a>`}</li>`)}</ol>`}
      </section></div>`}
  <//>`;
}
