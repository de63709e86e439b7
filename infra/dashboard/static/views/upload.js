// The form of an upload: files are chosen or dropped, their names fill in what they say, the fields fill in the rest.
import { html, useRef, useState } from '../html.js';
import { address } from '../route.js';
import * as api from '../api.js';
import { Icon } from '../ui/icons.js';
import { count, plural } from '../ui/format.js';
import { Fields } from './compose.js';
import { tell } from './outcome.js';
import { fill, read } from './template.js';

/** What a file of that name is uploaded as; the fields say what its name does not. */
const keyOf = (form, captures, file) => fill(form.object_key, { ...captures, ...(file && read(form.object_key, file.name)) });

function Drop({ onFiles }) {
  const [over, setOver] = useState(false);
  const input = useRef();
  const hover = (on) => (e) => { e.preventDefault(); setOver(on); };
  const onDrop = (e) => {
    e.preventDefault();
    setOver(false);
    onFiles([...e.dataTransfer.files]);
  };
  return html`<div class=${over ? 'drop over' : 'drop'} onDragOver=${hover(true)} onDragLeave=${hover(false)} onDrop=${onDrop}>
    <${Icon} name="upload" /><span>Drop files here, or <button type="button" class="link" onClick=${() => input.current.click()}>choose some</button></span>
    <input type="file" multiple hidden ref=${input} aria-label="Files" onChange=${(e) => { onFiles([...e.target.files]); e.target.value = ''; }} /></div>`;
}

function Files({ form, captures, files, onRemove }) {
  return html`<ul class="list">${files.map((f, i) => {
    const key = keyOf(form, captures, f);
    return html`<li key=${i}><${Icon} name="file" /><span class="grow"><span class="wrap-any">${f.name}</span>
      <span class="muted block wrap-any">${key ? `as ${form.bucket}/${key}` : 'the fields do not say yet where to'}</span></span>
      <span class="num muted">${count(f.size)} B</span><button type="button" class="quiet icon" aria-label=${`Leave out ${f.name}`} onClick=${() => onRemove(i)}><${Icon} name="close" /></button></li>`;
  })}</ul>`;
}

/** The form. Without a file an empty object of the composed key is uploaded. */
export function UploadForm({ form, s3 }) {
  const [captures, setCaptures] = useState({});
  const [files, setFiles] = useState([]);
  const [wrong, setWrong] = useState(null);
  const [busy, setBusy] = useState(false);
  const first = useRef();
  const said = files.map((f) => read(form.object_key, f.name)).reduce((a, b) => ({ ...a, ...b }), {});
  const ask = { ...form, fields: form.fields.filter((f) => !(f.name in said)) };
  const targets = files.length ? files : [null];
  const ready = targets.every((f) => keyOf(form, captures, f));
  const submit = async (e) => {
    e.preventDefault();
    const element = e.currentTarget;
    setBusy(true);
    setWrong(null);
    for (const file of targets) {
      const key = keyOf(form, captures, file);
      try {
        const answer = await api.upload(form.bucket, key, file ?? new Blob([]));
        tell(element, { ok: true, what: `${answer.bucket}/${answer.key}`, note: `${count(answer.size)} bytes`, link: address('stream', { text: answer.key }) });
        setFiles((old) => old.filter((f) => f !== file));
      } catch (error) {
        setWrong(error.message);
        tell(element, { ok: false, what: `${form.bucket}/${key}`, note: error.message });
      }
    }
    setBusy(false);
  };
  const example = fill(form.object_key, Object.fromEntries(form.fields.map((f) => [f.name, captures[f.name] || '1'])));
  return html`<form class="card" onSubmit=${submit}><h2>${form.name}</h2>
    <p class="muted">An upload to <code>${form.bucket}/${form.object_key}</code></p>
    <${Drop} onFiles=${(more) => { setFiles((old) => [...old, ...more]); setTimeout(() => first.current?.focus()); }} />
    ${files.length > 0 && html`<${Files} form=${form} captures=${captures} files=${files} onRemove=${(i) => setFiles(files.filter((_, at) => at !== i))} />`}
    <${Fields} form=${ask} captures=${captures} onChange=${setCaptures} first=${first} />
    ${wrong && html`<p class="wrong" role="alert">${wrong}</p>`}
    <div class="row"><button class="primary" type="submit" disabled=${busy || !ready}><${Icon} name="upload" />${files.length ? `Upload ${plural(files.length, 'file')}` : 'Upload an empty file'}</button></div>
    ${s3 && html`<p class="muted">From a shell: <code class="wrap-any">aws --endpoint-url ${s3} s3 cp FILE s3://${form.bucket}/${example}</code></p>`}
  </form>`;
}
