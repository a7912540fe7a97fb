/** The picture: names as buttons, relations as lines. What it shows stands in the table as well. */
import type { KnotFragment, TieFragment } from '../../gql/types';
import { known, t } from '../../words';
import { around, HEIGHT, map, WIDTH } from './layout';

/** What is over is drawn faintly, as of the moment that is shown. */
export function isOver(tie: TieFragment, now: number): boolean {
  return tie.validUntil !== null && Date.parse(tie.validUntil) <= now;
}

/** `lives_in` as words. */
export function predicateWords(predicate: string): string {
  return known('predicate', predicate);
}

export function nameOf(name: string): string {
  return name === 'you' ? t('graph.you') : name;
}

export function Picture(props: {
  nodes: readonly KnotFragment[];
  ties: readonly TieFragment[];
  center: string | null;
  now: number;
  onPick: (name: string) => void;
}) {
  const { nodes, ties, center, now } = props;
  const places = center === null ? map(nodes, ties) : around(center, nodes, ties);
  const at = (id: string) => places.get(id) ?? { x: 0, y: 0 };
  const count = (id: string): number => ties.filter((tie) => tie.source === id || tie.target === id).length;
  // The lines of two relations between the same two would hide each other.
  const drawn = new Map<string, number>();
  return (
    <svg class="graph-picture" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="group" aria-label={t('graph.picture')}>
      {ties.map((tie) => {
        const pair = [tie.source, tie.target].sort().join(' ');
        const nth = drawn.get(pair) ?? 0;
        drawn.set(pair, nth + 1);
        const [a, b] = [at(tie.source), at(tie.target)];
        const bend = nth === 0 ? 0 : (nth % 2 ? 1 : -1) * 26 * Math.ceil(nth / 2);
        const length = Math.hypot(b.x - a.x, b.y - a.y) || 1;
        const middle = { x: (a.x + b.x) / 2 - ((b.y - a.y) / length) * bend, y: (a.y + b.y) / 2 + ((b.x - a.x) / length) * bend };
        return (
          <g key={tie.id} class={`tie ${isOver(tie, now) ? 'over' : ''}`} aria-hidden="true">
            <path d={`M${a.x} ${a.y}Q${middle.x} ${middle.y} ${b.x} ${b.y}`} />
            {(tie.source === center || tie.target === center) && (
              <text x={(a.x + b.x) / 4 + middle.x / 2} y={(a.y + b.y) / 4 + middle.y / 2 - 4}>
                {predicateWords(tie.predicate)}
              </text>
            )}
          </g>
        );
      })}
      {nodes.map((node) => {
        const place = at(node.id);
        const ties = count(node.id);
        const size = node.id === center ? 15 : 8 + Math.min(6, Math.sqrt(ties) * 1.6);
        return (
          <g
            key={node.id}
            class={`knot kind-${node.kind} ${node.id === center ? 'center' : ''}`}
            transform={`translate(${place.x} ${place.y})`}
            role="button"
            // In SVG the name of the attribute is written small, or it is none.
            tabindex={0}
            aria-label={t('graph.node', { name: nameOf(node.name), kind: known('graphKind', node.kind), n: ties })}
            onClick={() => props.onPick(node.name)}
            onKeyDown={(event) => {
              if (event.key !== 'Enter' && event.key !== ' ') return;
              event.preventDefault();
              props.onPick(node.name);
            }}
          >
            <circle r={size} />
            <text y={size + 15}>{nameOf(node.name)}</text>
          </g>
        );
      })}
    </svg>
  );
}
