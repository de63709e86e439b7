// The ways an event can go, seen in the page: sent by a form, too late, again, to a call that fails and waits, to a dead letter.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { open, show } from './browser.mjs';
import { Host, ROOT, until } from './host.mjs';

let host;
let view;
let page;

before(async () => {
  host = new Host(join(ROOT, 'tests/browser/ways'), 'ways.yaml');
  await host.start();
  view = await open(host.url);
  page = view.page;
});
after(async () => {
  await view?.close();
  await host?.stop();
});

const to = (hash) => show(page, host.url, hash);
const badge = (node, text) => page.locator(`[data-node="${node}"] .badge`, { hasText: text });
const row = (text) => page.locator('.trow').filter({ hasText: text });
const panel = () => page.getByRole('complementary');

test('an event is sent by a form made of its captures', async () => {
  await to('#/send?event=order');
  await page.getByLabel('order', { exact: false }).first().fill('o-1');
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  const sent = page.getByRole('region', { name: 'What was sent' });
  await sent.getByText('accepted as').waitFor();
  await sent.getByRole('link', { name: 'show' }).click();
  await row('order=o-1').waitFor();
});

test('a call that failed says when it is tried again, and what went in', async () => {
  await to('#/runs');
  await row('bill').getByText(/again in (9|10)m/).waitFor();
  await row('bill').getByText('NoMoney').waitFor();
  await row('bill').click();
  await panel().getByText(/again in/).waitFor();
  await panel().getByRole('heading', { name: 'Error' }).waitFor();
  await panel().getByText('"o-1"').first().waitFor();
});

test('the graph counts what timed out and what failed, and a click tells more', async () => {
  await to('#/graph');
  await badge('condition.hurry', '1 timed out').waitFor();
  await badge('condition.settled', '1 pending').waitFor();
  await badge('function.reminder', '1 failed').waitFor();
  await page.locator('[data-node="condition.settled"]').click();
  await panel().getByRole('heading', { name: 'settled' }).waitFor();
  await panel().getByText('order=o-1').waitFor();
  await panel().getByText('within: 1h').waitFor();
});

test('what comes too late is shown as late, and a filter leaves only that', async () => {
  await host.emit({ id: 'p-9', source: 'bank', 'detail-type': 'Paid', detail: { order: 'o-1' } });
  await host.emit({ id: 'o-1', source: 'shop', 'detail-type': 'Order', detail: { id: 'o-2' } });
  await until('the second one is over', async () => (await host.get('/status')).stats.timeouts === 2);
  await host.emit({ id: 's-1', source: 'desk', 'detail-type': 'Seen', detail: { order: 'o-2' } });
  await host.emit({ id: 'none', source: 'elsewhere', 'detail-type': 'Paid', detail: {} });
  await to('#/stream');
  await row('elsewhere').waitFor();
  await page.getByRole('group', { name: 'Show only' }).getByRole('button', { name: 'late' }).click();
  await row('elsewhere').waitFor({ state: 'detached' });
  await row('seen').filter({ hasText: 'order=o-2' }).waitFor();
  assert.equal(await page.locator('.trow').count(), 1, 'that one event');
});

test('a list that is paused stands still until it goes on', async () => {
  await to('#/stream');
  await row('elsewhere').waitFor();
  await page.getByRole('button', { name: 'Pause' }).click();
  await host.emit({ id: 'paused-1', source: 'elsewhere', 'detail-type': 'Paid', detail: {} });
  await page.getByRole('button', { name: '1 newer' }).waitFor();
  assert.equal(await row('paused-1').count(), 0);
  await page.getByRole('button', { name: 'Go on' }).click();
  await row('paused-1').waitFor();
});

test('keys are sorted by what is clicked', async () => {
  for (const order of ['m-middle', 'a-first', 'z-last']) await host.emit({ id: order, source: 'shop', 'detail-type': 'Order', detail: { id: order } });
  await to('#/keys?condition=settled');
  const first = () => page.locator('.trow').first().textContent();
  const head = page.getByRole('columnheader', { name: 'Key' });
  await head.getByRole('button').click();
  await until('the first by name', async () => (await first()).includes('a-first'));
  assert.equal(await head.getAttribute('aria-sort'), 'ascending');
  await head.getByRole('button').click();
  await until('the last by name', async () => (await first()).includes('z-last'));
  assert.equal(await head.getAttribute('aria-sort'), 'descending');
});

test('dead letters are tried again, all at once', async () => {
  await to('#/runs?view=dead');
  await row('NobodyThere').first().waitFor();
  await page.getByRole('button', { name: 'Redrive all' }).click();
  await page.getByText(/\d+ letters? of \d+ tried again/).waitFor();
});

test('nothing was asked for elsewhere, and nothing went wrong', () => {
  assert.deepEqual(view.trouble, []);
});
