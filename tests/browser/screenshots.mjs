// The pictures of docs/dashboard: every screen of a small shop of uploads, light and dark, wide and narrow.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { open, show } from './browser.mjs';
import { Host, ROOT, until } from './host.mjs';

const OUT = resolve(process.argv[2] ?? join(ROOT, 'docs/dashboard'));
const JOBS = { atlas: [1, 2, 3], birch: [1, 2], cedar: [1], delta: [1, 2, 3, 4], ember: [1, 3], fjord: [1, 2, 3], grove: [2] };
const PARTS = { atlas: 3, birch: 3, cedar: 4, delta: 6, ember: 3, fjord: 3, grove: 2 };

const host = new Host(join(ROOT, 'examples/uploads'), 'workflow.yaml');
await host.start();
const csv = (job) => readFileSync(join(ROOT, 'examples/uploads/parts/alpha/part-1-of-3.csv'), 'utf8').replaceAll('alpha', job);
for (const [job, parts] of Object.entries(JOBS)) for (const part of parts) await host.upload('uploads', `jobs/${job}/part-${part}-of-${PARTS[job]}.csv`, csv(job));
await host.upload('uploads', 'jobs/ember/part-2-of-3.CSV', 'written by another program');
await host.upload('uploads', 'jobs/delta/part-4-of-6.csv', csv('delta'));
await host.upload('uploads', 'jobs/hazel/part-1-of-many.csv', 'not a number');
await host.emit({ id: 'o-1', source: 'shop', 'detail-type': 'Order', detail: { id: '42' } });
await until('two jobs were assembled', async () => (await host.get('/status')).stats.done >= 2);
const { rows } = await host.get('/api/stream?kind=accepted&name=part');
const { rows: runs } = await host.get('/api/runs');
const key = encodeURIComponent('{"job":"ember"}');
const SCREENS = {
  graph: '#/graph', part: '#/graph?node=condition.job_complete', keys: '#/keys?state=all', explain: `#/keys?of=job_complete&open=${key}`,
  stream: '#/stream', event: `#/stream?open=${rows[0].seq}`, runs: '#/runs', run: `#/runs?open=${runs[0].run}`, dead: '#/runs?view=dead', send: '#/send',
};
mkdirSync(OUT, { recursive: true });
async function take(name) {
  for (const [width, height] of [[1280, 800], [390, 844]]) {
    for (const dark of [false, true]) {
      const view = await open(host.url, { width, height, dark });
      for (const [screen, hash] of Object.entries(name)) {
        await show(view.page, host.url, hash);
        await view.page.waitForTimeout(700);
        await view.page.screenshot({ path: join(OUT, `${screen}-${dark ? 'dark' : 'light'}-${width}.png`) });
      }
      await view.close();
    }
  }
}
await take(SCREENS);
writeFileSync(host.workflow, readFileSync(host.workflow, 'utf8').replace('by: job', 'by: jbo'));
await until('the mistake was found', async () => (await host.get('/api/workflow')).reload?.ok === false);
await take({ mistake: '#/graph' });
await host.stop();
process.exit(0);
