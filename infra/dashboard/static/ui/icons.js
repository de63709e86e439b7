// Line icons, drawn here: no font, no request.
import { html } from '../html.js';

const PATHS = {
  graph: 'M3 4.5h3.5c2 0 2 3.5 4 3.5H13M3 11.5h3.5c2 0 2-3.5 4-3.5',
  keys: 'M2.5 4h11M2.5 8h7.5M2.5 12h4.5',
  stream: 'M1.5 8h2.6l1.9-5 3.2 10 1.9-5h3.4',
  runs: 'M5 3.2v9.6L12.6 8z',
  send: 'M14 2 7.3 8.7M14 2l-4.3 12-2.4-5.3L2 6.3z',
  close: 'm4 4 8 8m0-8-8 8',
  pause: 'M5.5 3.5v9m5-9v9',
  play: 'M5 3.2v9.6L12.6 8z',
  sun: 'M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6M8 1.5v1.2m0 10.6v1.2m4.6-11.1-.85.85m-7.5 7.5-.85.85M1.5 8h1.2m10.6 0h1.2m-11.1-4.6.85.85m7.5 7.5.85.85',
  moon: 'M13.2 9.6A5.6 5.6 0 0 1 6.4 2.8a5.6 5.6 0 1 0 6.8 6.8',
  auto: 'M8 2.2a5.8 5.8 0 1 0 0 11.6zm0 0a5.8 5.8 0 0 1 0 11.6',
  again: 'M13 8a5 5 0 1 1-1.6-3.7M13 2v2.8h-2.8',
  copy: 'M5.5 5.5h7v8h-7zM3.5 10.5v-8h7',
  file: 'M4 1.8h5l3 3v9.4H4zM9 1.8v3h3',
  upload: 'M8 10.5V2.8m0 0L4.8 6M8 2.8 11.2 6M2.8 10.5v2.7h10.4v-2.7',
  plus: 'M8 3.5v9m-4.5-4.5h9',
  minus: 'M3.5 8h9',
  fit: 'M2.5 6V2.5H6m4 0h3.5V6m0 4v3.5H10m-4 0H2.5V10',
  warn: 'M8 2 1.8 13h12.4zm0 4.4v3.2m0 1.6v.1',
  check: 'm3 8.5 3.2 3.2L13 4.8',
};

/** An icon of that name; it says nothing to a screen reader, the text beside it does. */
export const Icon = ({ name }) => html`<svg class="i" viewBox="0 0 16 16" aria-hidden="true"><path d=${PATHS[name]} /></svg>`;
