// A search that waits until the typing rests, and a choice of one among a few.
import { html, useEffect, useRef, useState } from '../html.js';

const RESTS_MS = 220;

/** Tells `onSearch` what was typed; Escape empties it. */
export function Search({ label, value, onSearch }) {
  const [text, setText] = useState(value);
  const timer = useRef();
  useEffect(() => { setText(value); }, [value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const onInput = (e) => {
    const typed = e.target.value;
    setText(typed);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => onSearch(typed.trim()), RESTS_MS);
  };
  return html`<input type="search" aria-label=${label} placeholder=${`${label}  /`} value=${text} onInput=${onInput} autocomplete="off" spellcheck=${false} />`;
}

/** `of`: `[value, words]`. */
export const Segments = ({ label, of, value, onPick }) => html`<div class="segments" role="group" aria-label=${label}>
  ${of.map(([v, words]) => html`<button key=${v} aria-pressed=${v === value ? 'true' : 'false'} onClick=${() => onPick(v)}>${words}</button>`)}
</div>`;
