// Where the parts of the workflow lie. Dagre decides; here are only sizes and the shape of a line.
import { Graph, layout } from '../vendor/dagre.js';

export const WIDTH = 204;
const HEIGHT = 58;
const COUNTED = 84;
const LABEL_CHAR = 5.9;
const LABEL_MOST = 30;

/** Kinds that have counters, and are higher for it. */
export const counted = (kind) => kind !== 'bucket' && kind !== 'schedule';

const cut = (label) => (label.length > LABEL_MOST ? `${label.slice(0, LABEL_MOST - 1)}…` : label);

/** A soft line through the points that dagre gives. */
function path(points) {
  const [first, ...rest] = points;
  let d = `M${first.x},${first.y}`;
  rest.forEach((p, i) => {
    const next = rest[i + 1];
    d += next ? ` Q${p.x},${p.y} ${(p.x + next.x) / 2},${(p.y + next.y) / 2}` : ` L${p.x},${p.y}`;
  });
  return d;
}

/** `{ width, height, nodes, edges }`, places from the upper left corner. `down`: from top to bottom instead of left to right. */
export function place(graph, down) {
  const g = new Graph({ multigraph: true });
  g.setGraph({ rankdir: down ? 'TB' : 'LR', nodesep: down ? 18 : 22, ranksep: down ? 38 : 44, edgesep: 14, marginx: 8, marginy: 8 });
  g.setDefaultEdgeLabel(() => ({}));
  for (const n of graph.nodes) g.setNode(n.id, { width: WIDTH, height: counted(n.kind) ? COUNTED : HEIGHT });
  graph.edges.forEach((e, i) => {
    const label = cut(e.label ?? '');
    g.setEdge(e.from, e.to, { label, width: label.length * LABEL_CHAR, height: label ? 16 : 0, labelpos: 'c' }, String(i));
  });
  layout(g);
  const at = (n) => ({ ...n, ...box(g.node(n.id)) });
  const line = (e, i) => {
    const laid = g.edge({ v: e.from, w: e.to, name: String(i) });
    return { ...e, label: laid.label, full: e.label, x: laid.x, y: laid.y, d: path(laid.points) };
  };
  return { width: g.graph().width, height: g.graph().height, nodes: graph.nodes.map(at), edges: graph.edges.map(line) };
}

const box = (n) => ({ left: n.x - n.width / 2, top: n.y - n.height / 2, width: n.width, height: n.height });
