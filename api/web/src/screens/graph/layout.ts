/**
 * Where nodes stand. Nothing is drawn by chance: the same nodes stand in the same places each time, and who comes later
 * takes a place of its own without moving the others.
 */
export type Node = { id: string; recorded: number };
export type Edge = { source: string; target: string };
export type Point = { x: number; y: number };

/** Turns by this angle never fall onto each other, however many there are. */
const GOLDEN = Math.PI * (3 - Math.sqrt(5));
export const WIDTH = 760;
export const HEIGHT = 520;
const MIDDLE = { x: WIDTH / 2, y: HEIGHT / 2 };

function inOrder<N extends Node>(nodes: readonly N[]): N[] {
  return [...nodes].sort((a, b) => a.recorded - b.recorded || (a.id < b.id ? -1 : 1));
}

function at(angle: number, distance: number): Point {
  // The room is wider than high.
  return { x: MIDDLE.x + Math.cos(angle) * distance * 1.45, y: MIDDLE.y + Math.sin(angle) * distance };
}

/** One in the middle, its neighbours around it in the order in which they became known, theirs beyond them. */
export function around(center: string, nodes: readonly Node[], edges: readonly Edge[]): Map<string, Point> {
  const places = new Map<string, Point>([[center, MIDDLE]]);
  const angles = new Map<string, number>();
  const beside = (id: string): Set<string> =>
    new Set(edges.flatMap((e) => (e.source === id ? [e.target] : e.target === id ? [e.source] : [])));
  const near = beside(center);
  const first = inOrder(nodes.filter((n) => near.has(n.id) && n.id !== center));
  first.forEach((n, i) => {
    const angle = i * GOLDEN - Math.PI / 2;
    angles.set(n.id, angle);
    places.set(n.id, at(angle, first.length > 6 ? 130 + (i % 3) * 26 : 130));
  });
  const rest = inOrder(nodes.filter((n) => !places.has(n.id)));
  const children = new Map<string, number>();
  for (const n of rest) {
    const parent = [...beside(n.id)].find((id) => angles.has(id)) ?? '';
    const nth = children.get(parent) ?? 0;
    children.set(parent, nth + 1);
    const side = nth % 2 ? 1 : -1;
    const angle = (angles.get(parent) ?? n.recorded * GOLDEN) + side * Math.ceil(nth / 2) * 0.26;
    places.set(n.id, at(angle, 232));
  }
  return places;
}

const STEPS = 160;

/** All of it: springs along the relations and a push between everybody (Fruchterman and Reingold 1991), from a spiral. */
export function map(nodes: readonly Node[], edges: readonly Edge[]): Map<string, Point> {
  const ordered = inOrder(nodes);
  const index = new Map(ordered.map((n, i) => [n.id, i]));
  const spread = Math.sqrt((WIDTH * HEIGHT) / Math.max(1, ordered.length));
  const points = ordered.map((_, i) => {
    const distance = spread * 0.5 * Math.sqrt(i);
    return { x: Math.cos(i * GOLDEN) * distance, y: Math.sin(i * GOLDEN) * distance };
  });
  const links = edges.flatMap((e) => {
    const [a, b] = [index.get(e.source), index.get(e.target)];
    return a === undefined || b === undefined || a === b ? [] : [[a, b] as const];
  });
  for (let step = 0; step < STEPS; step += 1) {
    const moves = points.map((p) => ({ x: -p.x * 0.02, y: -p.y * 0.03 }));
    for (let a = 0; a < points.length; a += 1) {
      for (let b = 0; b < a; b += 1) {
        const [p, q] = [points[a]!, points[b]!];
        const [dx, dy] = [p.x - q.x, p.y - q.y];
        const push = (spread * spread * 0.35) / Math.max(dx * dx + dy * dy, 1);
        moves[a]!.x += dx * push;
        moves[a]!.y += dy * push;
        moves[b]!.x -= dx * push;
        moves[b]!.y -= dy * push;
      }
    }
    for (const [a, b] of links) {
      const [p, q] = [points[a]!, points[b]!];
      const pull = Math.hypot(p.x - q.x, p.y - q.y) / spread / 6;
      moves[a]!.x -= (p.x - q.x) * pull;
      moves[a]!.y -= (p.y - q.y) * pull;
      moves[b]!.x += (p.x - q.x) * pull;
      moves[b]!.y += (p.y - q.y) * pull;
    }
    const most = spread * 0.4 * (1 - step / STEPS);
    points.forEach((p, i) => {
      const move = moves[i]!;
      const length = Math.hypot(move.x, move.y) || 1;
      p.x += (move.x / length) * Math.min(length, most);
      p.y += (move.y / length) * Math.min(length, most);
    });
  }
  return fitted(ordered, points);
}

function fitted(nodes: readonly Node[], points: readonly Point[]): Map<string, Point> {
  const extent = (values: number[]): [number, number] => [Math.min(...values), Math.max(...values)];
  const [left, right] = extent(points.map((p) => p.x));
  const [top, bottom] = extent(points.map((p) => p.y));
  const margin = 48;
  const into = (value: number, from: number, to: number, size: number): number =>
    to - from < 1 ? size / 2 : margin + ((value - from) / (to - from)) * (size - 2 * margin);
  return new Map(nodes.map((n, i) => [n.id, { x: into(points[i]!.x, left, right, WIDTH), y: into(points[i]!.y, top, bottom, HEIGHT) }]));
}
