// The dashboard in a real browser: a join that fills and fires, explained, sent again, taken into a test; and what must not happen.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { open, show } from './browser.mjs';
import { Host, ROOT, until } from './host.mjs';

const EXAMPLE = join(ROOT, 'examples/uploads');
const PARTS = join(EXAMPLE, 'parts');
const SCREENS = ['graph', 'keys', 'stream', 'runs', 'send'];
const MOST_BYTES = 100_000;

let host;
let view;
let page;

before(async () => {
  host = new Host(EXAMPLE, 'workflow.yaml');
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
const row = (text) => page.getByRole('row').filter({ hasText: text });
const panel = () => page.getByRole('complementary');
/** Parts of a job in a browser's file field: their names say part and parts, the field says the job. */
async function uploadByForm(job, files) {
  await to('#/send?event=part');
  await page.locator('input[type=file]').setInputFiles(files);
  await page.getByLabel('job', { exact: false }).fill(job);
  await page.getByRole('button', { name: /^Upload \d+ file/ }).click();
}

test('the page is small, and whole without a network', () => {
  const files = readdirSync(join(ROOT, 'infra/dashboard/static'), { recursive: true }).map((f) => join(ROOT, 'infra/dashboard/static', f));
  const served = files.filter((f) => statSync(f).isFile() && /\.(html|css|js|svg)$/.test(f));
  const bytes = served.reduce((sum, f) => sum + gzipSync(readFileSync(f)).length, 0);
  assert.ok(served.length > 20 && bytes < MOST_BYTES, `${served.length} files, ${bytes} bytes compressed, at most ${MOST_BYTES}`);
  const own = served.filter((f) => f.endsWith('.js') && !f.includes('/vendor/'));
  const markup = own.filter((f) => /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(/.test(readFileSync(f, 'utf8')));
  assert.deepEqual(markup, [], 'text is never made into markup');
});

test('the graph shows the workflow, from the bucket to what is called', async () => {
  await to('#/graph');
  for (const node of ['bucket.uploads', 'event.part', 'condition.job_complete', 'rule.assembly', 'rule.reminder', 'function.assemble']) {
    await page.locator(`[data-node="${node}"]`).waitFor();
  }
  const left = async (node) => (await page.locator(`[data-node="${node}"]`).boundingBox()).x;
  assert.ok(await left('event.part') < await left('condition.job_complete'));
  assert.ok(await left('condition.job_complete') < await left('rule.assembly'));
  await to('#/keys');
  await page.getByText('Nothing is waiting').waitFor();
});

test('uploads fill the join, and the last one fires it', async () => {
  await uploadByForm('alpha', [join(PARTS, 'alpha/part-3-of-3.csv'), join(PARTS, 'alpha/part-1-of-3.csv')]);
  for (const part of [1, 3]) await page.getByRole('region', { name: 'What was sent' }).getByText(`part-${part}-of-3.csv`).waitFor();
  await to('#/keys');
  await row('job=alpha').getByText('2 of 3').waitFor();
  await row('job=alpha').getByText('1 more').waitFor();
  await to('#/graph');
  await badge('condition.job_complete', '1 pending').waitFor();
  // A second window completes it by a file that is dropped; this one must show it without being asked.
  const other = await view.context.newPage();
  await show(other, host.url, '#/send?event=part');
  await other.getByLabel('job', { exact: false }).fill('alpha');
  await other.locator('.drop').evaluate((element, text) => {
    const data = new DataTransfer();
    data.items.add(new File([text], 'part-2-of-3.csv', { type: 'text/csv' }));
    element.dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer: data }));
  }, readFileSync(join(PARTS, 'alpha/part-2-of-3.csv'), 'utf8'));
  await other.getByRole('button', { name: 'Upload 1 file' }).click();
  await badge('condition.job_complete', '1 fired').waitFor();
  await badge('function.assemble', '1 done').waitFor();
  await other.close();
});

test('a run shows what went in and what came out', async () => {
  await to('#/runs');
  await row('assembly').getByText('done').waitFor();
  await row('assembly').click();
  await panel().getByText('"jobs/alpha/part-2-of-3.csv"').first().waitFor();
  await panel().getByRole('heading', { name: 'Output' }).waitFor();
});

