import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { cleanUp, Home, newContext, openWindow, replies, slowModel, until, write } from './lib.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
let home;
let said;
before(async () => {
  home = await new Home().start();
  said = await home.say('My sister Anna lives in Lisbon');
  await home.say('I am very happy today', said.conversation);
  await home.say('Where does my sister live?', said.conversation);
  await home.ask('mutation($c: ID!, $m: ID!) { remember(commandId: $c, keep: { message: $m, note: "Our first talk", tags: ["family"] }) { memory } }', { c: crypto.randomUUID(), m: said.message });
});
after(cleanUp);

const PLACES = () => [
  `#/talk/${said.conversation}`,
  `#/talk/${said.conversation}?why=${said.reply}`,
  '#/talk/new',
  '#/memory/sister',
  '#/graph',
  '#/graph/~map',
  '#/graph/~people',
  '#/graph/~query',
  '#/album',
  '#/feelings',
  '#/history',
  '#/history/compare',
  '#/history/branches',
  '#/trust',
  '#/system',
  '#/system/api',
  '#/settings',
  `#/talk/${said.conversation}?at=${said.position + 4}`,
];

for (const colorScheme of ['dark', 'light']) {
  for (const viewport of [{ width: 1280, height: 860 }, { width: 320, height: 640 }]) {
    test(`axe finds nothing serious on any screen, ${colorScheme}, ${viewport.width} wide`, async () => {
      // The policy of the page lets no script in by hand; the test asks the browser to let its own.
      const context = await newContext({ colorScheme, viewport, bypassCSP: true });
      const page = await openWindow(home, { context });
      await page.evaluate(AXE);
      const found = [];
      for (const place of PLACES()) {
        await page.evaluate((hash) => (location.hash = hash), place);
        await page.waitForTimeout(450);
        const result = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
        for (const violation of result.violations.filter((v) => ['serious', 'critical'].includes(v.impact))) {
          found.push(`${place}: ${violation.id}: ${violation.nodes.map((n) => `${n.target.join(' ')} ${n.any[0]?.message ?? ''}`).slice(0, 3).join(' | ')}`);
        }
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        if (wide > 0) found.push(`${place}: ${wide} px wider than the window`);
      }
      assert.deepEqual(found, []);
      assert.deepEqual(page.complaints, []);
    });
  }
}

test('a journey through every screen by the keyboard alone', async () => {
  const page = await openWindow(home);
  await page.locator('.message').first().waitFor();
  const focus = () => page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent?.trim().slice(0, 40) ?? '');
  await page.locator('#write').focus();
  await page.keyboard.type('Hello');
  await page.keyboard.press('Enter');
  await until('the reply', async () => (await replies(page)).length > 3);
  await page.keyboard.press('Tab');
  await page.evaluate(() => document.activeElement.blur());
  await page.keyboard.press('k');
  await page.keyboard.press('k');
  assert.ok(await page.evaluate(() => document.activeElement.matches('article[data-message]')), await focus());
  await page.keyboard.press('j');
  await page.keyboard.press('w');
  await page.locator('.inspector h2').waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
  await page.keyboard.press('Escape');
  for (const [key, heading] of [['2', 'Memory'], ['3', 'Who and what is known'], ['4', 'Album'], ['5', 'Feelings and skills'], ['6', 'History'], ['7', 'Trust'], ['8', 'System'], ['9', 'Settings']]) {
    await page.keyboard.press(key);
    await page.getByRole('heading', { level: 1, name: heading }).waitFor();
  }
  await page.keyboard.press('Alt+ArrowLeft');
  await page.locator('.app.past').waitFor();
  await page.keyboard.press('0');
  await until('now', async () => (await page.locator('.app.past').count()) === 0);
  await page.keyboard.press('/');
  await until('the search', () => page.evaluate(() => document.activeElement.id === 'search'));
  await page.keyboard.press('Escape');
  // Every control that Tab reaches shows where it is, and has a name.
  const nameless = [];
  for (let i = 0; i < 60; i += 1) {
    await page.keyboard.press('Tab');
    const seen = await page.evaluate(() => {
      const element = document.activeElement;
      if (!element || element === document.body) return null;
      const name = element.getAttribute('aria-label') ?? element.labels?.[0]?.textContent ?? element.textContent;
      const style = getComputedStyle(element.matches('#write') ? element.parentElement : element);
      return { html: element.outerHTML.slice(0, 80), name: name?.trim(), ring: style.outlineStyle !== 'none' || style.boxShadow !== 'none' };
    });
    if (seen && (!seen.name || !seen.ring)) nameless.push(seen);
  }
  assert.deepEqual(nameless, []);
});

test('a screen reader is told whole sentences, the beginning and the end, never tokens', async () => {
  const pieces = 'The first sentence is here. The second one follows it. And a third ends it.'.split(/(?<= )/);
  const model = await slowModel({ pause: 60, text: () => pieces });
  const slow = await new Home(model.config).start();
  const page = await openWindow(slow);
  await page.evaluate(() => {
    globalThis.told = { status: [], log: [] };
    for (const region of document.querySelectorAll('[data-region]')) {
      new MutationObserver(() => globalThis.told[region.dataset.region].push([performance.now(), region.textContent])).observe(region, { childList: true, characterData: true, subtree: true });
    }
  });
  await write(page, 'Tell me');
  await until('the end', async () => (await page.evaluate(() => globalThis.told.status.map(([, text]) => text))).includes('The reply is complete.'));
  const told = await page.evaluate(() => globalThis.told);
  assert.equal(told.status[0][1], 'The reply begins.');
  const log = told.log.map(([, text]) => text).filter(Boolean);
  await until('every sentence', async () => (await page.evaluate(() => globalThis.told.log.map(([, text]) => text).join(' '))).includes('And a third ends it.'));
  for (const text of log) assert.match(text, /[.!?]$/);
  assert.equal(await page.locator('.thread').getAttribute('aria-live'), 'off');
});
