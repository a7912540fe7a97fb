// A real server over a folder of its own, a browser, and what tests say to both.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';

export const CHROMIUM = [process.env.AICO_CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => path && existsSync(path));
export const BINARY = process.env.AICO_BINARY;

const cleanups = [];

/** Undoes everything that was begun, the last first. */
export async function cleanUp() {
  for (const undo of cleanups.splice(0).reverse()) await Promise.resolve(undo()).catch(() => undefined);
}

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/** How long anything may take. Long, so that a busy machine decides no test. */
const PATIENCE = 60;

/** Waits until something holds. Says what it waited for when it never does. */
export async function until(what, holds, seconds = PATIENCE) {
  const end = Date.now() + seconds * 1000;
  let last;
  for (;;) {
    try {
      const found = await holds();
      if (found) return found;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) throw new Error(`in ${seconds} s it never came to this: ${what}${last ? ` (${last.message})` : ''}`);
    await sleep(40);
  }
}

/** A data folder with a server over it, which can be stopped, killed and started again at the same address. */
export class Home {
  constructor(config) {
    this.folder = mkdtempSync(join(tmpdir(), 'aico-window-'));
    if (config) writeFileSync(join(this.folder, 'config.json'), JSON.stringify(config));
    this.port = 0;
    cleanups.push(async () => {
      await this.kill();
      rmSync(this.folder, { recursive: true, force: true });
    });
  }

  async start() {
    const arguments_ = ['--data-dir', this.folder, '--json', 'serve', '--bind', `127.0.0.1:${this.port}`];
    const env = { ...process.env, AICO_PASSPHRASE: 'for tests', AICO_NO_KEYRING: '1', OLLAMA_HOST: '127.0.0.1:1' };
    this.child = spawn(BINARY, arguments_, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let trouble = '';
    this.child.stderr.on('data', (chunk) => (trouble += chunk));
    const line = await new Promise((done, failed) => {
      createInterface({ input: this.child.stdout }).once('line', done);
      this.child.once('exit', (code) => failed(new Error(`the server ended with ${code}: ${trouble}`)));
    });
    const said = JSON.parse(line);
    this.port = Number(said.address.split(':').at(-1));
    this.url = `http://${said.address}`;
    this.link = said.window;
    this.token = readFileSync(join(this.folder, 'token'), 'utf8').trim();
    return this;
  }

  async #end(signal) {
    const child = this.child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((done) => child.once('exit', done));
    child.kill(signal);
    await gone;
  }

  stop() {
    return this.#end('SIGTERM');
  }

  kill() {
    return this.#end('SIGKILL');
  }

  async ask(query, variables = {}) {
    const answer = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${this.token}` },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = await answer.json();
    if (errors) throw new Error(JSON.stringify(errors));
    return data;
  }

  async say(text, conversation = null) {
    const { sendMessage: sent } = await this.ask(
      'mutation($c: ID!, $t: String!, $v: ID) { sendMessage(commandId: $c, text: $t, conversation: $v) { conversation message reply position } }',
      { c: crypto.randomUUID(), t: text, v: conversation },
    );
    await until('the reply', async () => (await this.ask('query($i: ID!) { message(id: $i) { message { state } } }', { i: sent.reply })).message.message.state);
    return sent;
  }

  async begin(title, quietly = false) {
    const { startConversation: begun } = await this.ask(
      'mutation($c: ID!, $t: String, $p: Boolean) { startConversation(commandId: $c, title: $t, private: $p) { conversation } }',
      { c: crypto.randomUUID(), t: title, p: quietly },
    );
    return begun.conversation;
  }

  /** Messages from elsewhere, all of one conversation. */
  async importMessages(title, count, textOf) {
    const start = Date.parse('2026-03-01T08:00:00Z');
    const lines = Array.from({ length: count }, (_, i) => {
      const at = new Date(start + i * 600_000 + Math.floor(i / 40) * 50_000_000).toISOString();
      return JSON.stringify({ conversation: title, title, role: i % 2 ? 'companion' : 'person', speaker: i % 2 ? 'Aico' : 'Friend', text: textOf(i), at, id: `m${i}` });
    });
    const answer = await fetch(`${this.url}/import?format=jsonl&branch=main`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.token}` },
      body: lines.join('\n'),
    });
    if (!answer.ok) throw new Error(await answer.text());
  }

  async head() {
    return (await this.ask('{ basis { position } }')).basis.position;
  }

  async ticket() {
    const answer = await fetch(`${this.url}/window/ticket`, { method: 'POST', headers: { authorization: `Bearer ${this.token}` } });
    return (await answer.json()).ticket;
  }
}

