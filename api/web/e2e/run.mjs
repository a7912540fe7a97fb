// End-to-end tests: node run.mjs [files]. Needs a built `aico` and Chromium; says so when one is not there.
import { existsSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '../../..');
const binary = process.env.AICO_BINARY ?? join(process.env.CARGO_TARGET_DIR ?? join(root, 'target'), 'debug/aico');
const chromium = [process.env.AICO_CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => path && existsSync(path));

function skip(why) {
  console.log(`skipped: the tests of the window: ${why}`);
  process.exit(process.env.CI === 'true' ? 1 : 0);
}

if (!existsSync(binary)) skip(`there is no ${binary}; build it with cargo build -p aico`);
if (!chromium) skip('Chromium is not there');
if (!existsSync(join(here, 'node_modules/playwright-core')) || !existsSync(join(here, 'node_modules/axe-core'))) {
  const done = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: here, stdio: ['ignore', 'ignore', 'inherit'] });
  if (done.status !== 0) skip('npm could not install playwright-core and axe-core');
}

const [what = 'test', ...rest] = process.argv.slice(2);
const env = { ...process.env, AICO_BINARY: binary, AICO_CHROMIUM: chromium };
const scripts = { screens: 'screens.mjs', measure: 'measure.mjs' };
if (scripts[what]) {
  process.exit(spawnSync(process.execPath, [join(here, scripts[what]), ...rest], { env, stdio: 'inherit' }).status ?? 1);
}
const files = what === 'test' ? (rest.length ? rest : ['talk', 'lost', 'time', 'graph', 'bad', 'access']) : [what, ...rest];
const tests = files.map((name) => join(here, `${name}.test.mjs`));
const run = ['--test', '--test-concurrency=1', '--test-timeout=240000', '--test-reporter=spec', ...tests];
process.exit(spawnSync(process.execPath, run, { env, stdio: 'inherit' }).status ?? 1);
