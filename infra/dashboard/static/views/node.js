// The panel of a part of the workflow: how it stands, what is before and after it, its text, and where to look further.
import { html, useMemo } from '../html.js';
import { useStore } from '../store.js';
import { address } from '../route.js';
import * as api from '../api.js';
import { Panel } from '../ui/panel.js';
import { Counts } from '../ui/counts.js';
import { useAnswer } from '../ui/hooks.js';
import { Progress } from './progress.js';
import { pairs } from '../ui/format.js';

const SECTION = { event: 'events', condition: 'conditions', rule: 'rules', function: 'functions' };

/** The lines of the workflow file that define a name; null where they cannot be told (a file of another layout). */
export function definition(text, section, name) {
  const lines = text.split('\n');
  const head = lines.findIndex((l) => l.startsWith(`${section}:`));
  if (head < 0) return null;
  const start = lines.findIndex((l, i) => i > head && l.trimStart().startsWith(`${name}:`));
  if (start < 0) return null;
  const indent = lines[start].search(/\S/);
  let end = start + 1;
  while (end < lines.length && (lines[end].trim() === '' || lines[end].search(/\S/) > indent)) end += 1;
  return lines.slice(start, end).map((l) => l.slice(indent)).join('\n').trimEnd();
}

function Text({ node }) {
  const { data } = useAnswer(api.workflow, []);
  const text = useMemo(() => data?.text && SECTION[node.kind] && definition(data.text, SECTION[node.kind], node.name), [data, node]);
  return text ? html`<section><h3>In ${data.file}</h3><pre class="json source" tabindex="0">${text}</pre></section>` : null;
}

/** The open keys of a condition that come to their deadline first. */
function OpenKeys({ name }) {
  const pending = useStore((s) => s.nodes?.[`condition.${name}`]?.pending);
  const { data } = useAnswer(() => api.keys({ condition: name, limit: 5 }), [name, pending]);
  if (!data?.rows.length) return html`<section><h3>Open keys</h3><p class="muted">None is open.</p></section>`;
  return html`<section><h3>Open keys, the nearest deadline first</h3>
    <ul class="list">${data.rows.map((r) => html`<li><a class="clip grow" href=${address('keys', { condition: name, open: JSON.stringify(r.key) })}>${pairs(r.key) || 'the only one'}</a><${Progress} row=${r} /></li>`)}</ul></section>`;
}

const further = (node) => ({
  event: [['In the stream', address('stream', { name: node.name })], ['Send one', address('send', { event: node.name })]],
  condition: [['Its keys', address('keys', { condition: node.name })], ['Its firings', address('stream', { name: node.name })]],
  rule: [['Its runs', address('runs', { rule: node.name })]],
})[node.kind] ?? [];

function Neighbours({ title, of }) {
  if (of.length === 0) return null;
  return html`<section><h3>${title}</h3><ul class="list">${of.map(([id, words]) => html`<li>
    <a class="clip grow" href=${address('graph', { node: id })}>${id.slice(id.indexOf('.') + 1)}</a><span class="muted clip">${words}</span></li>`)}</ul></section>`;
}

/** The panel; `edges` are those of the whole graph. */
export function NodePanel({ node, edges, onClose }) {
  const counts = useStore((s) => s.nodes?.[node.id]) ?? node.counts;
  const links = further(node);
  const before = edges.filter((e) => e.to === node.id).map((e) => [e.from, e.label || e.kind]);
  const after = edges.filter((e) => e.from === node.id).map((e) => [e.to, e.label || e.kind]);
  return html`<${Panel} title=${node.name} sub=${`${node.kind}${node.details ? ` · ${node.details.join(' · ')}` : ''}`} onClose=${onClose}>
    <section><${Counts} kind=${node.kind} counts=${counts} /></section>
    ${links.length > 0 && html`<div class="actions">${links.map(([words, url]) => html`<a class="button" href=${url}>${words}</a>`)}</div>`}
    ${node.kind === 'condition' && html`<${OpenKeys} name=${node.name} />`}
    <${Neighbours} title="Comes from" of=${before} />
    <${Neighbours} title="Leads to" of=${after} />
    <${Text} node=${node} />
  <//>`;
}
