// Small hooks that several screens share.
import { useCallback, useEffect, useRef, useState } from '../html.js';
import { get } from '../store.js';

/** The host's clock in milliseconds, told again every `every` milliseconds. */
export function useNow(every = 1000) {
  const [, again] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => again((n) => n + 1), every);
    return () => clearInterval(timer);
  }, [every]);
  return Date.now() + (get().ahead ?? 0);
}

/** The answer to a question, asked anew when one of `on` changes. `{ data, error, busy, again }`; an old answer stays until the new one is there. */
export function useAnswer(ask, on) {
  const [state, setState] = useState({ busy: true });
  const number = useRef(0);
  const run = useCallback(async () => {
    number.current += 1;
    const mine = number.current;
    try {
      const data = await ask();
      if (mine === number.current) setState({ data, busy: false });
    } catch (error) {
      if (mine === number.current && error.name !== 'AbortError') setState({ error, busy: false });
    }
  }, on);
  useEffect(() => {
    setState((old) => ({ data: old.data, busy: true }));
    run();
    return () => { number.current += 1; };
  }, [run]);
  return { ...state, again: run };
}

/** The host may answer with what it found up to a second ago: one more question after the last change sees the end of it. */
const SETTLED_MS = 1100;

/** Calls `act` at most once per `ms` while `tick` changes, and twice after the last change: soon, and when the host has surely looked again. */
export function useThrottled(tick, ms, act) {
  const at = useRef(0);
  const timer = useRef(null);
  const latest = useRef(act);
  const changed = useRef(false);
  latest.current = act;
  useEffect(() => {
    changed.current = true;
    const run = () => {
      const again = changed.current;
      changed.current = false;
      at.current = Date.now();
      timer.current = again ? setTimeout(run, Math.max(ms, SETTLED_MS)) : null;
      latest.current();
    };
    if (timer.current === null) timer.current = setTimeout(run, Math.max(0, at.current + ms - Date.now()));
  }, [tick]);
  useEffect(() => () => clearTimeout(timer.current), []);
}

const PAGE = 500;

/**
 * A long list that the host pages: `ask({ offset, limit })` answers `{ rows, total }`. `length`, `row(i)` (undefined: on its way), `want(from, to)`
 * asks for what comes into sight, `again()` asks for what is in sight once more.
 */
export function usePages(ask, on, most) {
  const [state, setState] = useState({ busy: true, total: 0 });
  const pages = useRef(new Map());
  const asked = useRef(new Set());
  const seen = useRef([0, 0]);
  const round = useRef(0);
  const get1 = useCallback(async (number) => {
    const mine = round.current;
    if (asked.current.has(number)) return;
    asked.current.add(number);
    try {
      const data = await ask({ offset: number * PAGE, limit: PAGE });
      if (mine !== round.current) return;
      pages.current.set(number, data.rows);
      setState({ busy: false, total: Math.min(data.total, most), data });
    } catch (error) {
      if (mine === round.current) setState((old) => ({ ...old, busy: false, error }));
    } finally {
      if (mine === round.current) asked.current.delete(number);
    }
  }, on);
  useEffect(() => {
    round.current += 1;
    asked.current.clear();
    pages.current = new Map();
    seen.current = [0, 0];
    setState({ busy: true, total: 0 });
    get1(0);
  }, [get1]);
  const want = useCallback((from, to) => {
    seen.current = [Math.floor(from / PAGE), Math.floor(Math.max(from, to - 1) / PAGE)];
    for (let p = seen.current[0]; p <= seen.current[1]; p += 1) if (!pages.current.has(p)) get1(p);
  }, [get1]);
  const again = useCallback(() => {
    const [from, to] = seen.current;
    for (const p of [...pages.current.keys()]) if (p < from || p > to) pages.current.delete(p);
    for (let p = from; p <= to; p += 1) get1(p);
  }, [get1]);
  return { ...state, length: state.total, row: (i) => pages.current.get(Math.floor(i / PAGE))?.[i % PAGE], want, again };
}
