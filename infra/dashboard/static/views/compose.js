// The forms for events that are no uploads: one field for each capture, or the whole as JSON.
import { html, useEffect, useRef, useState } from '../html.js';
import { address } from '../route.js';
import * as api from '../api.js';
import { Icon } from '../ui/icons.js';
import { Json } from '../ui/json.js';
import { tell } from './outcome.js';

/** The fields of a form; a name stands once, though two paths may give it. */
export function Fields({ form, captures, onChange, first }) {
  const names = [...new Map(form.fields.map((f) => [f.name, f])).values()];
  return names.map((f, i) => html`<label class="field" key=${f.name}><span>${f.name} <span class="hint mono">${f.path}</span></span>
    <input name=${f.name} value=${captures[f.name] ?? ''} required autocomplete="off" spellcheck=${false} ref=${i === 0 ? first : undefined}
      pattern=${f.deep ? undefined : '[^\\/]*'} title=${f.deep ? undefined : 'without a /'} onInput=${(e) => onChange({ ...captures, [f.name]: e.target.value })} /></label>`);
}

function parsed(text) {
  if (text.trim() === '') return {};
  return JSON.parse(text);
}

/** The form of an event. */
export function EventForm({ form }) {
  const [captures, setCaptures] = useState({});
  const [detail, setDetail] = useState('');
  const [id, setId] = useState('');
  const [shown, setShown] = useState(null);
  const [wrong, setWrong] = useState(null);
  const body = () => ({ event: form.name, captures, detail: parsed(detail), id: id || null });
  const attempt = async (act) => {
    try {
      setWrong(null);
      await act(body());
    } catch (e) { setWrong(e instanceof SyntaxError ? `The detail is no JSON: ${e.message}` : e.message); }
  };
  const submit = (e) => {
    e.preventDefault();
    const element = e.currentTarget;
    attempt(async (of) => {
      const answer = await api.send(of);
      tell(element, { ok: true, what: `${form.name} ${Object.values(captures).join(', ')}`, note: `${answer.status} as ${answer.id}`, link: address('stream', { text: answer.id }) });
    });
  };
  return html`<form class="card" onSubmit=${submit}><h2>${form.name}</h2>
    <${Fields} form=${form} captures=${captures} onChange=${setCaptures} />
    <label class="field"><span>Further detail <span class="hint">JSON, adds to what the pattern needs or overrides it</span></span>
      <textarea rows="3" value=${detail} placeholder=${'{ "total": 12.5 }'} onInput=${(e) => setDetail(e.target.value)} spellcheck=${false}></textarea></label>
    <label class="field"><span>Id <span class="hint">empty: a new one. The same id twice is a duplicate</span></span><input value=${id} onInput=${(e) => setId(e.target.value)} autocomplete="off" /></label>
    ${wrong && html`<p class="wrong" role="alert">${wrong}</p>`}
    <div class="row"><button class="primary" type="submit"><${Icon} name="send" />Send</button>
      <button type="button" onClick=${() => attempt(async (of) => setShown((await api.compose(of)).envelope))}>Show the envelope</button></div>
    ${shown && html`<${Json} value=${shown} label="The envelope" />`}
  </form>`;
}

const SAMPLE = '{\n  "source": "shop",\n  "detail-type": "Order",\n  "detail": { "id": "42" }\n}';

/** Any event, as it is. */
export function JsonForm({ text: given }) {
  const [text, setText] = useState(given ?? SAMPLE);
  const [wrong, setWrong] = useState(null);
  const area = useRef();
  useEffect(() => { if (given) setText(given); }, [given]);
  const submit = async (e) => {
    e.preventDefault();
    const element = e.currentTarget;
    setWrong(null);
    try {
      const answer = await api.emit(text);
      for (const one of answer.events) tell(element, { ok: one.status === 'accepted', what: one.id ?? 'no event', note: one.reason ?? one.warning ?? one.status, link: one.id && address('stream', { text: one.id }) });
    } catch (error) {
      setWrong(error.message);
      tell(element, { ok: false, what: 'refused', note: error.message });
    }
  };
  return html`<form class="card" onSubmit=${submit}>${!given && html`<h2>Any event</h2>`}
    <label class="field"><span>JSON <span class="hint">an EventBridge envelope, a CloudEvent, an S3 notification, or a list of them</span></span>
      <textarea ref=${area} rows="14" value=${text} onInput=${(e) => setText(e.target.value)} spellcheck=${false}></textarea></label>
    ${wrong && html`<p class="wrong" role="alert">${wrong}</p>`}
    <div class="row"><button class="primary" type="submit"><${Icon} name="send" />Send</button></div>
  </form>`;
}
