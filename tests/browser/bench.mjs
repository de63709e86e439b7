// What a look at the dashboard costs under 10,000 events a second: the frames of the page, and the host's CPU with and without it.
// SECONDS of load a round (20), ROUNDS of each screen (3), RATE events a second. Every screen is judged by the middle of its own rounds:
// the dearest is not hidden by the others. A round in which nobody looks is before and after each round with somebody who looks: a
// machine that grows slower or faster meanwhile moves both, and the ratio stays.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { open, show } from './browser.mjs';
import { Host, ROOT } from './host.mjs';

const SECONDS = Number(process.env.SECONDS ?? 20);
const ROUNDS = Number(process.env.ROUNDS ?? 3);
const RATE = Number(process.env.RATE ?? 10000);
const BATCH = 100;
const SENSORS = 1000;
const SCREENS = ['stream', 'graph', 'keys'];
const MOST_EXTRA = 0.05;
const TICKS = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

const agent = new Agent({ keepAlive: true, maxSockets: 8 });
let number = 0;

function post(host) {
  const events = [];
  for (let i = 0; i < BATCH; i += 1) {
    number += 1;
    events.push({ id: `r-${number}`, source: 'bench', 'detail-type': 'Reading', detail: { sensor: `s${number % SENSORS}`, value: number / 7 } });
  }
  return new Promise((done, failed) => {
    const asked = request({ host: '127.0.0.1', port: host.port, method: 'POST', path: '/events', agent, headers: { 'content-type': 'application/json' } }, (answer) => {
      answer.resume();
      answer.on('end', () => (answer.statusCode === 200 ? done(BATCH) : done(0)));
    });
    asked.on('error', failed);
    asked.end(JSON.stringify(events));
  });
}

/** Sends at the rate; gives how many were acknowledged, and in how many seconds. */
async function load(host, seconds) {
  const start = performance.now();
  const waiting = new Set();
  let acknowledged = 0;
  let sent = 0;
  while (performance.now() - start < seconds * 1000) {
    const due = ((performance.now() - start) / 1000) * RATE;
    while (sent + BATCH <= due && waiting.size < 64) {
      sent += BATCH;
      const one = post(host).then((n) => { acknowledged += n; waiting.delete(one); });
      waiting.add(one);
    }
    await new Promise((r) => setTimeout(r, 2));
  }
  await Promise.all(waiting);
  return { acknowledged, seconds: (performance.now() - start) / 1000 };
}

/** Seconds of CPU that a process has used. */
function cpu(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

/** Measures the gaps between frames in the page until it is told to stop. */
const measureFrames = () => {
  window.gaps = [];
  window.measuring = true;
  let last = performance.now();
  const frame = (now) => { window.gaps.push(now - last); last = now; if (window.measuring) requestAnimationFrame(frame); };
  requestAnimationFrame((now) => { last = now; requestAnimationFrame(frame); });
};

const at = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN;
const ms = (n) => `${n.toFixed(1)} ms`;

async function round(host, screen) {
  const view = screen && await open(host.url);
  if (view) { await show(view.page, host.url, `#/${screen}`); await view.page.waitForTimeout(1000); await view.page.evaluate(measureFrames); }
  const before = cpu(host.process.pid);
  const { acknowledged, seconds } = await load(host, SECONDS);
  const used = cpu(host.process.pid) - before;
  let frames = null;
  if (view) {
    const gaps = (await view.page.evaluate(() => { window.measuring = false; return window.gaps; })).sort((a, b) => a - b);
    frames = { median: at(gaps, 0.5), p99: at(gaps, 0.99), worst: gaps[gaps.length - 1], count: gaps.length };
    if (view.trouble.length) console.log(`trouble: ${view.trouble.slice(0, 3).join('; ')}`);
    await view.close();
  }
  const each = (used / acknowledged) * 1e6;
  const told = frames ? `; ${frames.count} frames: median ${ms(frames.median)}, p99 ${ms(frames.p99)}, worst ${ms(frames.worst)}` : '';
  console.log(`${(screen ?? 'nobody looks').padEnd(13)} ${(acknowledged / seconds).toFixed(0)} events/s acknowledged, ${each.toFixed(2)} us CPU an event${told}; load ${loadavg()[0].toFixed(1)}`);
  return each;
}

const middle = (list) => { const s = [...list].sort((a, b) => a - b); return s.length % 2 ? s[(s.length - 1) / 2] : (s[s.length / 2 - 1] + s[s.length / 2]) / 2; };

const host = new Host(join(ROOT, 'tests/browser'), 'bench.yaml');
await host.start();
await load(host, 5);
const alone = [await round(host, null)];
const watched = new Map(SCREENS.map((screen) => [screen, []]));
for (let i = 0; i < ROUNDS; i += 1) {
  for (const screen of SCREENS) {
    const each = await round(host, screen);
    const before = alone[alone.length - 1];
    alone.push(await round(host, null));
    watched.get(screen).push({ each, extra: each / ((before + alone[alone.length - 1]) / 2) - 1 });
  }
}
await host.stop();
const percent = (part) => `${(part * 100).toFixed(1)} %`;
const spread = (list) => `${middle(list).toFixed(2)} us [${Math.min(...list).toFixed(2)}-${Math.max(...list).toFixed(2)}]`;
console.log(`CPU an event: ${spread(alone)} alone`);
const dear = SCREENS.filter((screen) => {
  const rounds = watched.get(screen);
  const extra = rounds.map((round) => round.extra);
  console.log(`${screen.padEnd(13)} ${spread(rounds.map((round) => round.each))}; each beside its neighbours: ${extra.map(percent).join(', ')}; the middle ${percent(middle(extra))}`);
  // What is no number is no pass.
  return !(middle(extra) <= MOST_EXTRA);
});
console.log(dear.length ? `more than ${percent(MOST_EXTRA)}: ${dear.join(', ')}` : `no screen more than ${percent(MOST_EXTRA)}`);
process.exit(dear.length ? 1 : 0);
