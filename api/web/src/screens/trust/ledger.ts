/**
 * The ledger, verified in the browser: headers, digests and chain of every event, the Merkle tree over them (RFC 6962), and
 * the signature of the checkpoint (C2SP signed note, Ed25519). Nothing of it is taken from the server but the bytes.
 */

export type Line = { position: number; header: string; leaf: string; sealed: string };
export type Head = { checkpoint: string; publicKey: string; treeSize: number; log: string };
export type Verdict = { ok: boolean; checked: number; bad?: number; why?: Why; root?: string; signed?: 'good' | 'bad' | 'unknown' };
export type Why = 'leaf' | 'body' | 'chain' | 'order' | 'root' | 'signature' | 'short';

type Bytes = Uint8Array<ArrayBuffer>;

export function bytesOf(hex: string): Bytes {
  const bytes = new Uint8Array(hex.length / 2);
  for (let i = 0; i < bytes.length; i += 1) bytes[i] = Number.parseInt(hex.slice(i * 2, i * 2 + 2), 16);
  return bytes;
}

export function hexOf(bytes: Bytes): string {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
}

function base64(text: string): Bytes {
  return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
}

async function sha256(...parts: Bytes[]): Promise<Bytes> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return new Uint8Array(await crypto.subtle.digest('SHA-256', whole));
}

const LEAF = new Uint8Array([0]);
const NODE = new Uint8Array([1]);

/** The tree as the roots of its full subtrees, the largest first. */
export class Tree {
  private readonly peaks: { hash: Bytes; height: number }[] = [];
  size = 0;

  async push(leaf: Bytes): Promise<void> {
    let hash = leaf;
    let height = 0;
    while (this.peaks.at(-1)?.height === height) {
      hash = await sha256(NODE, this.peaks.pop()!.hash, hash);
      height += 1;
    }
    this.peaks.push({ hash, height });
    this.size += 1;
  }

  async root(): Promise<Bytes> {
    const peaks = [...this.peaks];
    let hash = peaks.pop()?.hash;
    if (!hash) return sha256();
    while (peaks.length) hash = await sha256(NODE, peaks.pop()!.hash, hash);
    return hash;
  }
}

/** A note: what is signed, its size and root, and its signatures. */
export function readNote(note: string): { text: string; size: number; root: string; signatures: { name: string; bytes: Bytes }[] } {
  const cut = note.indexOf('\n\n');
  const text = note.slice(0, cut + 1);
  const [, size, root] = text.split('\n');
  const signatures = note
    .slice(cut + 2)
    .split('\n')
    .flatMap((line) => {
      const match = /^\u2014 (\S+) (\S+)$/.exec(line);
      return match ? [{ name: match[1]!, bytes: base64(match[2]!) }] : [];
    });
  return { text, size: Number(size), root: hexOf(base64(root ?? '')), signatures };
}

/** Whether a note is signed by a key written as `name+hash+base64`. Browsers without Ed25519 cannot tell. */
export async function checkNote(note: string, publicKey: string): Promise<'good' | 'bad' | 'unknown'> {
  const { text, signatures } = readNote(note);
  // The name may hold `+`; the hash and the key do not hold it in their first part.
  const match = /^(.+)\+([0-9a-f]{8})\+(.+)$/.exec(publicKey);
  if (!match) return 'bad';
  const key = base64(match[3]!);
  let verifier: CryptoKey;
  try {
    verifier = await crypto.subtle.importKey('raw', key.slice(1), { name: 'Ed25519' }, false, ['verify']);
  } catch {
    return 'unknown';
  }
  for (const { name, bytes } of signatures) {
    if (name !== match[1] || hexOf(bytes.slice(0, 4)) !== match[2]) continue;
    const good = await crypto.subtle.verify({ name: 'Ed25519' }, verifier, bytes.slice(4), new TextEncoder().encode(text));
    return good ? 'good' : 'bad';
  }
  return 'bad';
}

/** What the end of a header says: the digest of the body, and the leaf before. */
function tail(header: Bytes): { digest: string; prev: string } {
  return { digest: hexOf(header.slice(-64, -32)), prev: hexOf(header.slice(-32)) };
}

/** Checks every line and the tree over them against the checkpoint. Pages come in order. */
export async function verify(head: Head, pages: AsyncIterable<Line[]>, told: (done: number) => void): Promise<Verdict> {
  const note = readNote(head.checkpoint);
  const tree = new Tree();
  let before = '0'.repeat(64);
  let expected = 1;
  for await (const page of pages) {
    const hashes = await Promise.all(
      page.map(async (line) => {
        const header = bytesOf(line.header);
        return { header, leaf: await sha256(LEAF, header), body: hexOf(await sha256(bytesOf(line.sealed))) };
      }),
    );
    for (const [i, line] of page.entries()) {
      const { header, leaf, body } = hashes[i]!;
      const { digest, prev } = tail(header);
      const bad = (why: Why): Verdict => ({ ok: false, checked: tree.size, bad: line.position, why });
      if (line.position !== expected) return bad('order');
      if (prev !== before) return bad('chain');
      if (hexOf(leaf) !== line.leaf) return bad('leaf');
      // An erased body is gone, and its digest stays.
      if (line.sealed && body !== digest) return bad('body');
      before = line.leaf;
      expected += 1;
      await tree.push(leaf);
    }
    told(tree.size);
  }
  const root = hexOf(await tree.root());
  if (tree.size !== note.size) return { ok: false, checked: tree.size, why: 'short', root };
  if (root !== note.root) return { ok: false, checked: tree.size, why: 'root', root };
  const signed = await checkNote(head.checkpoint, head.publicKey);
  if (signed === 'bad') return { ok: false, checked: tree.size, why: 'signature', root, signed };
  return { ok: true, checked: tree.size, root, signed };
}

/** A copy with one bit turned over, somewhere in the header or the sealed body of one event. */
export function broken(line: Line, pick: () => number): Line {
  const part = pick() < 0.5 && line.sealed ? 'sealed' : 'header';
  const bytes = bytesOf(line[part]);
  const at = Math.floor(pick() * bytes.length);
  bytes[at] = bytes[at]! ^ (1 << Math.floor(pick() * 8));
  return { ...line, [part]: hexOf(bytes) };
}
