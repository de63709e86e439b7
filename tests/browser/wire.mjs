// A wire between the browser and the host that a test can cut: it passes bytes on and remembers what went over it.
import { connect, createServer } from 'node:net';

/** Listens on a free port and passes everything on to `port`. */
export class Wire {
  constructor(port) {
    this.to = port;
    this.whole = true;
    this.pairs = new Set();
    /** One of each connection: what the browser asked (`asked`) and what it was answered (`told`), as text. */
    this.talks = [];
  }

  async start() {
    this.server = createServer((near) => this.pass(near));
    await new Promise((done, failed) => this.server.once('error', failed).listen(0, '127.0.0.1', done));
    this.url = `http://127.0.0.1:${this.server.address().port}`;
  }

  pass(near) {
    if (!this.whole) { near.destroy(); return; }
    const talk = { asked: '', told: '' };
    this.talks.push(talk);
    const far = connect(this.to, '127.0.0.1');
    const pair = [near, far];
    this.pairs.add(pair);
    const end = () => { this.pairs.delete(pair); pair.forEach((side) => side.destroy()); };
    near.on('data', (bytes) => { talk.asked += bytes.toString('latin1'); far.write(bytes); });
    far.on('data', (bytes) => { talk.told += bytes.toString('utf8'); near.write(bytes); });
    pair.forEach((side) => side.on('error', end).on('close', end));
  }

  /** Breaks every connection; until `mend` new ones break at once. */
  cut() {
    this.whole = false;
    this.pairs.forEach((pair) => pair.forEach((side) => side.destroy()));
  }

  mend() {
    this.whole = true;
  }

  stop() {
    this.cut();
    return new Promise((done) => this.server.close(done));
  }
}