/** A language model on loopback that says what it is told to, word by word, at a pace. */
export async function slowModel({ words = 60, pause = 40, text } = {}) {
  const control = { pause, words, text, asked: 0 };
  const server = http.createServer(async (request, response) => {
    if (request.url.endsWith('/models')) {
      response.setHeader('content-type', 'application/json');
      return response.end(JSON.stringify({ object: 'list', data: [{ id: 'slow', object: 'model' }] }));
    }
    control.asked += 1;
    const round = control.asked;
    response.setHeader('content-type', 'text/event-stream');
    const say = (delta, finish = null) => response.write(`data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`);
    const pieces = control.text ? control.text(round) : Array.from({ length: control.words }, (_, i) => `${i ? ' ' : ''}word${round}.${i}`);
    for (const piece of pieces) {
      if (response.destroyed) return undefined;
      say({ content: piece });
      if (control.pause) await sleep(control.pause);
    }
    say({}, 'stop');
    response.write('data: [DONE]\n\n');
    return response.end();
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  cleanups.push(() => new Promise((done) => (server.closeAllConnections(), server.close(done))));
  control.config = { model: { provider: 'openai', url: `http://127.0.0.1:${server.address().port}/v1`, model: 'slow' } };
  return control;
}

/** A wire between browser and server that can be cut. */
export async function wire(home) {
  const sockets = new Set();
  const control = { cut: false };
  const server = net.createServer((near) => {
    if (control.cut) return near.destroy();
    const far = net.connect(home.port, '127.0.0.1');
    for (const [a, b] of [[near, far], [far, near]]) {
      sockets.add(a);
      a.pipe(b);
      a.on('error', () => b.destroy());
      a.on('close', () => (sockets.delete(a), b.destroy()));
    }
    return undefined;
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  control.url = `http://127.0.0.1:${server.address().port}`;
  control.break = () => {
    control.cut = true;
    for (const socket of sockets) socket.destroy();
  };
  control.mend = () => (control.cut = false);
  cleanups.push(() => new Promise((done) => (control.break(), server.close(done))));
  return control;
}

let browser;

export async function newContext(options = {}) {
  if (!browser) {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] });
    cleanups.unshift(async () => {
      await browser?.close();
      browser = undefined;
    });
  }
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, locale: 'en-GB', reducedMotion: 'reduce', ...options });
  context.setDefaultTimeout(PATIENCE * 1_000);
  cleanups.push(() => context.close());
  return context;
}

/** A window that was let in. What the page complains about is kept in `page.complaints`. */
export async function openWindow(home, { context, path = '', url = home.url, ...options } = {}) {
  const page = await (context ?? (await newContext(options))).newPage();
  page.complaints = [];
  page.on('pageerror', (error) => page.complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !/Failed to load resource|WebSocket connection|ERR_/.test(message.text())) page.complaints.push(message.text());
  });
  await page.goto(`${url}/#ticket=${await home.ticket()}`);
  await page.locator('.app').waitFor();
  if (path) {
    await page.evaluate((hash) => (location.hash = hash), path);
    await page.waitForTimeout(50);
  }
  return page;
}

/** Writes and sends. */
export async function write(page, text) {
  await page.locator('#write').fill(text);
  await page.keyboard.press('Enter');
}

/** Writes, and waits for the whole reply. Gives the turn on the screen: no test depends on which words the companion chose. */
export async function converse(home, page, text, branch = 'main') {
  const query = 'query($b: String, $after: Position, $last: Int, $types: [String!]) { events(branch: $b, after: $after, last: $last, types: $types) { items { position body } } }';
  const { events: before } = await home.ask(query, { b: branch, last: 1 });
  await write(page, text);
  const message = await until('the message in the log', async () => {
    const { events } = await home.ask(query, { b: branch, after: before.items[0].position, types: ['MessageReceived'] });
    return events.items[0]?.body.message;
  });
  const turn = page.locator(`[data-turn="${message}"]`);
  await turn.locator('.message.companion[data-message]').first().waitFor();
  return turn;
}

/** The texts of the replies on the screen. */
export function replies(page) {
  return page.locator('.message.companion .prose').allInnerTexts();
}
