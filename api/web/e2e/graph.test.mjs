import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { cleanUp, Home, openWindow, until } from './lib.mjs';

let home;
let first;
before(async () => {
  home = await new Home().start();
  first = await home.say('My sister Anna lives in Lisbon.');
  await home.say('My brother Tom lives in Oslo.', first.conversation);
  // What is learned follows the reply.
  await until('the graph', async () => (await home.ask('{ graph { edges { id } } }')).graph.edges.length >= 4);
});
after(cleanUp);

test('one name first, then the next, each relation down to its sentence', async () => {
  const page = await openWindow(home, { path: '#/graph' });
  await page.locator('.knot.center', { hasText: 'you' }).waitFor();
  await page.getByRole('button', { name: /^Anna, person/ }).focus();
  await page.keyboard.press('Enter');
  await page.locator('.knot.center', { hasText: 'Anna' }).waitFor();
  assert.match(page.url(), /#\/graph\/Anna/i);
  await page.locator('.ties tr', { hasText: 'Lisbon' }).getByRole('button', { name: 'sentence' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.locator('q', { hasText: 'My sister Anna lives in Lisbon' }).waitFor();
  await page.keyboard.press('Escape');
  assert.deepEqual(page.complaints, []);
});

test('the whole map has what the table has, and the past knows no more than it did', async () => {
  const page = await openWindow(home, { path: '#/graph/~map' });
  await page.locator('.knot', { hasText: 'Oslo' }).waitFor();
  await page.locator('.ties tr', { hasText: 'Oslo' }).first().waitFor();
  const { events } = await home.ask('{ events(first: 1, types: ["ReplyCompleted"]) { items { position } } }');
  await page.evaluate((at) => (location.hash = `#/graph/~map?at=${at}`), events.items[0].position);
  await until('Oslo is gone', async () => (await page.locator('.knot', { hasText: 'Lisbon' }).count()) === 1 && (await page.locator('.knot', { hasText: 'Oslo' }).count()) === 0);
});

test('a query reads, and what cannot be read is said where it is', async () => {
  const page = await openWindow(home, { path: '#/graph/~query' });
  const field = page.getByRole('textbox', { name: 'Query' });
  await field.fill("MATCH (a {name: 'Anna'})-[r:LIVES_IN]->(b) RETURN b.name AS town");
  await page.getByRole('button', { name: 'Run' }).click();
  await page.getByRole('cell', { name: 'Lisbon' }).waitFor();
  await field.fill('MATCH (a RETURN a');
  await page.getByRole('button', { name: 'Run' }).click();
  await until('where it is wrong', async () => /line 1|1:/.test(await page.locator('.card .trouble').innerText()));
  await field.fill("CREATE (a {name: 'Eve'})");
  await page.getByRole('button', { name: 'Run' }).click();
  await until('it is refused', async () => /CREATE|read/i.test(await page.locator('.card .trouble').innerText()));
});

test('what is not so counts no more, and stays in the past', async () => {
  const page = await openWindow(home, { path: '#/graph/Tom' });
  await page.locator('.ties tr', { hasText: 'Oslo' }).getByRole('button', { name: 'sentence' }).click();
  await page.getByRole('button', { name: 'That is not so' }).click();
  await until('Oslo is gone', async () => (await page.locator('.knot', { hasText: 'Oslo' }).count()) === 0);
  const head = await home.head();
  await page.evaluate((at) => (location.hash = `#/graph/Tom?at=${at}`), head - 1);
  await page.locator('.knot', { hasText: 'Oslo' }).waitFor();
});
