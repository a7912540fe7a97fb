/** Who and what is known, and how they relate: one first, then all of it. */
import { useState } from 'preact/hooks';
import { GraphDocument, type GraphQuery } from '../../gql/types';
import { go, isPast, item } from '../../state/place';
import { useAsk } from '../../state/use';
import { Card, Choice, Shown } from '../../ui/parts';
import { known, t } from '../../words';
import { EventDialog } from '../why/event';
import { holds, moment, shownTime } from './moment';
import { People } from './people';
import { nameOf, Picture } from './picture';
import { Query } from './query';
import { Ties } from './table';

/** More than these make no picture. */
const MOST = 220;
const VIEWS = ['around', 'map', 'people', 'query'] as const;
type View = (typeof VIEWS)[number];

function pick(name: string): void {
  go({ item: name });
}

function Clock() {
  const day = holds.value !== 'now' && holds.value !== 'ever' ? holds.value : '';
  return (
    <div class="row clock">
      <Choice
        label={t('graph.holds')}
        value={day ? 'day' : holds.value}
        options={[['now', t(isPast.value ? 'graph.then' : 'graph.now')], ['ever', t('graph.ever')], ['day', t('graph.day')]]}
        onChange={(value) => (holds.value = value === 'day' ? new Date().toISOString().slice(0, 10) : value)}
      />
      {day && (
        <input type="date" aria-label={t('graph.day')} value={day} onChange={(event) => event.currentTarget.value && (holds.value = event.currentTarget.value)} />
      )}
    </div>
  );
}

function Properties({ node }: { node: GraphQuery['graph']['nodes'][number] | undefined }) {
  if (!node || (!node.properties.length && node.aliases.length < 2)) return null;
  return (
    <dl class="facts-list">
      {node.aliases.length > 1 && (
        <div>
          <dt>{t('graph.aliases')}</dt>
          <dd dir="auto">{node.aliases.filter((alias) => alias !== node.name).join(', ')}</dd>
        </div>
      )}
      {node.properties.map((p) => (
        <div key={`${p.key} ${p.value}`}>
          <dt>{known('predicate', p.key)}</dt>
          <dd dir="auto">{p.value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Seen({ name, depth }: { name: string | null; depth: number }) {
  const asked = useAsk(GraphDocument, { name, depth: name === null ? null : depth, ...moment() }, { live: true, keep: true });
  return (
    <Shown asked={asked} lines={6}>
      {({ graph }) => {
        if (!graph.nodes.length) return <p class="nothing">{name === null || name === 'you' ? t('graph.empty') : t('graph.unknown', { name })}</p>;
        const lower = name?.toLowerCase();
        const center = name === null ? undefined : graph.nodes.find((n) => n.name.toLowerCase() === lower || n.aliases.some((a) => a.toLowerCase() === lower));
        const now = shownTime(graph.basis.time);
        const fits = graph.nodes.length <= MOST;
        const kinds = [...new Set(graph.nodes.map((n) => n.kind))].sort();
        return (
          <>
            {fits ? (
              <Picture nodes={graph.nodes} ties={graph.edges} center={center?.id ?? null} now={now} onPick={pick} />
            ) : (
              <p class="nothing">{t('graph.tooMany', { n: graph.nodes.length, m: MOST })}</p>
            )}
            <p class="fine legend">
              {kinds.map((kind) => (
                <span key={kind} class={`kind-${kind}`}>
                  {known('graphKind', kind)}
                </span>
              ))}
            </p>
            <Properties node={center} />
            <Ties ties={graph.edges} now={now} onPick={pick} />
          </>
        );
      }}
    </Shown>
  );
}

function Around({ name }: { name: string }) {
  const [text, setText] = useState('');
  const [depth, setDepth] = useState<'1' | '2'>('1');
  return (
    <Card title={nameOf(name)}>
      <div class="row">
        <form
          role="search"
          class="graph-search"
          onSubmit={(event) => {
            event.preventDefault();
            if (text.trim()) pick(text.trim());
            setText('');
          }}
        >
          <input type="search" aria-label={t('graph.find')} placeholder={t('graph.find')} value={text} dir="auto" onInput={(event) => setText(event.currentTarget.value)} />
        </form>
        <Choice label={t('graph.depth')} value={depth} options={[['1', t('graph.near')], ['2', t('graph.further')]]} onChange={setDepth} />
        <Clock />
      </div>
      <Seen name={name} depth={Number(depth)} />
    </Card>
  );
}

export function Graph() {
  const shown = item.value ?? '';
  const view: View = VIEWS.find((name) => shown === `~${name}`) ?? 'around';
  return (
    <div class="page-screen">
      <header class="page-head">
        <h1>{t('graph.title')}</h1>
        <Choice label={t('graph.title')} value={view} options={VIEWS.map((name) => [name, t(`graph.${name}`)] as const)} onChange={(name) => go({ item: name === 'around' ? null : `~${name}` })} />
      </header>
      {view === 'around' && <Around name={shown || 'you'} />}
      {view === 'map' && (
        <Card title={t('graph.map')} aside={<Clock />}>
          <Seen name={null} depth={1} />
        </Card>
      )}
      {view === 'people' && <People onPick={pick} />}
      {view === 'query' && <Query />}
      <EventDialog />
    </div>
  );
}
