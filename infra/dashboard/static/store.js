// The state of the page, and how a component follows a part of it. Changes are told at most once per frame: thousands of events a
// second cost as many renderings as the screen has frames, not as many as there are events.
import { useEffect, useState } from './html.js';

let state = {};
let told = false;
const listeners = new Set();

function tell() {
  told = false;
  for (const listener of [...listeners]) listener(state);
}

/** The state as it is now. */
export const get = () => state;

/** Takes the members of `patch` over. */
export function set(patch) {
  state = { ...state, ...patch };
  if (told) return;
  told = true;
  requestAnimationFrame(tell);
}

/** What `select` makes of the state; the component is drawn again when that is another value. */
export function useStore(select) {
  const [, redraw] = useState(0);
  const value = select(state);
  useEffect(() => {
    let last = value;
    const listener = (now) => {
      const next = select(now);
      if (Object.is(next, last)) return;
      last = next;
      redraw((n) => n + 1);
    };
    listeners.add(listener);
    listener(state);
    return () => listeners.delete(listener);
  });
  return value;
}
