// Numbers, moments and durations as people read them.
const whole = new Intl.NumberFormat('en');
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3 });
const day = new Intl.DateTimeFormat('en-GB', { year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit' });

/** 12,345. */
export const count = (n) => whole.format(n ?? 0);

/** 12,345 below 100,000, else 123.4K: for places that are narrow. */
export const compact = (n) => ((n ?? 0) < 100000 ? count(n) : short.format(n));

/** `one thing`, `2 things`. */
export const plural = (n, one, many = `${one}s`) => `${count(n)} ${n === 1 ? one : many}`;

/** The time of the day with milliseconds, in the reader's zone. */
export const time = (moment) => (moment ? clock.format(new Date(moment)) : '');

/** Day and time. */
export const moment = (value) => (value ? day.format(new Date(value)) : '');

const UNITS = [['d', 86400000], ['h', 3600000], ['m', 60000], ['s', 1000]];

/** 1h 05m, 12s, 340ms: the two largest units. */
export function duration(ms) {
  const left = Math.abs(ms);
  if (left < 1000) return `${Math.round(left)}ms`;
  const at = UNITS.findIndex(([, size]) => left >= size);
  const [unit, size] = UNITS[at];
  const first = Math.floor(left / size);
  if (at === UNITS.length - 1) return left < 10000 && left % 1000 ? `${(left / 1000).toFixed(1)}s` : `${first}s`;
  const [nextUnit, nextSize] = UNITS[at + 1];
  return `${first}${unit} ${String(Math.floor((left % size) / nextSize)).padStart(2, '0')}${nextUnit}`;
}

/** `a=1 b=2` of an object of captures. */
export const pairs = (key) => Object.entries(key ?? {}).map(([name, value]) => `${name}=${value}`).join('  ');

/** The beginning and the end of a long id. */
export const shortId = (id) => (id && id.length > 16 ? `${id.slice(0, 8)}…${id.slice(-4)}` : id ?? '');
