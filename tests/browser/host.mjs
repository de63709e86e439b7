// Hosts for the tests: `fanin dev` on a copy of an example, on free ports, in a folder of its own.
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository. */
export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
/** The program under test. */
export const FANIN = resolve(ROOT, process.env.FANIN_BIN ?? 'target/debug/fanin');

/** What an example's folder may hold that is no part of it. */
const SKIPPED = /\/(\.fanin|node_modules)(\/|$)/;
const STARTS_MS = 30000;
const STOPS_MS = 10000;

/** A port that was free just now. */
export function freePort() {
  return new Promise((done, failed) => {
    const server = createServer().once('error', failed);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}

/** Waits until `is` answers something true, and gives that. */
export async function until(what, is, ms = 20000) {
  const end = Date.now() + ms;
  for (;;) {
    const value = await is();
    if (value) return value;
    if (Date.now() > end) throw new Error(`not within ${ms} ms: ${what}`);
    await new Promise((r) => setTimeout(r, 50));
  }
}

const folders = [];
process.on('exit', () => folders.forEach((path) => rmSync(path, { recursive: true, force: true })));

/** A folder that is gone when the process ends. */
export function folder(name) {
  const path = mkdtempSync(join(tmpdir(), `fanin-${name}-`));
  folders.push(path);
  return path;
}

/** A host of the workflow `file` in `home`, a folder made from `from`. */
export class Host {
  constructor(from, file, options = {}) {
    this.home = folder('browser');
    this.file = file;
    this.options = options;
    cpSync(from, this.home, { recursive: true, filter: (path) => !SKIPPED.test(path) });
    this.workflow = join(this.home, file);
    this.log = join(this.home, 'host.log');
  }

  async start() {
    if (!existsSync(FANIN)) throw new Error(`there is no ${FANIN}: build it, or name another with FANIN_BIN`);
    this.port ??= await freePort();
    this.s3 ??= await freePort();
    this.url = `http://127.0.0.1:${this.port}`;
    const out = openSync(this.log, 'a');
    const place = ['--dir', join(this.home, 'state'), '--port', `${this.port}`, '--s3-port', `${this.s3}`];
    this.process = spawn(FANIN, ['dev', this.file, ...place], { cwd: this.home, stdio: ['ignore', out, out], env: { ...process.env,
      AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${this.s3}`, AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', ...this.options.env } });
    this.kill = () => this.process.kill('SIGKILL');
    process.on('exit', this.kill);
    await until('the host answers', async () => {
      if (this.process.exitCode !== null) throw new Error(`the host ended: ${readFileSync(this.log, 'utf8')}`);
      return fetch(`${this.url}/health`).then((a) => a.ok, () => false);
    }, STARTS_MS);
  }

  async stop() {
    if (!this.process || this.process.exitCode !== null) return;
    const gone = new Promise((r) => this.process.once('exit', r));
    this.process.kill('SIGTERM');
    const late = setTimeout(this.kill, STOPS_MS);
    await gone;
    clearTimeout(late);
    process.off('exit', this.kill);
  }

  /** The answer to a question, as JSON. */
  async get(path) {
    return (await fetch(`${this.url}${path}`)).json();
  }

  async emit(event) {
    const answer = await fetch(`${this.url}/events`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(event) });
    return answer.json();
  }

  async upload(bucket, key, text) {
    const path = key.split('/').map(encodeURIComponent).join('/');
    const answer = await fetch(`${this.url}/api/upload/${bucket}/${path}`, { method: 'PUT', body: text });
    if (!answer.ok) throw new Error(`${key}: ${answer.status} ${await answer.text()}`);
  }

  /** Runs a verb in the host's folder and gives what it printed; a failure throws it. */
  fanin(...args) {
    return execFileSync(FANIN, args, { cwd: this.home, encoding: 'utf8', timeout: 60000, stdio: ['ignore', 'pipe', 'pipe'] });
  }
}
