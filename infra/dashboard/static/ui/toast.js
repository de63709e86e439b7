// What just happened, said once, at the bottom of the page and to screen readers.
import { html } from '../html.js';
import { get, set, useStore } from '../store.js';

const SHOWN_MS = 4500;
let number = 0;

/** Says `text`; `bad` marks a failure. */
export function say(text, bad = false) {
  number += 1;
  const id = number;
  set({ toasts: [...(get().toasts ?? []), { id, text, bad }].slice(-3) });
  setTimeout(() => set({ toasts: (get().toasts ?? []).filter((t) => t.id !== id) }), SHOWN_MS);
}

/** Says what went wrong. */
export const fail = (error) => say(error.message ?? String(error), true);

/** Where the sayings are shown. */
export function Toasts() {
  const toasts = useStore((s) => s.toasts) ?? [];
  return html`<div class="toasts" role="status" aria-live="polite">
    ${toasts.map((t) => html`<div key=${t.id} class=${t.bad ? 'toast bad' : 'toast'}>${t.text}</div>`)}
  </div>`;
}
