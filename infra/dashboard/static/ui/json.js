// JSON with quiet colours. Every piece is a text node: what an event carries is shown, never obeyed.
import { html } from '../html.js';

const PIECE = /("(?:\\.|[^"\\])*")(\s*:)?|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/g;
/** Past this many characters colours cost more than they help. */
const COLOURED = 60000;

function pieces(text) {
  const out = [];
  let from = 0;
  for (const found of text.matchAll(PIECE)) {
    if (found.index > from) out.push(text.slice(from, found.index));
    const [all, string, colon] = found;
    const kind = string ? (colon ? 'k' : 's') : 'n';
    out.push(html`<span class=${kind}>${string ?? all}</span>`, colon ?? '');
    from = found.index + all.length;
  }
  out.push(text.slice(from));
  return out;
}

/** A value, or a text that holds JSON, laid out. */
export function Json({ value, label }) {
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2) ?? 'null';
  return html`<pre class="json" tabindex="0" role="region" aria-label=${label ?? 'JSON'}>${text.length > COLOURED ? text : pieces(text)}</pre>`;
}
