import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { cleanUp, converse, Home, newContext, openWindow, replies, slowModel, until, wire, write } from './lib.mjs';

after(cleanUp);

test('a connection that is lost in mid-reply is taken up where it was: nothing twice, nothing missing', async () => {
  const model = await slowModel({ words: 120, pause: 25 });
  const home = await new Home(model.config).start();
  const line = await wire(home);
  const page = await openWindow(home, { url: line.url });
  await write(page, 'Count for me');
  await until('words', async () => (await replies(page))[0]?.includes('word1.10'));
  line.break();
  await page.getByText('The server does not answer.').first().waitFor();
  await page.locator('#write').fill('a draft that must stay');
  line.mend();
  await until('the end', async () => (await replies(page))[0]?.includes('word1.119'));
  const expected = Array.from({ length: 120 }, (_, i) => `word1.${i}`).join(' ');
  await until('the whole text', async () => (await replies(page))[0] === expected);
  assert.equal(await page.locator('#write').inputValue(), 'a draft that must stay');
});

test('a server that is killed in mid-reply keeps what was said, and the window goes on after its restart', async () => {
  const model = await slowModel({ words: 400, pause: 25 });
  const home = await new Home(model.config).start();
  const page = await openWindow(home);
  await write(page, 'Count for me');
  await until('words', async () => (await replies(page))[0]?.includes('word1.3'));
  await home.kill();
  await page.getByText('The server does not answer.').first().waitFor();
  model.pause = 0;
  model.words = 5;
  await home.start();
  await page.getByText('The server does not answer.').first().waitFor({ state: 'hidden' });
  await write(page, 'Are you there?');
  await until('a new reply', async () => (await replies(page)).some((text) => text.endsWith('.4') && !text.startsWith('word1')));
});

test('without a server: reading from what this browser keeps, and a message that is sent once when it is back', async () => {
  const home = await new Home().start();
  const context = await newContext();
  const page = await openWindow(home, { context });
  await converse(home, page, 'My sister Anna lives in Lisbon');
  const [said] = await replies(page);
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await page.reload();
  await until('the reply is back', async () => (await replies(page))[0] === said);
  await until('the worker has the page', () => page.evaluate(() => navigator.serviceWorker.controller !== null));
  const kept = await page.evaluate(async () => {
    const db = await new Promise((done, failed) => Object.assign(indexedDB.open('aico'), { onsuccess: (e) => done(e.target.result), onerror: failed }));
    const all = await new Promise((done) => (db.transaction('answers').objectStore('answers').getAll().onsuccess = (e) => done(e.target.result)));
    return all.map((sealed) => new TextDecoder('latin1').decode(sealed.data)).join(' ');
  });
  assert.ok(kept.length > 100 && !kept.includes('Lisbon'), 'what is kept is sealed');
  await home.stop();
  await page.reload();
  await page.getByText('the server is away').waitFor();
  assert.deepEqual(await replies(page), [said]);
  await write(page, 'Where does my sister live?');
  await page.getByText('Not sent yet.').waitFor();
  await page.reload();
  await page.getByText('Not sent yet.').waitFor();
  await home.start();
  await until('the answer', async () => (await replies(page)).length === 2);
  const { events } = await home.ask('{ events(first: 500, types: ["MessageReceived"]) { items { body } } }');
  assert.equal(events.items.filter((event) => event.body.text === 'Where does my sister live?').length, 1);
});

test('an upgrade: an older worker and its files give way, and what is gone is never something else', async () => {
  const home = await new Home().start();
  const context = await newContext();
  const page = await openWindow(home, { context });
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    const old = await caches.open('aico-000000000000');
    await old.put('/a/000000000000/app.js', new Response('throw new Error("old")', { headers: { 'content-type': 'text/javascript' } }));
    for (const registration of await navigator.serviceWorker.getRegistrations()) await registration.unregister();
  });
  await page.reload();
  await page.locator('.app').waitFor();
  await until('the old cache is gone', () => page.evaluate(async () => !(await caches.keys()).includes('aico-000000000000')));
  const gone = await fetch(`${home.url}/a/000000000000/app.js`);
  assert.equal(gone.status, 404);
  assert.match(gone.headers.get('content-type'), /json/);
});
