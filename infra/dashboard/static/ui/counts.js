// The counters of a part of the workflow as badges. What never happened is not shown, save what says that it could.
import { html } from '../html.js';
import { count } from './format.js';

const BADGES = {
  seen: ['', 'seen'], emitted: ['', 'emitted'], pending: ['wait', 'pending'], running: ['info', 'running'],
  fired: ['ok', 'fired'], done: ['ok', 'done'], timed_out: ['bad', 'timed out'], failed: ['bad', 'failed'],
};
const ALWAYS = { event: 'seen', condition: 'fired', rule: 'done', function: 'done', target: 'done', caught: 'emitted' };

/** `counts` of a node of that `kind`. */
export function Counts({ kind, counts }) {
  const shown = Object.entries(BADGES).filter(([name]) => counts?.[name] > 0 || (counts && ALWAYS[kind] === name));
  return html`<span class="counts">${shown.map(([name, [tone, words]]) => html`<span key=${name}
    class=${`badge ${counts[name] > 0 ? tone : ''}`}>${count(counts[name])} ${words}</span>`)}</span>`;
}
