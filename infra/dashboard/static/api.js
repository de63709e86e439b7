// Questions to the host. An answer that is no success becomes an error with the host's own words.

/** What the host refused, with its code. */
export class Refused extends Error {
  constructor(status, code, reason, body) {
    super(reason);
    this.status = status;
    this.code = code;
    this.body = body;
  }
}

async function ask(path, options) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch (e) {
    if (e.name === 'AbortError') throw e;
    throw new Refused(0, 'no-answer', 'the host does not answer: is `fanin dev` still running?');
  }
  let body = null;
  try { body = await answer.json(); } catch { /* an answer without JSON has only its status to say */ }
  if (!answer.ok && answer.status !== 207) throw new Refused(answer.status, body?.code, refusal(answer.status, body), body);
  return body;
}

const refusal = (status, body) => body?.reason ?? body?.events?.find((e) => e.reason)?.reason ?? `the host answered ${status}`;

/** `?a=1&b=2`, members without a value left out. */
export function query(members) {
  const kept = Object.entries(members).filter(([, v]) => v !== undefined && v !== null && v !== '');
  return kept.length ? `?${new URLSearchParams(kept)}` : '';
}

/** A key as parameters: `key.job=42`. */
export const keyed = (key) => Object.fromEntries(Object.entries(key).map(([name, value]) => [`key.${name}`, value]));

const name = encodeURIComponent;
const json = (body) => ({ method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

export const graph = () => ask('/api/graph');
export const workflow = () => ask('/api/workflow');
export const keys = (of, signal) => ask(`/api/keys${query(of)}`, { signal });
export const explain = (condition, key) => ask(`/instances/${name(condition)}${query(keyed(key))}`);
export const rounds = (condition, key) => ask(`/instances/${name(condition)}/rounds${query(keyed(key))}`);
export const stream = (of) => ask(`/api/stream${query(of)}`);
export const event = (seq) => ask(`/api/stream/${seq}`);
export const story = (id) => ask(`/events/${name(id)}`);
export const resend = (seq) => ask(`/api/stream/${seq}/resend`, { method: 'POST' });
export const test = (of) => ask(`/api/test${query(of)}`);
export const runs = (of, signal) => ask(`/api/runs${query(of)}`, { signal });
export const run = (id) => ask(`/api/runs/${name(id)}`);
export const dead = (of) => ask(`/dead${query(of)}`);
export const letter = (number) => ask(`/dead/${number}`);
export const redrive = (number) => ask(`/dead/${number}/redrive`, { method: 'POST' });
export const redriveAll = (filter) => ask('/dead/redrive', json({ filter }));
export const forms = () => ask('/api/forms');
export const compose = (of) => ask('/api/compose', json(of));
export const send = (of) => ask('/api/send', json(of));
export const emit = (text) => ask('/events', { method: 'POST', headers: { 'content-type': 'application/json' }, body: text });
export const upload = (bucket, key, file) => ask(`/api/upload/${name(bucket)}/${key.split('/').map(name).join('/')}`, {
  method: 'PUT', headers: { 'content-type': file.type || 'application/octet-stream' }, body: file,
});
