// What people need who see little or nothing: contrast, names, roles. axe-core looks at every screen and panel, light and dark, wide and narrow.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { open, show } from './browser.mjs';
import { Host, ROOT, until } from './host.mjs';

// The tool runs in the page, put there by the debugger's line: the page's own policy stays as it is.
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** Rules that were looked at on a screen at least: fewer, and nothing was there to be looked at. */
const LEAST_PASSED = 15;

let host;
let screens;

before(async () => {
  host = new Host(join(ROOT, 'examples/uploads'), 'workflow.yaml');
  await host.start();
  for (const part of [1, 2, 3]) await host.upload('uploads', `jobs/atlas/part-${part}-of-3.csv`, `${part}`);
  await host.upload('uploads', 'jobs/ember/part-1-of-4.csv', 'a');
  await host.upload('uploads', 'jobs/ember/part-2-of-4.CSV', 'b');
  await host.upload('uploads', 'jobs/delta/part-1-of-many.csv', 'c');
  await host.emit({ id: 'o-1', source: 'shop', 'detail-type': 'Order', detail: { id: '42' } });
  await until('a job was assembled', async () => (await host.get('/status')).stats.done >= 1);
  const { rows: [event] } = await host.get('/api/stream?kind=accepted&name=part');
  const { rows: [run] } = await host.get('/api/runs?state=done');
  const { letters: [letter] } = await host.get('/dead');
  const key = (job) => encodeURIComponent(JSON.stringify({ job }));
  // Each screen with what is there when it is drawn.
  screens = {
    'the graph': ['#/graph', '[data-node="function.assemble"]'],
    'a node': ['#/graph?node=condition.job_complete', 'aside h2'],
    'the keys': ['#/keys?state=all', '.trow'],
    'why a key waits': [`#/keys?of=job_complete&open=${key('ember')}`, 'aside .field-name'],
    'why a key fired': [`#/keys?of=job_complete&state=all&open=${key('atlas')}`, 'aside .tree'],
    'the stream': ['#/stream', '.trow'],
    'an event': [`#/stream?open=${event.seq}`, 'aside .tree'],
    'the runs': ['#/runs', '.trow'],
    'a run': [`#/runs?open=${run.run}`, 'aside .json'],
    'dead letters': ['#/runs?view=dead', '.trow'],
    'a dead letter': [`#/runs?view=dead&open=${letter.number}`, 'aside .json'],
    'the form of an upload': ['#/send?event=part', '.drop'],
    'any event': ['#/send?event=.any', 'textarea'],
    'nothing found': ['#/keys?search=nothing-is-called-so', 'text=Show all'],
  };
});
after(async () => {
  await host?.stop();
});

/** What the tool finds in the page as it stands, in words; `only`: by these rules. */
async function found(page, only) {
  if (!await page.evaluate(() => 'axe' in window)) await page.evaluate(AXE);
  const { violations, incomplete, passes } = await page.evaluate((rules) => window.axe.run({ ...(rules && { runOnly: rules }), checks: { 'color-contrast': { options: { ignoreLength: true } } } }), only);
  assert.ok(passes.length >= (only?.length ?? LEAST_PASSED), `only ${passes.length} rules had anything to look at`);
  // A contrast that the tool cannot tell, because something lies behind the text, is nobody's pass. Arrows are no text; what is half
  // scrolled away was seen elsewhere.
  const excused = ['nonBmp', 'elmPartiallyObscured'];
  const unsure = incomplete.filter((rule) => rule.id === 'color-contrast')
    .map((rule) => ({ ...rule, nodes: rule.nodes.filter((node) => !node.any.some((check) => excused.includes(check.data?.messageKey))) }));
  return [...violations, ...unsure].flatMap(({ id, impact, nodes }) => nodes.map((node) => `${id} (${impact}): ${node.target.join(' ')}: ${node.failureSummary?.split('\n')[1]?.trim()} ${node.html.slice(0, 160)}`));
}

/** Looks at the page in both lights; only its colours are others in the dark. */
async function look(page, screen, wrong) {
  for (const [colorScheme, only] of [['light'], ['dark', ['color-contrast']]]) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    wrong.push(...(await found(page, only)).map((line) => `${screen}, ${colorScheme}: ${line}`));
  }
}

for (const [width, height, which] of [[1280, 800, () => true], [390, 844, (screen) => /^the (graph|keys|stream|runs|form)/.test(screen)]]) {
  test(`contrast, names and roles, light and dark, ${width} pixels wide`, async (t) => {
    const view = await open(host.url, { width, height });
    t.after(view.close);
    const wrong = [];
    for (const [screen, [hash, there]] of Object.entries(screens).filter(([screen]) => which(screen))) {
      await show(view.page, host.url, hash);
      await view.page.locator(there).first().waitFor();
      await look(view.page, screen, wrong);
    }
    assert.deepEqual(wrong, []);
    assert.deepEqual(view.trouble, []);
  });
}

test('a mistake in the file, and a word at the edge: contrast, names and roles', async (t) => {
  writeFileSync(host.workflow, readFileSync(host.workflow, 'utf8').replace('by: job', 'by: jbo'));
  const view = await open(host.url);
  t.after(view.close);
  await show(view.page, host.url, '#/stream');
  await view.page.getByRole('row').filter({ hasText: 'part=3' }).first().click();
  await view.page.getByRole('alert').getByText('error[F031]').waitFor();
  await view.page.getByRole('button', { name: 'Send again' }).click();
  await view.page.getByText('Sent again').waitFor();
  const wrong = [];
  await look(view.page, 'a mistake', wrong);
  assert.deepEqual(wrong, []);
});
