// Where the reader is: `#/keys?open=...`. The address can be copied, and the browser's Back works.
import { set } from './store.js';

export const SCREENS = [
  { id: 'graph', title: 'Graph' },
  { id: 'keys', title: 'Keys' },
  { id: 'stream', title: 'Stream' },
  { id: 'runs', title: 'Runs' },
  { id: 'send', title: 'Send' },
];

/** The place that the address names; an unknown one is the graph. */
export function here() {
  const [path, query] = location.hash.replace(/^#\/?/, '').split('?');
  const screen = SCREENS.some((s) => s.id === path) ? path : 'graph';
  return { screen, query: Object.fromEntries(new URLSearchParams(query ?? '')) };
}

/** The address of a screen; members of `query` without a value are left out. */
export function address(screen, query = {}) {
  const kept = Object.entries(query).filter(([, v]) => v !== undefined && v !== null && v !== '');
  return `#/${screen}${kept.length ? `?${new URLSearchParams(kept)}` : ''}`;
}

/** Goes there. `replace` leaves no step for Back: for what is typed into a search. */
export function go(screen, query, replace = false) {
  const url = address(screen, query);
  if (url === location.hash) return;
  if (replace) { history.replaceState(null, '', url); set({ route: here() }); } else location.hash = url;
}

/** Changes members of the query on the screen that is shown. */
export function change(query, replace = false) {
  const now = here();
  go(now.screen, { ...now.query, ...query }, replace);
}

addEventListener('hashchange', () => set({ route: here() }));
set({ route: here() });
