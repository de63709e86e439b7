// The panel at the side: takes the focus when it opens, gives it back when it closes, Escape closes it.
import { html, useLayoutEffect, useRef } from '../html.js';
import { Icon } from './icons.js';

/** `name` is what the panel is about; when it changes the focus moves to the new heading. */
export function Panel({ title, sub, onClose, children }) {
  const heading = useRef();
  const before = useRef();
  // With the drawing, not after the next frame: nobody sees the panel while keys still go to the list.
  useLayoutEffect(() => {
    before.current = document.activeElement;
    return () => before.current?.isConnected && before.current.focus();
  }, []);
  useLayoutEffect(() => { heading.current?.focus(); }, [title]);
  const onKeyDown = (e) => {
    if (e.key !== 'Escape') return;
    e.stopPropagation();
    onClose();
  };
  return html`<aside class="panel" role="complementary" aria-labelledby="panel-title" onKeyDown=${onKeyDown}>
    <header>
      <div class="grow"><h2 id="panel-title" tabindex="-1" ref=${heading}>${title}</h2>${sub && html`<p class="muted">${sub}</p>`}</div>
      <button class="quiet icon" onClick=${onClose} aria-label="Close" title="Close (Esc)"><${Icon} name="close" /></button>
    </header>
    <div class="content">${children}</div>
  </aside>`;
}

/** Names and values, aligned; what has no value is left out. */
export function Facts({ of }) {
  const shown = of.filter(([, value]) => value !== undefined && value !== null && value !== '');
  return html`<dl class="facts">${shown.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;
}

/** A screen with nothing on it yet: says what to do next. */
export const Empty = ({ icon, title, children }) => html`<div class="empty">
  <span class="glyph"><${Icon} name=${icon} /></span><h2>${title}</h2>${children}
</div>`;
