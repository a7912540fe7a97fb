import { describe, expect, it } from 'vitest';
import { around, HEIGHT, map, WIDTH } from './layout';

const nodes = (count: number) => Array.from({ length: count }, (_, i) => ({ id: `n${i}`, recorded: i }));
const star = (count: number) => Array.from({ length: count - 1 }, (_, i) => ({ source: 'n0', target: `n${i + 1}` }));

describe('the picture of the graph', () => {
  it('lets everybody stand where they stood when somebody comes', () => {
    const before = around('n0', nodes(6), star(6));
    const after = around('n0', nodes(7), star(7));
    for (const [id, place] of before) expect(after.get(id)).toEqual(place);
  });

  it('puts nobody onto another, and everybody into the picture', () => {
    for (const places of [around('n0', nodes(18), star(18)), map(nodes(40), star(40))]) {
      const all = [...places.values()];
      for (const p of all) expect(p.x >= 0 && p.x <= WIDTH && p.y >= 0 && p.y <= HEIGHT).toBe(true);
      all.forEach((p, i) => all.slice(0, i).forEach((q) => expect(Math.hypot(p.x - q.x, p.y - q.y)).toBeGreaterThan(14)));
    }
  });

  it('is the same each time', () => {
    expect(map(nodes(30), star(30))).toEqual(map([...nodes(30)].reverse(), star(30)));
  });

  it('knows what to do with one, and with none', () => {
    expect(map(nodes(1), []).get('n0')).toEqual({ x: WIDTH / 2, y: HEIGHT / 2 });
    expect(map([], []).size).toBe(0);
    expect(around('n0', nodes(2), []).size).toBe(2);
  });
});
