// How far a key is: 2 of 3, and what is missing.
import { html } from '../html.js';
import { count, duration } from '../ui/format.js';

/** `2 of 3` beside a bar; without a known end only the number. */
export function Progress({ row }) {
  const known = row.needed !== null && row.needed !== undefined;
  const part = known ? Math.min(1, row.count / Math.max(1, row.needed)) : 0;
  // What is absent has no end to reach: only what came can be told.
  if (!known && Array.isArray(row.missing)) return html`<span class="progress"><span class="meter none" aria-hidden="true"></span><span class="num muted">${count(row.count)} seen</span></span>`;
  const words = known ? `${count(row.count)} of ${count(row.needed)}` : `${count(row.count)} of ?`;
  return html`<span class=${`progress s-${row.state}`}>
    <span class="meter" aria-hidden="true"><span style=${{ width: `${part * 100}%` }}></span></span><span class="num">${words}</span></span>`;
}

/** What is missing, in words. */
export function missing(row) {
  if (row.state !== 'open') return '';
  if (Array.isArray(row.missing)) return `${row.needed === null ? 'no ' : ''}${row.missing.join(', ')}`;
  if (row.missing === null || row.missing === undefined) return 'not known yet';
  return `${count(row.missing)} more`;
}

/** The state or the time that is left; `now` is the host's. */
export function Due({ row, now }) {
  if (row.state === 'open' && row.deadline) {
    const left = Date.parse(row.deadline) - now;
    return html`<span class=${`num ${left < 60000 ? 'soon' : ''}`} title=${row.deadline}>${left <= 0 ? 'due' : duration(left)}</span>`;
  }
  const tone = { fired: 'ok', 'timed-out': 'bad', satisfied: 'ok' }[row.state] ?? '';
  return row.state === 'open' ? html`<span class="muted">no deadline</span>` : html`<span class=${`badge ${tone}`}>${row.state.replace('-', ' ')}</span>`;
}