test('an incomplete key says what is missing, and which field of which event stands in the way', async () => {
  await host.upload('uploads', 'jobs/gamma/part-1-of-4.csv', 'a');
  await host.upload('uploads', 'jobs/gamma/part-2-of-4.CSV', 'b');
  await to('#/keys');
  await row('job=gamma').click();
  await panel().getByText('3 more distinct part needed').waitFor();
  await panel().getByRole('heading', { name: 'Near misses' }).waitFor();
  await panel().locator('.field-name', { hasText: 'key' }).waitFor();
  await panel().getByText('does not fit').waitFor();
  await panel().getByText('Times out in').waitFor();
});

test('an event sent again counts as a duplicate', async () => {
  await to('#/stream?text=alpha&kind=accepted');
  await row('part=2').first().click();
  const duplicates = (await host.get('/status')).stats.duplicates;
  await panel().getByRole('button', { name: 'Send again' }).click();
  await page.getByText('Sent again').waitFor();
  await to('#/stream');
  await row('duplicate').filter({ hasText: 'part=2' }).first().waitFor();
  await until('the counter of duplicates', async () => (await host.get('/status')).stats.duplicates === duplicates + 1);
});

test('a copied test passes with fanin test', async () => {
  await to('#/stream?text=alpha&kind=accepted');
  await row('part=2').first().click();
  for (const name of ['event', 'key']) {
    if (name === 'key') { await to('#/keys'); await row('job=gamma').click(); }
    await panel().getByRole('button', { name: 'Copy as test' }).click();
    await panel().locator('.test-text').waitFor();
    const text = await page.evaluate(() => navigator.clipboard.readText());
    assert.match(text, /^workflow: workflow\.yaml$/m);
    writeFileSync(join(host.home, `copied-${name}.test.yaml`), text);
    assert.match(host.fanin('test', `copied-${name}.test.yaml`), /^ok +/m);
  }
});

test('what cannot be taken is a dead letter, and can be tried again', async () => {
  await host.upload('uploads', 'jobs/delta/part-1-of-many.csv', 'a');
  await to('#/runs?view=dead');
  await row('reach-not-a-number').click();
  await panel().getByRole('heading', { name: 'Payload' }).waitFor();
  await panel().getByRole('button', { name: 'Redrive' }).click();
  await page.getByText(/Letter \d+ (was tried again|stays)/).waitFor();
});

/** That many events of no name, at once. */
const burst = (from, many) => host.emit(Array.from({ length: many }, (_, i) => ({ id: `burst-${from + i}`, source: 'burst', 'detail-type': 'Tick', detail: { i } })));

test('a burst draws only what is in sight, and a list that is read stands still', async () => {
  await to('#/stream');
  await burst(0, 1000);
  await burst(1000, 1000);
  const grid = page.getByRole('grid', { name: 'Events', exact: true });
  // Fewer come while it lasts; what was left out is asked for afterwards.
  await until('all rows are there', async () => Number(await grid.getAttribute('aria-rowcount')) > 2000);
  assert.ok(await page.locator('.trow').count() < 80);
  const body = page.locator('.tbody');
  await body.evaluate((e) => { e.scrollTop = 4000; });
  await until('rows further down are drawn', async () => Number(await page.locator('.trow').first().getAttribute('aria-rowindex')) > 50);
  const shown = await page.locator('.trow').nth(10).textContent();
  await burst(2000, 500);
  const newer = page.getByRole('button', { name: /newer$/ });
  await newer.waitFor();
  assert.equal(await page.locator('.trow').nth(10).textContent(), shown);
  await newer.click();
  await row('burst-2499').waitFor();
});

test('what an event carries is text, wherever it is shown', async () => {
  const probe = '<img src=x onerror="window.probed=1"><script>window.probed=2</script>';
  await host.emit({ id: `p-${probe}`, source: probe, 'detail-type': probe, detail: { probe } });
  await host.upload('uploads', `jobs/${probe.replaceAll('/', '|')}/part-1-of-2.csv`, probe);
  await to('#/stream');
  await row('none of the names').filter({ hasText: '<img src=x' }).first().click();
  await panel().getByText('window.probed=1').first().waitFor();
  await to('#/keys');
  await row('<img src=x').click();
  await panel().getByText('1 more').waitFor();
  assert.equal(await page.evaluate(() => window.probed), undefined);
  assert.equal(await page.locator('main img, aside img, main script, aside script').count(), 0);
});

test('an inline script does not run', async () => {
  await to('#/graph');
  const refused = await page.evaluate(() => new Promise((done) => {
    document.addEventListener('securitypolicyviolation', (e) => done(e.effectiveDirective), { once: true });
    const script = document.createElement('script');
    script.textContent = 'window.probed = 3';
    document.body.append(script);
  }));
  assert.match(refused, /^script-src/);
  assert.equal(await page.evaluate(() => window.probed), undefined);
  view.trouble.splice(0, view.trouble.length, ...view.trouble.filter((t) => !t.includes('Content Security Policy')));
});

