// Copy as test: what happened, as a test case. Copied where the browser allows it, and shown in any case.
import { html, useState } from '../html.js';
import * as api from '../api.js';
import { Icon } from '../ui/icons.js';
import { plural } from '../ui/format.js';
import { fail, say } from '../ui/toast.js';

async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    say(`Copied ${what}`);
  } catch {
    say('The browser does not let this page copy: select the text below', true);
  }
}

/** `of`: what the host is asked by, `{ seq }` or a condition with its key. */
export function CopyTest({ of, children }) {
  const [made, setMade] = useState(null);
  const make = async () => {
    try {
      const answer = await api.test(of);
      setMade(answer);
      await copy(answer.file, `a test of ${plural(answer.events, 'event')}`);
    } catch (e) { fail(e); }
  };
  return html`<div class="actions">${children}<button onClick=${make}><${Icon} name="copy" />Copy as test</button></div>
    ${made && html`<section><h3>${made.name}</h3>
      <pre class="json test-text" tabindex="0">${made.file}</pre>
      ${made.note && html`<p class="muted">${made.note}</p>`}
      <p class="muted">Save it beside the workflow, as <code>NAME.test.yaml</code>, and run <code>fanin test</code>.</p>
      <div class="actions"><button class="quiet" onClick=${() => copy(made.case, 'the test alone')}>Copy the test without its file</button></div></section>`}`;
}
