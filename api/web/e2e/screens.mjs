// Pictures of every screen, desktop and phone, dark and light: node run.mjs screens [folder].
import { mkdirSync } from 'node:fs';
import { cleanUp, Home, newContext, openWindow, sleep, until } from './lib.mjs';

const folder = process.argv[2] ?? 'pictures';
mkdirSync(folder, { recursive: true });

/** An evening's talk, so that there is something to see. */
const TALK = [
  'My sister Anna lives in Lisbon',
  'I am very happy today, I planted a fig tree in the garden',
  'I am worried about my exam on Friday',
  'My brother Tom works at the harbour in Oslo',
  'Where does my sister live?',
  'Thank you, that is kind of you',
  'I passed my exam, I am so relieved and proud!',
  'I like walking by the sea in the evening',
  'What do you remember about my family?',
];

try {
  const home = await new Home().start();
  const garden = await home.begin('Garden plans');
  await home.say('The roses need water every second day', garden);
  await home.say('What did I say about the roses?', garden);
  const secret = await home.begin('Just between us', true);
  await home.say('I want to surprise Anna', secret);
  let said = await home.say(TALK[0]);
  for (const text of TALK.slice(1)) said = await home.say(text, said.conversation);
  for (const [i, reward] of [[0, 1], [1, 1], [2, -1]]) {
    const { conversation: c } = await home.ask('query($i: ID!) { conversation(id: $i) { messages(last: 40) { id role } } }', { i: said.conversation });
    const reply = c.messages.filter((m) => m.role === 'COMPANION')[i];
    await home.ask('mutation($c: ID!, $v: ID!, $r: ID!, $w: Float!) { giveFeedback(commandId: $c, conversation: $v, reply: $r, reward: $w) { position } }', { c: crypto.randomUUID(), v: said.conversation, r: reply.id, w: reward });
  }
  const head = await home.head();
  const places = {
    talk: `#/talk/${said.conversation}`,
    list: '#/talk',
    why: `#/talk/${said.conversation}?why=${said.reply}`,
    past: `#/talk/${said.conversation}?at=${Math.round(head * 0.6)}`,
    welcome: '#/talk/new',
    memory: '#/memory/sister',
    album: '#/album',
    graph: '#/graph',
    feelings: '#/feelings',
    history: '#/history',
    compare: '#/history/compare',
    branches: '#/history/branches',
    trust: '#/trust',
    system: '#/system',
    api: '#/system/api',
    settings: '#/settings',
  };
  const wanted = process.argv[3]?.split(',') ?? Object.keys(places);
  for (const [device, viewport, touch] of [['desktop', { width: 1440, height: 900 }, false], ['phone', { width: 390, height: 844 }, true]]) {
    for (const colorScheme of ['dark', 'light']) {
      const context = await newContext({ viewport, colorScheme, hasTouch: touch, isMobile: touch, deviceScaleFactor: touch ? 2 : 1 });
      const page = await openWindow(home, { context });
      for (const [name, place] of Object.entries(places).filter(([name]) => wanted.includes(name))) {
        await page.evaluate((hash) => (location.hash = hash), place);
        await until('something to see', () => page.evaluate(() => document.querySelector('main')?.innerText.length > 20 && !document.querySelector('main .ghost')));
        await sleep(350);
        await page.screenshot({ path: `${folder}/${name}-${device}-${colorScheme}.png` });
      }
      await context.close();
    }
  }
  const outside = await (await newContext({ viewport: { width: 1440, height: 900 } })).newPage();
  await outside.goto(home.url);
  await outside.getByRole('heading', { level: 1 }).waitFor();
  await outside.screenshot({ path: `${folder}/enter-desktop-light.png` });
  console.log(`pictures are in ${folder}`);
} finally {
  await cleanUp();
}