/** Asks as a foreign page or name would; the browser does not let a page choose these headers. */
const ask = (method, path, headers) => new Promise((done, failed) => {
  request({ host: '127.0.0.1', port: host.port, method, path, headers }, (answer) => { answer.resume(); done(answer); }).on('error', failed).end();
});

test('foreign names and foreign pages are refused', async () => {
  const good = await ask('GET', '/', {});
  assert.equal(good.statusCode, 200);
  assert.match(good.headers['content-security-policy'], /default-src 'self'/);
  assert.equal(good.headers['x-content-type-options'], 'nosniff');
  for (const path of ['/', '/static/app.js', '/api/graph', '/api/stream', '/api/live', '/metrics']) {
    assert.equal((await ask('GET', path, { host: 'evil.example' })).statusCode, 403, path);
  }
  for (const path of ['/api/send', '/api/stream/1/resend', '/dead/redrive']) {
    assert.equal((await ask('POST', path, { origin: 'http://evil.example' })).statusCode, 403, path);
  }
});

test('a walk by keyboard: screens, rows, panel, and back', async () => {
  await to('#/graph');
  await page.reload();
  await page.locator('[data-node="event.part"]').waitFor();
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to the content');
  await page.keyboard.press('Tab');
  const seen = await page.evaluate(() => { const s = getComputedStyle(document.activeElement); return [document.activeElement.textContent, s.outlineStyle, s.outlineWidth]; });
  assert.deepEqual(seen, ['Graph', 'solid', '2px']);
  await page.keyboard.press('2');
  await page.getByRole('heading', { name: 'Keys' }).waitFor();
  await row('job=gamma').waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('gamma');
  await until('one key is left', async () => (await page.locator('.trow').count()) === 1);
  for (let i = 0; i < 12 && !(await page.evaluate(() => document.activeElement.classList.contains('tbody'))); i += 1) await page.keyboard.press('Tab');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await panel().getByRole('heading', { name: 'job=gamma' }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'job=gamma');
  await page.keyboard.press('Escape');
  await panel().waitFor({ state: 'detached' });
  await until('the focus is back', () => page.evaluate(() => document.activeElement.classList.contains('tbody')));
});

test('a mistake in the edited file is shown, and the version before goes on', async () => {
  await to('#/graph');
  const text = readFileSync(host.workflow, 'utf8');
  writeFileSync(host.workflow, text.replace('by: job', 'by: jbo'));
  await page.getByRole('alert').getByText('error[F031]').waitFor();
  await host.upload('uploads', 'jobs/omega/part-1-of-1.csv', 'a');
  await badge('condition.job_complete', '2 fired').waitFor();
  writeFileSync(host.workflow, text.replace('within: 1h', 'within: 2h'));
  await page.getByRole('alert').waitFor({ state: 'detached' });
  await page.getByText('.timeout after 2h').waitFor();
});

test('every screen fits 390 pixels, and is dark where the system is', async () => {
  const small = await open(host.url, { width: 390, height: 844, dark: true });
  for (const screen of SCREENS) {
    await show(small.page, host.url, `#/${screen}`);
    await small.page.getByRole('link', { name: new RegExp(screen, 'i') }).last().waitFor();
    const wide = await small.page.evaluate(() => Math.max(...[document.documentElement, ...document.querySelectorAll('main, .screen.fill, .tools')].map((e) => e.scrollWidth - e.clientWidth)));
    assert.ok(wide <= 0, `${screen} is ${wide} pixels too wide`);
  }
  const background = () => small.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const dark = await background();
  await small.page.getByRole('button', { name: /^Colours/ }).click();
  assert.notEqual(await background(), dark);
  assert.deepEqual(small.trouble, []);
  await small.close();
});

test('nothing was asked for elsewhere, and nothing went wrong', () => {
  assert.deepEqual(view.trouble, []);
});

test('after a restart of the host the page goes on by itself', async () => {
  await to('#/keys');
  await row('job=gamma').waitFor();
  await host.stop();
  await page.getByRole('status', { name: 'Connection: Reconnecting' }).waitFor();
  await host.start();
  await page.getByRole('status', { name: 'Connection: Live' }).waitFor();
  await host.upload('uploads', 'jobs/sigma/part-1-of-9.csv', 'a');
  await row('job=sigma').getByText('1 of 9').waitFor();
});
