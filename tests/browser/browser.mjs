// A headless Chromium of this machine, fresh, that talks to nobody but the host under test.
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { folder } from './host.mjs';

const PLACES = [process.env.FANIN_CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync'];

/** The browser's program, or undefined. */
export const program = () => PLACES.find((p) => p && existsSync(p));

/** A window of a new profile. `width`, `height`, `dark`. What was asked for elsewhere and what went wrong is collected in `trouble`. */
export async function open(url, { width = 1280, height = 800, dark = false } = {}) {
  const context = await chromium.launchPersistentContext(folder('chromium'), {
    executablePath: program(), headless: true, args: FLAGS, viewport: { width, height }, colorScheme: dark ? 'dark' : 'light',
  });
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: url });
  const trouble = [];
  context.on('request', (r) => { if (!r.url().startsWith(`${url}/`) && !r.url().startsWith('data:')) trouble.push(`asked for ${r.url()}`); });
  const page = context.pages()[0] ?? await context.newPage();
  page.setDefaultTimeout(20000);
  page.on('pageerror', (e) => trouble.push(`error: ${e.message}`));
  page.on('console', (m) => { if (m.type() === 'error') trouble.push(`console: ${m.text()}`); });
  return { context, page, trouble, close: () => context.close() };
}

/** Goes to a screen by its address and waits until the line to the host is open. */
export async function show(page, url, hash) {
  await page.goto(`${url}/${hash}`);
  await page.getByRole('status', { name: 'Connection: Live' }).waitFor();
}
