import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, test } from 'node:test';
import { cleanUp, Home, newContext, openWindow, replies, slowModel, until, write } from './lib.mjs';

let home;
before(async () => {
  home = await new Home().start();
});
after(cleanUp);

const NASTY = '<script>window.broken = 1</script><img src=x onerror="window.broken = 1"><b>bold</b> [x](javascript:window.broken=1) ![p](http://127.0.0.1:9/pixel.png)';

test('script and HTML in messages, replies and names are shown as what they are', async () => {
  const model = await slowModel({ pause: 0, text: () => [NASTY, '\n\n# <i>title</i>\n\n- <svg onload="window.broken=1">\n\n```html\n<script>window.broken=1</script>\n```'] });
  const echo = await new Home(model.config).start();
  const asked = [];
  const page = await openWindow(echo);
  page.on('request', (request) => asked.push(request.url()));
  await write(page, NASTY);
  await until('the reply', async () => (await page.locator('.message.companion .prose').innerText()).includes('onerror'));
  assert.ok((await page.locator('.bubble').innerText()).includes('<script>window.broken = 1</script>'));
  assert.equal(await page.locator('.thread script, .thread img, .thread iframe, .thread svg[onload]').count(), 0);
  assert.equal(await page.locator('.thread a[href^="javascript"]').count(), 0);
  await page.evaluate(() => (location.hash = '#/settings'));
  await page.getByLabel('What it calls you').fill('<img src=x onerror="window.broken=1">');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved').first().waitFor();
  await page.evaluate(() => (location.hash = '#/talk/new'));
  await until('the name as text', async () => (await page.locator('.welcome h2').innerText()).includes('<img src=x'));
  assert.equal(await page.evaluate(() => window.broken), undefined);
  assert.deepEqual(asked.filter((url) => !url.startsWith(echo.url)), []);
  assert.deepEqual(page.complaints, []);
});

test('emoji, right-to-left text and joined letters come back as they were', async () => {
  const page = await openWindow(home);
  const text = 'שלום עולם 👩‍👩‍👧‍👦 مرحبا 🇩🇪 e\u0301 𝔘𝔫𝔦';
  await write(page, text);
  await until('the reply', async () => (await replies(page)).length > 0);
  const said = page.locator('.bubble .said').last();
  assert.equal(await said.textContent(), text);
  assert.equal(await said.evaluate((p) => getComputedStyle(p).direction), 'rtl');
  await page.reload();
  await until('the same after a reload', async () => (await page.locator('.bubble .said').last().textContent()) === text);
});

test('a megabyte that is pasted stays in the field and is said to be too long; less is folded', async () => {
  const page = await openWindow(home, { path: '#/talk/new' });
  const field = page.locator('#write');
  await field.evaluate((box) => {
    box.value = 'x'.repeat(1 << 20);
    box.dispatchEvent(new Event('input', { bubbles: true }));
  });
  await page.getByText(/1,048,576 characters long/).waitFor();
  await page.keyboard.press('Enter');
  assert.equal(await field.evaluate((box) => box.value.length), 1 << 20);
  await page.waitForTimeout(400);
  await page.reload();
  await until('the draft is back', async () => (await field.evaluate((box) => box.value.length)) === 1 << 20);
  await field.fill('word '.repeat(3_000));
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: /Show all/ }).waitFor();
});

test('an expired pass: the window says so, keeps what is typed, and goes on with a new one', async () => {
  const page = await openWindow(home);
  await page.locator('#write').fill('a thought that must not be lost');
  const claim = `pass1.1700000000.${'0'.repeat(64)}`;
  const proof = createHmac('sha256', home.token).update(`aico window\n${claim}`).digest('hex');
  await page.waitForTimeout(400);
  await page.evaluate((pass) => localStorage.setItem('aico.pass', pass), `${claim}.${proof}`);
  await page.reload();
  await page.getByText('This window is no longer let in.').waitFor();
  await until('the draft', async () => (await page.locator('#write').inputValue()) === 'a thought that must not be lost');
  await page.getByLabel('Link or token').fill(`${home.url}/#ticket=${await home.ticket()}`);
  await page.getByRole('button', { name: 'Let me in' }).click();
  await page.locator('.talk-title').first().waitFor();
  assert.equal(await page.locator('#write').inputValue(), 'a thought that must not be lost');
});

test('another page of this machine cannot use the window', async () => {
  const page = await (await newContext()).newPage();
  await page.goto(`${home.url}/icon.svg`);
  for (const [path, headers, status] of [
    ['/window/pass', { origin: 'https://evil.example', 'content-type': 'application/json' }, 403],
    ['/window/pass', { 'content-type': 'text/plain' }, 415],
    ['/window/pass', { 'content-type': 'application/json' }, 401],
    ['/window/ticket', {}, 401],
  ]) {
    const answer = await fetch(`${home.url}${path}`, { method: 'POST', headers, body: '{"ticket":"00"}' });
    assert.equal(answer.status, status, path);
  }
  const framed = await fetch(home.url);
  assert.match(framed.headers.get('content-security-policy'), /frame-ancestors 'none'/);
});
