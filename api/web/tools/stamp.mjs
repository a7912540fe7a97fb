// Writes dist/BUILD.json: a number over the sources, by which a test of the server sees that dist is not older than them,
// and a number over what was built, under which browsers keep it. FNV-1a with 64 bits over each name and its content.
import { readdirSync, readFileSync, writeFileSync, rmSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

function walk(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? walk(path) : [path];
  });
}

function fnv(names, root) {
  let hash = 0xcbf29ce484222325n;
  const eat = (bytes) => {
    for (const byte of bytes) hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn;
  };
  for (const name of names) {
    eat(Buffer.from(name));
    eat([0]);
    eat(readFileSync(`${root}/${name}`));
    eat([0]);
  }
  return hash.toString(16).padStart(16, '0');
}

// The order of bytes, as the server sorts.
const byBytes = (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b));
const sources = ['index.html', 'package-lock.json', 'vite.config.ts', 'tsconfig.json', ...walk('src'), ...walk('public')];
rmSync('dist/BUILD.json', { force: true });
const built = walk('dist').map((path) => path.slice('dist/'.length));
const stamp = {
  build: fnv(built.sort(byBytes), 'dist').slice(0, 12),
  sources: fnv(sources.sort(byBytes), '.'),
};
writeFileSync('dist/BUILD.json', `${JSON.stringify(stamp, null, 2)}\n`);

const LIMIT = 90 * 1024;
const shell = gzipSync(readFileSync('dist/a/app.js'), { level: 9 }).length;
const styles = gzipSync(readFileSync('dist/a/app.css'), { level: 9 }).length;
console.log(`script of the shell ${(shell / 1024).toFixed(1)} KB compressed, styles ${(styles / 1024).toFixed(1)} KB`);
if (shell > LIMIT) {
  console.error(`the shell is over ${LIMIT / 1024} KB`);
  process.exit(1);
}
