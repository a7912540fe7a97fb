import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { cleanUp, converse, Home, openWindow, until } from './lib.mjs';

let home;
let first;
before(async () => {
  home = await new Home().start();
  first = await home.say('My sister Anna lives in Lisbon');
  await home.say('My brother Tom lives in Oslo', first.conversation);
  await home.say('I am very happy today', first.conversation);
});
after(cleanUp);

test('the bar moves the whole companion, and the past cannot be taken for the present', async () => {
  const page = await openWindow(home);
  await page.locator('.message', { hasText: 'Oslo' }).first().waitFor();
  const bar = page.getByRole('slider', { name: 'Time' });
  await bar.focus();
  await page.keyboard.press('Home');
  await page.locator('.app.past').waitFor();
  await until('the first event', async () => (await bar.inputValue()) === '1');
  await until('the title says so', async () => (await page.title()).includes('(past)'));
  assert.equal(await page.locator('#write').count(), 0);
  const jump = page.getByLabel('Go to');
  await jump.fill(String(first.position + 1));
  await page.keyboard.press('Enter');
  await until('only what was said then', async () => {
    const text = await page.locator('.thread').innerText();
    return text.includes('Lisbon') && !text.includes('Oslo');
  });
  assert.match(page.url(), new RegExp(`at=${first.position + 1}`));
  for (const [screen, wanted, unwanted] of [['memory', 'Anna', 'Tom'], ['feelings', 'How', 'chosen 3'], ['history', 'Message received', '#30']]) {
    await page.evaluate(([name]) => (location.hash = location.hash.replace(/#\/[^?]*/, `#/${name}`)), [screen]);
    await until(`${screen} as it was`, async () => {
      const text = await page.locator('.page-screen').innerText();
      return text.includes(wanted) && !text.includes(unwanted);
    });
  }
  await page.getByRole('button', { name: 'Now', exact: true }).click();
  await until('the present', async () => (await page.locator('.app.past').count()) === 0);
});

test('a link shows the same moment to another window', async () => {
  const page = await openWindow(home, { path: `#/talk/${first.conversation}?at=${first.position}` });
  await page.locator('.app.past').waitFor();
  await until('that moment', async () => {
    const text = await page.locator('.thread').innerText();
    return text.includes('Lisbon') && !text.includes('Oslo');
  });
});

test('asking a past self begins a branch, and the main line stays as it is', async () => {
  const before = await home.ask('{ conversations { items { id messages } } }');
  const { events } = await home.ask('{ events(first: 1, types: ["ReplyCompleted"]) { items { position } } }');
  const page = await openWindow(home, { path: `#/talk/${first.conversation}?at=${events.items[0].position}` });
  await page.getByRole('button', { name: 'Ask this past self' }).click();
  const dialog = page.getByRole('dialog');
  await until('a free name', async () => (await dialog.getByRole('textbox').inputValue()) === 'what-if-1');
  await dialog.getByRole('button', { name: 'Begin there' }).click();
  await page.getByText('On the branch what-if-1').waitFor();
  await page.locator('.talk').first().click();
  const asked = await converse(home, page, 'Where does my brother live?', 'what-if-1');
  assert.doesNotMatch(await asked.innerText(), /Oslo/);
  assert.deepEqual(await home.ask('{ conversations { items { id messages } } }'), before);
  await page.getByRole('button', { name: 'Back to main' }).click();
  await page.locator('.message', { hasText: 'Oslo' }).first().waitFor();
  await page.evaluate(() => (location.hash = '#/history/branches'));
  await page.getByText('what-if-1').first().waitFor();
});

test('two moments are compared', async () => {
  const page = await openWindow(home, { path: '#/history/compare' });
  await page.getByLabel('Moment A').fill(String(first.position));
  await page.getByLabel('Moment A').press('Tab');
  const table = page.locator('.diff-group');
  await until('what was learned', async () => {
    const text = (await table.allInnerTexts()).join(' ');
    return /Oslo/.test(text) && /mood/i.test(text);
  });
});

test('the mood is told the same by the picture and by the table', async () => {
  const page = await openWindow(home, { path: '#/feelings' });
  await page.locator('.curve .dot').first().waitFor();
  const points = await page.locator('.curve .dot').count();
  await page.getByText('Show as a table').click();
  assert.equal(await page.locator('details[open] tbody tr').count(), points);
});

test('a read model is built anew from the window, and is the same', async () => {
  const page = await openWindow(home, { path: '#/system' });
  await page.locator('.models li', { hasText: 'timeline' }).getByRole('button', { name: 'Build again' }).click();
  await page.getByText('Built again: the same, to the last bit.').first().waitFor();
  await page.getByRole('button', { name: 'Check every event' }).click();
  await page.getByText(/order, versions, times and hashes are sound/).waitFor();
});

test('the browser verifies the ledger itself, and finds a bit that was turned over', async () => {
  const page = await openWindow(home, { path: '#/trust' });
  await page.getByRole('button', { name: 'Check it here' }).click();
  const head = await home.head();
  await page.getByText(new RegExp(`${head} events: nothing was changed`)).waitFor();
  await page.getByText('signed with the key of this log').waitFor();
  await page.getByRole('button', { name: 'Try to break it' }).click();
  const outcome = await page.locator('.outcome').filter({ hasText: 'One bit' }).innerText();
  const [, turned, found] = /One bit of event ([\d,]+) .* Found at event ([\d,]+)/.exec(outcome);
  assert.equal(found, turned);
});

test('the interface can be tried', async () => {
  const page = await openWindow(home, { path: '#/system/api' });
  await page.getByRole('button', { name: 'Run' }).click();
  await until('an answer', async () => (await page.getByLabel('Answer').inputValue()).includes('"persona"'));
  await page.getByText('Query', { exact: true }).click();
  await page.getByText('stateDiff(').waitFor();
});
