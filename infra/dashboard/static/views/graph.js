// Graph: what can happen, what must have happened, what is done about it, whom it calls; with counters that live.
import { html, useCallback, useEffect, useMemo, useRef, useState } from '../html.js';
import { useStore } from '../store.js';
import { change } from '../route.js';
import * as api from '../api.js';
import { Screen } from '../ui/frame.js';
import { Empty } from '../ui/panel.js';
import { Icon } from '../ui/icons.js';
import { useAnswer } from '../ui/hooks.js';
import { useNarrow } from '../ui/narrow.js';
import { Counts } from '../ui/counts.js';
import { plural } from '../ui/format.js';
import { counted, place } from './layout.js';
import { NodePanel } from './node.js';

/** Text below this size is not read; what does not fit then is scrolled. */
const LEAST = 0.72;
const MOST = 1.1;
const ZOOMS = [0.5, 0.65, 0.8, 1, 1.25, 1.5];
const KINDS = { bucket: 'bucket', schedule: 'schedule', event: 'event', condition: 'condition', rule: 'rule', caught: 'caught error', function: 'function', target: 'target' };

function Node({ node, open }) {
  const live = useStore((s) => s.nodes?.[node.id]);
  const counts = live ?? node.counts;
  const px = (n) => `${n}px`;
  return html`<button class=${`node k-${node.kind}`} aria-pressed=${open ? 'true' : 'false'} data-node=${node.id}
    style=${{ left: px(node.left), top: px(node.top), width: px(node.width), height: px(node.height) }}
    onClick=${() => change({ node: open ? undefined : node.id })}>
    <span class="node-head"><span class="kind">${KINDS[node.kind] ?? node.kind}</span><span class="name clip">${node.name}</span></span>
    <span class="detail clip" title=${node.details?.join('\n')}>${node.details?.join(' · ') ?? ''}</span>
    ${counted(node.kind) && html`<${Counts} kind=${node.kind} counts=${counts} />`}
  </button>`;
}

function Lines({ laid }) {
  return html`<svg class="lines" width=${laid.width} height=${laid.height} aria-hidden="true">
    <defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M1 1 7 4 1 7" /></marker></defs>
    ${laid.edges.map((e, i) => html`<path key=${i} class=${`line ${e.on ?? ''} e-${e.kind}`} d=${e.d} marker-end="url(#tip)" />`)}
  </svg>
  ${laid.edges.map((e, i) => e.label && html`<span key=${i} class=${`edge-label ${e.on ?? ''}`} title=${e.full} style=${{ left: `${e.x}px`, top: `${e.y}px` }}>${e.label}</span>`)}`;
}

/** The largest zoom that shows the whole width, and never more than life size. */
function useFit(laid, box) {
  const [zoom, setZoom] = useState(null);
  const [fit, setFit] = useState(1);
  useEffect(() => {
    if (!laid || !box.current) return undefined;
    const look = () => {
      setFit(Math.max(LEAST, Math.min(MOST, box.current.clientWidth / laid.width)));
    };
    look();
    const size = new ResizeObserver(look);
    size.observe(box.current);
    return () => size.disconnect();
  }, [laid]);
  const now = zoom ?? fit;
  const turn = (by) => setZoom(by > 0 ? ZOOMS.find((z) => z > now + 0.01) ?? now : [...ZOOMS].reverse().find((z) => z < now - 0.01) ?? now);
  return { zoom: now, turn, reset: () => setZoom(null) };
}

/** The screen. */
export function Graph({ query }) {
  const tick = useStore((s) => s.graphTick);
  const version = useStore((s) => s.version);
  const { data, error } = useAnswer(api.graph, [tick, version]);
  const narrow = useNarrow();
  const laid = useMemo(() => data && place(data, narrow), [data, narrow]);
  const box = useRef();
  const { zoom, turn, reset } = useFit(laid, box);
  const close = useCallback(() => change({ node: undefined }), []);
  const open = data?.nodes.find((n) => n.id === query.node);
  useEffect(() => {
    if (laid && query.node) box.current.querySelector(`[data-node="${CSS.escape(query.node)}"]`)?.scrollIntoView({ block: 'nearest', inline: 'center' });
  }, [laid, query.node, zoom]);
  const tools = html`<h1>Graph</h1><span class="sum">${data && plural(data.nodes.length, 'part')}</span><span class="grow"></span>
    <button class="icon quiet" aria-label="Smaller" title="Smaller" onClick=${() => turn(-1)}><${Icon} name="minus" /></button>
    <button class="icon quiet" aria-label="Larger" title="Larger" onClick=${() => turn(1)}><${Icon} name="plus" /></button>
    <button class="icon quiet" aria-label="Fit" title="Fit" onClick=${reset}><${Icon} name="fit" /></button>`;
  const panel = open && html`<${NodePanel} key=${open.id} node=${open} edges=${data.edges} onClose=${close} />`;
  return html`<${Screen} tools=${tools} panel=${panel}>
    ${error && !data && html`<${Empty} icon="warn" title="The graph is not there"><p>${error.message}</p><//>`}
    <div class="canvas" ref=${box}>
      ${laid && html`<div class="sheet" style=${{ width: `${laid.width * zoom}px`, height: `${laid.height * zoom}px` }}>
        <div class="scaled" role="group" aria-label="The workflow, from what happens to what is called" style=${{ width: `${laid.width}px`, height: `${laid.height}px`, transform: `scale(${zoom})` }}>
          <${Lines} laid=${laid} />
          ${laid.nodes.map((n) => html`<${Node} key=${n.id} node=${n} open=${n.id === query.node} />`)}
        </div></div>`}
    </div>
  <//>`;
}
