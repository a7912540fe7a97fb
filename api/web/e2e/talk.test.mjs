import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { cleanUp, converse, Home, openWindow, newContext, replies, slowModel, until, write } from './lib.mjs';

let home;
before(async () => {
  home = await new Home().start();
});
after(cleanUp);

test('from the first run to the first reply, by a link that works once', async () => {
  const page = await (await newContext()).newPage();
  await page.goto(home.link);
  await page.getByRole('heading', { name: /Hello, Friend/ }).waitFor();
  assert.ok(!page.url().includes('ticket'), page.url());
  await page.getByRole('button', { name: 'My sister Anna lives in Lisbon' }).click();
  await until('the reply', async () => (await page.locator('.message.companion[data-message]').count()) === 1);
  await until('its title in the list', () => page.locator('.talk-title', { hasText: 'My sister Anna' }).isVisible());
  const other = await (await newContext()).newPage();
  await other.goto(home.link);
  await other.getByRole('heading', { name: 'Open your window' }).waitFor();
  assert.match(await other.getByRole('alert').innerText(), /used already/);
  await other.getByLabel('Link or token').fill(home.token);
  await other.getByRole('button', { name: 'Let me in' }).click();
  await other.locator('.talk-title').first().waitFor();
});

test('a reply is judged with a reason, and that counts for its skill', async () => {
  const page = await openWindow(home);
  const reply = (await converse(home, page, 'Where does my sister live?')).locator('.message.companion');
  const before = (await home.ask('{ state(name: "skills") { value } }')).state.value;
  await reply.hover();
  await reply.getByRole('button', { name: 'Good answer', exact: true }).click();
  await reply.getByText('It remembered').click();
  await reply.getByRole('button', { name: 'Send feedback' }).click();
  const sum = (arms) => arms.reduce((total, arm) => total + arm.judged, 0);
  await until('the skill learns', async () => sum((await home.ask('{ state(name: "skills") { value } }')).state.value) > sum(before));
  await until('the thumb stays', async () => (await reply.getByRole('button', { name: 'Good answer', exact: true }).getAttribute('aria-pressed')) === 'true');
});

test('answering again keeps both answers, and either can count', async () => {
  const page = await openWindow(home);
  const last = await converse(home, page, 'Tell me something about my sister');
  await last.locator('.message.companion').hover();
  await last.getByRole('button', { name: 'Answer again' }).click();
  await last.getByText('2 of 2').waitFor();
  await last.getByRole('button', { name: 'Earlier answer' }).click();
  await last.getByText('1 of 2').waitFor();
  await last.getByRole('button', { name: 'Let this one count' }).click();
  await until('it counts', async () => !(await last.getByRole('button', { name: 'Let this one count' }).isVisible()));
});

test('an edited message is answered anew', async () => {
  const page = await openWindow(home);
  const last = await converse(home, page, 'I live in Berln');
  await page.locator('#write').press('ArrowUp');
  await last.locator('.editor textarea').fill('I live in Berlin');
  await page.keyboard.press('Enter');
  await last.getByText('edited').waitFor();
  await last.getByText('2 of 2').waitFor();
  assert.match(await last.locator('.bubble').innerText(), /Berlin/);
});

test('why: every step of a reply, down to its event', async () => {
  const page = await openWindow(home);
  const reply = (await converse(home, page, 'Where does my sister live?')).locator('.message.companion');
  await reply.getByRole('button', { name: 'Why this?' }).click();
  const panel = page.locator('.inspector');
  for (const heading of ['What was said', 'What came to mind', 'How to answer', 'How it felt', 'What was noticed', 'Parts of the prompt']) {
    await panel.getByRole('heading', { name: heading }).first().waitFor();
  }
  await panel.getByText('The prompt', { exact: true }).click();
  await panel.getByText('This is the prompt byte for byte').waitFor();
  await panel.locator('.recalled .event-chip').first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('MessageReceived').or(dialog.getByText('ReplyCompleted')).or(dialog.getByText('FactsExtracted')).first().waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await until('the panel closes', async () => !(await panel.isVisible()));
});

test('a private conversation never becomes memory', async () => {
  const page = await openWindow(home);
  await page.getByRole('button', { name: 'New private conversation' }).click();
  await page.getByText('Private: nothing said here becomes memory.').waitFor();
  await converse(home, page, 'My secret garden is in Zanzibar');
  const { memory } = await home.ask('{ memory(query: "Zanzibar") { items { text } } }');
  assert.ok(!memory.items.some((item) => item.text.includes('Zanzibar')), JSON.stringify(memory));
  await page.getByText('Private: nothing said here becomes memory.').waitFor();
});

test('search finds titles and what was said, and opens it', async () => {
  const page = await openWindow(home);
  await page.keyboard.press('Escape');
  await page.locator('#search').fill('Berlin');
  const found = page.locator('.list-scroll section .talk').first();
  await found.waitFor();
  await found.click();
  await page.locator('.message', { hasText: 'Berlin' }).first().waitFor();
});

test('a message is kept in the album, noted, made a favourite and taken out again', async () => {
  const page = await openWindow(home, { path: '#/talk/new' });
  const said = (await converse(home, page, 'I painted the fence green with Anna')).locator('.message.person');
  await said.hover();
  await said.getByRole('button', { name: 'Remember' }).click();
  await said.getByLabel('A note (optional)').fill('a good afternoon');
  await said.getByRole('button', { name: 'Keep it' }).click();
  await page.getByText('Kept in the album.').first().waitFor();
  await page.evaluate(() => (location.hash = '#/album'));
  const card = page.locator('.kept', { hasText: 'painted the fence' });
  await card.getByText('a good afternoon').waitFor();
  await card.getByRole('button', { name: 'Favourite' }).click();
  await until('the star', async () => (await card.getByRole('button', { name: 'Favourite' }).getAttribute('aria-pressed')) === 'true');
  await card.getByRole('button', { name: 'Take out' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Take out' }).click();
  await until('it is out', async () => (await card.count()) === 0);
  assert.equal((await home.ask('{ album { total } }')).album.total, 0);
});

test('two tabs see the same reply while it is written, and one stops it', async () => {
  const model = await slowModel({ words: 3_000, pause: 25 });
  const slow = await new Home(model.config).start();
  const context = await newContext();
  const one = await openWindow(slow, { context });
  await write(one, 'Count for me');
  await until('words', async () => (await replies(one))[0]?.includes('word1.5'));
  const two = await openWindow(slow, { context });
  await until('the same words in the second tab', async () => (await replies(two))[0]?.includes('word1.5'));
  assert.ok(await one.locator('.writing').isVisible());
  await two.keyboard.press('Escape');
  for (const page of [one, two]) await page.getByText('Stopped here.').waitFor();
  const [first] = await replies(one);
  assert.ok(first.includes('word1.5') && !first.includes('word1.2999'), first);
  assert.deepEqual(await replies(two), [first]);
  assert.deepEqual([...one.complaints, ...two.complaints], []);
});
