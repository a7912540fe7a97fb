/** The picture of how much happened when, one bar for each stretch of events, coloured by lane. */
import { stretch, t } from '../words';

export type Bucket = { from: number; through: number; start: string | null; end: string | null; counts: unknown };

export const LANES = ['conversation', 'feeling', 'memory', 'skill', 'feedback', 'branch', 'person'] as const;

/** A pause longer than this is worth a word. */
const IDLE = 4 * 3_600_000;

/** Pauses: where they are, from 0 to 1, and how long. At most the four longest, with room between them. */
export function gaps(buckets: readonly Bucket[], head: number): { at: number; text: string }[] {
  const found: { at: number; long: number }[] = [];
  for (let i = 1; i < buckets.length; i += 1) {
    const [before, after] = [buckets[i - 1]!, buckets[i]!];
    const long = Date.parse(after.start ?? '') - Date.parse(before.end ?? '');
    if (long > IDLE) found.push({ at: place(after.from, head), long });
  }
  const shown: { at: number; long: number }[] = [];
  for (const gap of found.sort((a, b) => b.long - a.long)) {
    if (shown.length < 4 && gap.at > 0.05 && gap.at < 0.95 && shown.every((other) => Math.abs(other.at - gap.at) > 0.12)) shown.push(gap);
  }
  return shown.map(({ at, long }) => ({ at, text: t('time.idle', { time: stretch(long) }) }));
}

/** Where a position is on the bar, from 0 to 1. */
export function place(position: number, head: number): number {
  return head > 1 ? (position - 1) / (head - 1) : 1;
}

export function draw(canvas: HTMLCanvasElement, buckets: readonly Bucket[], head: number, at: number | null): void {
  const { width, height } = canvas.getBoundingClientRect();
  if (!width) return;
  const ratio = devicePixelRatio;
  if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
  if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
  const pen = canvas.getContext('2d');
  if (!pen) return;
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  const style = getComputedStyle(canvas);
  const colours = LANES.map((lane) => style.getPropertyValue(`--lane-${lane}`).trim());
  const sums = buckets.map((bucket) => LANES.map((lane) => (bucket.counts as Record<string, number>)[lane] ?? 0));
  // By the root, so that a quiet day still shows beside a busy one; per event, as stretches differ in length.
  const weight = (i: number): number => {
    const bucket = buckets[i]!;
    return Math.sqrt(sums[i]!.reduce((a, b) => a + b, 0) / Math.max(1, bucket.through - bucket.from + 1));
  };
  const top = Math.max(0.01, ...buckets.map((_, i) => weight(i)));
  const inner = width - 16;
  const x = (position: number): number => 8 + place(position, head) * inner;
  buckets.forEach((bucket, i) => {
    const left = x(bucket.from);
    const wide = Math.min(9, Math.max(1.5, x(Math.min(head, bucket.through + 1)) - left - 1.2));
    const total = sums[i]!.reduce((a, b) => a + b, 0);
    if (!total) return;
    const tall = 3 + (height - 9) * (weight(i) / top);
    let y = height - 2;
    pen.globalAlpha = at !== null && bucket.from > at ? 0.22 : 0.92;
    LANES.forEach((_, lane) => {
      const part = (sums[i]![lane]! / total) * tall;
      if (!part) return;
      pen.fillStyle = colours[lane] ?? '#888';
      pen.beginPath();
      pen.roundRect(left, y - part, wide, Math.max(1, part - 0.5), 1.2);
      pen.fill();
      y -= part;
    });
  });
  pen.globalAlpha = 1;
}
