// Dead letters: what could not be taken or was given up, why, and a way back.
import { html, useCallback, useState } from '../html.js';
import { useStore } from '../store.js';
import { change } from '../route.js';
import * as api from '../api.js';
import { Screen } from '../ui/frame.js';
import { Empty, Facts, Panel } from '../ui/panel.js';
import { Icon } from '../ui/icons.js';
import { Json } from '../ui/json.js';
import { Table } from '../ui/table.js';
import { useAnswer, useThrottled } from '../ui/hooks.js';
import { useNarrow } from '../ui/narrow.js';
import { fail, say } from '../ui/toast.js';
import { moment, plural, time } from '../ui/format.js';
import { Which } from './runs.js';

const PAGE = 1000;
/** Pages of the list that are read; `fanin dead` lists the rest. */
const PAGES = 10;

const WIDE = [
  { id: 'number', title: 'No.', right: true, cell: (l) => html`<span class="num muted">${l.number}</span>` },
  { id: 'what', title: 'What', cell: (l) => html`<span class="clip strong">${l.subject ?? l.kind}</span>` },
  { id: 'code', title: 'Code', cell: (l) => html`<span class="badge bad clip">${l.code}</span>` },
  { id: 'reason', title: 'Reason', cell: (l) => html`<span class="clip">${l.reason}</span>` },
  { id: 'when', title: 'Died', right: true, cell: (l) => html`<span class="num muted">${time(l.at).slice(0, 8)}</span>` },
];
const SLIM = [
  { id: 'what', title: 'What', cell: (l) => html`<span class="two"><span class="clip strong">${l.subject ?? l.kind}</span><span class="clip muted">${l.reason}</span></span>` },
  { id: 'code', title: 'Code', right: true, cell: (l) => html`<span class="two end"><span class="badge bad clip">${l.code}</span><span class="num muted">${time(l.at).slice(0, 8)}</span></span>` },
];

async function all() {
  const letters = [];
  let after;
  for (let page = 0; page < PAGES; page += 1) {
    const answer = await api.dead({ limit: PAGE, after });
    letters.push(...answer.letters);
    after = answer.next;
    if (after === null || after === undefined) return { ...answer, letters: letters.reverse() };
  }
  return { total: letters.length, letters: letters.reverse(), more: true };
}

function outcome(answer, number) {
  if (!answer.redriven) return say(`Letter ${number} stays: ${answer.reason}`, true);
  return say(answer.died_again ? `Letter ${number} was tried again and died again, as ${answer.died_again}` : `Letter ${number} was tried again`, Boolean(answer.died_again));
}

function LetterPanel({ number, onClose, onDone }) {
  const { data, error } = useAnswer(() => api.letter(number), [number]);
  const [busy, setBusy] = useState(false);
  const redrive = async () => {
    setBusy(true);
    try { outcome(await api.redrive(number), number); onDone(); } catch (e) { fail(e); }
    setBusy(false);
  };
  if (error) return html`<${Panel} title=${`Dead letter ${number}`} onClose=${onClose}><p>${error.message}</p><//>`;
  if (!data) return html`<${Panel} title=${`Dead letter ${number}`} onClose=${onClose}></${Panel}>`;
  const letter = data.letter ?? data;
  return html`<${Panel} title=${`Dead letter ${number}`} sub=${letter.subject ?? letter.kind} onClose=${onClose}>
    <section class="verdict s-timed-out"><p><strong>${letter.code}</strong></p><p>${letter.reason}</p></section>
    <div class="actions"><button class="primary" onClick=${redrive} disabled=${busy}><${Icon} name="again" />Redrive</button></div>
    <section><${Facts} of=${[['died', moment(letter.at)], ['kind', letter.kind], ['attempts', letter.attempts || undefined], ['id', letter.id && html`<code>${letter.id}</code>`]]} /></section>
    <section><h3>Payload</h3><${Json} value=${data.payload ?? letter.payload ?? null} label="Payload" /></section>
    ${data.cause && html`<section><h3>Cause</h3><${Json} value=${data.cause} label="Cause" /></section>`}
    ${data.chain?.length > 0 && html`<section><h3>What led to it</h3><p>${data.chain.join(' → ')}</p></section>`}
  <//>`;
}

/** The list. */
export function Letters({ query }) {
  const list = useAnswer(all, []);
  const dead = useStore((s) => s.totals?.dead_now);
  useThrottled(dead, 500, list.again);
  const narrow = useNarrow();
  const close = useCallback(() => change({ open: undefined }), []);
  const [busy, setBusy] = useState(false);
  const letters = list.data?.letters ?? [];
  const redriveAll = async () => {
    setBusy(true);
    try {
      const answer = await api.redriveAll({});
      const gone = answer.letters.filter((l) => l.redriven).length;
      say(`${plural(gone, 'letter')} of ${answer.letters.length} tried again`, gone === 0);
      list.again();
    } catch (e) { fail(e); }
    setBusy(false);
  };
  const tools = html`<h1>Runs</h1><${Which} query=${query} /><span class="sum grow" role="status">${list.data && plural(list.data.total ?? letters.length, 'letter')}</span>
    ${letters.length > 0 && html`<button onClick=${redriveAll} disabled=${busy}><${Icon} name="again" />Redrive all</button>`}`;
  const panel = query.open && html`<${LetterPanel} key=${query.open} number=${query.open} onClose=${close} onDone=${() => { list.again(); close(); }} />`;
  return html`<${Screen} fill tools=${tools} panel=${panel}>
    ${list.error && !list.data ? html`<${Empty} icon="warn" title="The letters are not there"><p>${list.error.message}</p><//>`
    : letters.length === 0 && !list.busy ? html`<${Empty} icon="check" title="No dead letters"><p>What cannot be taken or is given up ends here, with its payload and the reason, and can be tried again. Nothing is lost silently.</p><//>`
    : html`<${Table} name=${narrow ? 'dead-slim' : 'dead'} label="Dead letters" columns=${narrow ? SLIM : WIDE} length=${letters.length} row=${(i) => letters[i]} id=${(l) => l.number}
        open=${Number(query.open)} onOpen=${(l) => change({ open: l.number })} height=${narrow ? 58 : 38} />`}
  <//>`;
}
