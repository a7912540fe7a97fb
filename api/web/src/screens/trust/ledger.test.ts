import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { broken, bytesOf, checkNote, hexOf, readNote, Tree, verify, type Line } from './ledger';

const sha = (...parts: Uint8Array[]): Buffer => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();

/** The root as the RFC defines it, without any of the short cuts. */
function plainRoot(leaves: Buffer[]): Buffer {
  if (leaves.length === 0) return sha();
  if (leaves.length === 1) return leaves[0]!;
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return sha(new Uint8Array([1]), plainRoot(leaves.slice(0, k)), plainRoot(leaves.slice(k)));
}

test('the tree has the root of RFC 6962 at every size', async () => {
  const leaves: Buffer[] = [];
  const tree = new Tree();
  expect(hexOf(await tree.root())).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  for (let n = 0; n < 70; n += 1) {
    const leaf = sha(new Uint8Array([0, n]));
    leaves.push(leaf);
    await tree.push(bytesOf(leaf.toString('hex')));
    expect(hexOf(await tree.root())).toBe(plainRoot(leaves).toString('hex'));
  }
});

function lines(count: number): Line[] {
  let prev: Buffer = Buffer.alloc(32);
  return Array.from({ length: count }, (_, i) => {
    const body = Buffer.from(`sealed ${i}`);
    const header = Buffer.concat([Buffer.from(`header ${i}`), sha(body), prev]);
    prev = sha(new Uint8Array([0]), header);
    return { position: i + 1, header: header.toString('hex'), leaf: prev.toString('hex'), sealed: body.toString('hex') };
  });
}

async function* paged(all: Line[]): AsyncGenerator<Line[]> {
  for (let i = 0; i < all.length; i += 7) yield all.slice(i, i + 7);
}

async function signed(all: Line[]) {
  const pair = (await crypto.subtle.generateKey({ name: 'Ed25519' }, true, ['sign', 'verify'])) as CryptoKeyPair;
  const raw = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
  const key = Buffer.concat([Buffer.from([1]), raw]);
  const id = sha(Buffer.from('aico/k/main\n'), key).subarray(0, 4);
  const root = plainRoot(all.map((line) => Buffer.from(line.leaf, 'hex')));
  const text = `aico/k/main\n${all.length}\n${root.toString('base64')}\n`;
  const signature = new Uint8Array(await crypto.subtle.sign({ name: 'Ed25519' }, pair.privateKey, new TextEncoder().encode(text)));
  const checkpoint = `${text}\n\u2014 aico/k/main ${Buffer.concat([id, signature]).toString('base64')}\n`;
  return { checkpoint, publicKey: `aico/k/main+${id.toString('hex')}+${key.toString('base64')}`, treeSize: all.length, log: 'aico/k/main' };
}

test('a sound log is sound, signature and all', async () => {
  const all = lines(50);
  const head = await signed(all);
  expect(readNote(head.checkpoint).size).toBe(50);
  expect(await verify(head, paged(all), () => undefined)).toMatchObject({ ok: true, checked: 50, signed: 'good' });
});

test('any bit that is turned over is found, at its place', async () => {
  const all = lines(30);
  const head = await signed(all);
  let seed = 7;
  const pick = (): number => (seed = (seed * 16807) % 2147483647) / 2147483647;
  for (let round = 0; round < 60; round += 1) {
    const at = Math.floor(pick() * 30);
    const copy = all.with(at, broken(all[at]!, pick));
    const verdict = await verify(head, paged(copy), () => undefined);
    expect(verdict.ok).toBe(false);
    expect(verdict.bad).toBe(at + 1);
  }
});

test('what is left out, swapped or signed by another is found', async () => {
  const all = lines(20);
  const head = await signed(all);
  expect(await verify(head, paged(all.slice(0, 19)), () => undefined)).toMatchObject({ ok: false, why: 'short' });
  expect(await verify(head, paged(all.toSpliced(4, 1)), () => undefined)).toMatchObject({ ok: false, bad: 6, why: 'order' });
  const other = await signed(all);
  expect(await checkNote(head.checkpoint, other.publicKey)).toBe('bad');
  expect(await verify({ ...head, checkpoint: head.checkpoint.replace('\n20\n', '\n21\n') }, paged(all), () => undefined)).toMatchObject({ ok: false });
});
