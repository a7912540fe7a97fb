// Numbers of the window, printed as a table: node run.mjs measure [small]. Each is measured here, on this machine, now.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cleanUp, Home, openWindow, slowModel, sleep, until, write } from './lib.mjs';

const dist = join(dirname(fileURLToPath(import.meta.url)), '../dist');
const small = process.argv.includes('small');
const MESSAGES = small ? 500 : 5_000;
const EVENTS = small ? 2_000 : 100_000;
const rows = [];
const row = (what, value, limit) => rows.push([what, value, limit]);
const ms = (value) => `${Math.round(value)} ms`;
const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];

const kb = (name) => gzipSync(readFileSync(join(dist, name)), { level: 9 }).length / 1024;
row('script of the shell, compressed', `${kb('a/app.js').toFixed(1)} KB`, '90 KB');
row('further screens, compressed', `${kb('a/later.js').toFixed(1)} KB`, '');
row('styles, compressed', `${kb('a/app.css').toFixed(1)} KB`, '14 KB');

const LOREM = 'The fig tree stands well and the roses need water every second day, as you said. ';

try {
  const model = await slowModel({ words: 900, pause: 1000 / 150 });
  const home = await new Home(model.config).start();
  await home.importMessages('A long talk', MESSAGES, (i) => LOREM.repeat(1 + (i % 3)) + i);
  await until('the import is read', async () => (await home.ask('{ conversations { items { messages } } }')).conversations.items[0]?.messages === MESSAGES, 600);
  const page = await openWindow(home);
  await page.locator('.message').last().waitFor();
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  const paints = [];
  for (let i = 0; i < 5; i += 1) {
    await page.reload();
    await page.locator('.message').last().waitFor();
    paints.push(await page.evaluate(async () => {
      for (;;) {
        const words = document.querySelectorAll('.message .said, .message .prose').length;
        if (words > 5) return performance.now();
        await new Promise(requestAnimationFrame);
      }
    }));
  }
  paints.sort((a, b) => a - b);
  row(`messages on the screen, of ${MESSAGES.toLocaleString('en')}, median of 5`, ms(at(paints, 0.5)), '1,000 ms');
  const up = await page.evaluate(async () => {
    const view = document.querySelector('.thread');
    const tasks = [];
    const watcher = new PerformanceObserver((list) => tasks.push(...list.getEntries().map((e) => e.duration)));
    watcher.observe({ entryTypes: ['longtask'] });
    for (let i = 0; i < 60; i += 1) {
      view.scrollTop = Math.max(0, view.scrollTop - 900);
      await new Promise((done) => setTimeout(done, 50));
    }
    return { longest: Math.max(0, ...tasks), drawn: document.querySelectorAll('.message').length };
  });
  row('longest task while scrolling up 60 pages', ms(up.longest), '');
  row('messages in the document after that', String(up.drawn), '');

  await page.reload();
  await page.locator('.message').last().waitFor();
  await sleep(1_500);
  await page.evaluate(() => {
    globalThis.tasks = [];
    new PerformanceObserver((list) => globalThis.tasks.push(...list.getEntries().map((e) => e.duration))).observe({ entryTypes: ['longtask'] });
  });
  const begun = Date.now();
  await write(page, 'Tell me everything');
  await until('the first word', () => page.locator('.writing').isVisible());
  await until('the end', async () => (await page.locator('.writing').count()) === 0, 120);
  const seconds = (Date.now() - begun) / 1000;
  const tasks = await page.evaluate(() => globalThis.tasks);
  row(`streaming 900 words at ${Math.round(900 / seconds)} a second: longest task`, ms(Math.max(0, ...tasks)), '50 ms');
  row('tasks over 50 ms meanwhile', String(tasks.length), '0');
  await page.close();
  await home.stop();

  const far = await new Home().start();
  await far.importMessages('A long past', EVENTS, (i) => `${LOREM}${i}`);
  await until('the import is read', async () => (await far.ask('{ conversations { items { messages } } }')).conversations.items[0]?.messages === EVENTS, 1_800);
  const head = await far.head();
  const past = await openWindow(far);
  await past.locator('.message').last().waitFor();
  await sleep(1_000);
  const frames = await past.evaluate(async (last) => {
    const slider = document.querySelector('.time-track input');
    const answered = [];
    const real = globalThis.fetch;
    globalThis.fetch = async (...given) => {
      const start = performance.now();
      const answer = await real(...given);
      if (String(given[1]?.body).includes('query Frame')) answered.push(performance.now() - start);
      return answer;
    };
    const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set;
    const drawn = [];
    for (let i = 0; i < 200; i += 1) {
      const start = performance.now();
      set.call(slider, String(Math.max(1, Math.round(last * (0.5 + 0.49 * Math.sin(i / 9))))));
      slider.dispatchEvent(new Event('input', { bubbles: true }));
      await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
      drawn.push(performance.now() - start);
    }
    return { answered: answered.sort((a, b) => a - b), drawn: drawn.sort((a, b) => a - b) };
  }, head);
  row(`dragging the bar over ${head.toLocaleString('en')} events: a step on the screen, p95`, ms(at(frames.drawn, 0.95)), '100 ms');
  row('mood of that moment from the server, p95', ms(at(frames.answered, 0.95)), '100 ms');
} finally {
  await cleanUp();
  console.log('| what | measured | limit |\n|---|---|---|');
  for (const line of rows) console.log(`| ${line.join(' | ')} |`);
}
