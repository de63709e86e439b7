// The line to the host is cut: the page goes on from the last row it heard, and nothing is missed and nothing told twice.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { open, show } from './browser.mjs';
import { Host, ROOT, until } from './host.mjs';
import { Wire } from './wire.mjs';

let host;
let wire;
let view;

before(async () => {
  host = new Host(join(ROOT, 'examples/uploads'), 'workflow.yaml');
  await host.start();
  wire = new Wire(host.port);
  await wire.start();
  view = await open(wire.url);
});
after(async () => {
  await view?.close();
  await wire?.stop();
  await host?.stop();
});

/** Connections of live events so far. */
const lines = () => wire.talks.filter((talk) => talk.asked.includes('GET /api/live'));
/** The events of one name that a connection told, with their data. */
const told = (talk, name) => [...talk.told.matchAll(/^event: (\w+)\r?\ndata: (.*)$|^id: .*\r?\nevent: (\w+)\r?\ndata: (.*)$/gm)]
  .filter(([, first, , second]) => (first ?? second) === name).map(([, , one, , two]) => JSON.parse(one ?? two));
const send = (from, many) => host.emit(Array.from({ length: many }, (_, i) => ({ id: `cut-${from + i}`, source: 'cut', 'detail-type': 'Tick', detail: { i } })));

for (const [name, many] of [['a few events', 40], ['more than are told at once', 400]]) {
  test(`after a cut the page goes on where it was: ${name}`, async () => {
    const { page } = view;
    await show(page, wire.url, '#/stream');
    const grid = page.getByRole('grid', { name: 'Events', exact: true });
    const count = async () => Number(await grid.getAttribute('aria-rowcount'));
    await send(many * 10, 5);
    await page.getByRole('row').filter({ hasText: `cut-${many * 10 + 4}` }).waitFor();
    const before = await count();
    const line = lines().at(-1);
    const asked = wire.talks.map((talk) => talk.asked.length);
    wire.cut();
    await page.getByRole('status', { name: 'Connection: Reconnecting' }).waitFor();
    await send(many * 10 + 5, many);
    wire.mend();
    await page.getByRole('status', { name: 'Connection: Live' }).waitFor();
    await page.getByRole('row').filter({ hasText: `cut-${many * 10 + 4 + many}` }).waitFor();
    assert.equal(await count(), before + many, 'each row once');
    const again = lines().at(-1);
    assert.notEqual(again, line);
    assert.match(again.asked, /^last-event-id: \w+-\d+\r?$/im);
    assert.equal(told(again, 'hello')[0].resumed, true);
    // What each line told, one after the other: every number once, in order.
    const seqs = [line, again].flatMap((talk) => told(talk, 'rows')).flatMap((rows) => rows.rows.map((row) => row.seq));
    const newest = (await host.get('/api/stream?limit=1')).newest;
    const first = newest - many - 4;
    await until('all rows went over the line', () => seqs.at(-1) === newest);
    assert.deepEqual(seqs.filter((seq) => seq >= first), Array.from({ length: many + 5 }, (_, i) => first + i));
    const fresh = wire.talks.map((talk, i) => talk.asked.slice(asked[i] ?? 0)).join('');
    assert.doesNotMatch(fresh, /^GET \/api\/stream/m, 'what was missed came by itself');
  });
}

test('nothing else went wrong', () => {
  assert.deepEqual(view.trouble.filter((t) => !/ERR_(EMPTY_RESPONSE|CONNECTION|INCOMPLETE|SOCKET|NETWORK)/.test(t)), []);
});
