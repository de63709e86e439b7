// The page: opens the line to the host and shows the screen that the address names.
import { html, render, useEffect } from './html.js';
import { useStore } from './store.js';
import * as live from './live.js';
import { Frame } from './ui/frame.js';
import { Toasts } from './ui/toast.js';
import { Graph } from './views/graph.js';
import { Keys } from './views/keys.js';
import { Stream } from './views/stream.js';
import { Runs } from './views/runs.js';
import { Send } from './views/send.js';

const VIEWS = { graph: Graph, keys: Keys, stream: Stream, runs: Runs, send: Send };

function App() {
  const route = useStore((s) => s.route);
  const name = useStore((s) => s.workflow);
  useEffect(() => { document.title = `${route.screen[0].toUpperCase()}${route.screen.slice(1)} · ${name ?? 'fanin'}`; }, [route.screen, name]);
  const View = VIEWS[route.screen];
  return html`<${Frame}><${View} key=${route.screen} query=${route.query} /><//><${Toasts} />`;
}

live.open();
render(html`<${App} />`, document.getElementById('app'));
