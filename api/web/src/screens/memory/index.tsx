/** Memory: search with its reasons, and what is known. */
import { useState } from 'preact/hooks';
import { MemoryDocument, MemoryStatsDocument, StateDocument, type MemoryQuery } from '../../gql/types';
import { basis, go, item } from '../../state/place';
import { useAsk } from '../../state/use';
import { Icon } from '../../ui/icon';
import { Button, Card, Shown } from '../../ui/parts';
import { fully, number, percent, t, when } from '../../words';
import { itsName, openMessage } from '../talk/talk';
import { EventChip, EventDialog } from '../why/event';
import { quoted } from '../why/steps';

type Hit = MemoryQuery['memory']['items'][number];
type Fact = { subject: string; predicate: string; object: string; confidence: number | null; sentence: string; position: number };

function HitView({ hit }: { hit: Hit }) {
  const parts = hit.signals.filter((s) => Math.abs(s.part) > 0.01).sort((a, b) => Math.abs(b.part) - Math.abs(a.part));
  const most = Math.max(...parts.map((p) => Math.abs(p.part)), 0.01);
  return (
    <li class="hit">
      <p class="hit-text" dir="auto">
        {hit.kind === 'fact' ? hit.text.split(' | ').join(' · ') : hit.text}
      </p>
      <p class="fine">
        <span class="chip small">{t(hit.kind === 'fact' ? 'memory.fact' : 'memory.turn')}</span>
        <time dateTime={hit.at} title={fully(hit.at)}>
          {when(hit.at, true)}
        </time>
        <EventChip position={hit.position} />
        <button type="button" class="plain" onClick={() => openMessage(hit.conversation, hit.position)}>
          {t('memory.open')}
        </button>
      </p>
      <details>
        <summary>
          {t('memory.explain')} <span class="fine num">{t('why.score', { n: number(hit.score, 2) })}</span>
        </summary>
        <p class="fine">{quoted(hit.reason)}</p>
        <table>
          <tbody>
            {parts.map((p) => (
              <tr key={p.name}>
                <th scope="row">{p.says}</th>
                <td class="wide">
                  <span class={`bar ${p.part < 0 ? 'minus' : ''}`} aria-hidden="true">
                    <i style={{ width: `${(Math.abs(p.part) / most) * 100}%` }} />
                  </span>
                </td>
                <td>{number(p.part, 2)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </li>
  );
}

function Search() {
  const query = item.value ?? '';
  const [text, setText] = useState(query);
  const asked = useAsk(MemoryDocument, query ? { query, first: 20, ...basis.value } : null, { live: true });
  return (
    <Card class="memory-search">
      <form
        role="search"
        class="big-search"
        onSubmit={(event) => {
          event.preventDefault();
          go({ item: text.trim() || null });
        }}
      >
        <Icon name="search" />
        <input type="search" aria-label={t('memory.search')} placeholder={t('memory.search')} value={text} dir="auto" onInput={(event) => setText(event.currentTarget.value)} />
        <button type="submit" class="button primary">
          {t('do.search')}
        </button>
      </form>
      {query && (
        <Shown asked={asked}>
          {({ memory }) =>
            memory.items.length ? (
              <ol class="hits" aria-label={t('memory.results')}>
                {memory.items.map((hit, i) => (
                  <HitView key={`${hit.position} ${i}`} hit={hit} />
                ))}
              </ol>
            ) : (
              <p class="nothing">{memory.nothing ?? t('memory.nothing')}</p>
            )
          }
        </Shown>
      )}
    </Card>
  );
}

function Facts() {
  const asked = useAsk(StateDocument, { name: 'facts', ...basis.value }, { live: true, keep: true });
  return (
    <Card title={t('memory.facts', { name: itsName() })}>
      <Shown asked={asked}>
        {({ state }) => {
          const facts = (state.value as Fact[] | null) ?? [];
          if (!facts.length) return <p class="nothing">{t('memory.noFacts')}</p>;
          const subjects = [...new Set(facts.map((f) => f.subject))];
          return (
            <div class="subjects">
              {subjects.map((subject) => (
                <section key={subject} class="subject">
                  <h3 dir="auto">{subject === 'you' ? t('memory.aboutYou') : t('memory.about', { name: subject })}</h3>
                  <ul>
                    {facts
                      .filter((f) => f.subject === subject)
                      .map((f) => (
                        <li key={`${f.position} ${f.predicate} ${f.object}`} class="fact">
                          <p dir="auto">
                            <span class="predicate">{f.predicate}</span> <strong>{f.object}</strong>
                          </p>
                          <p class="fine" dir="auto">
                            {t('memory.from', { sentence: f.sentence })}
                          </p>
                          <p class="fine">
                            {f.confidence !== null && (
                              <span class="sure" title={t('memory.sure', { n: percent(f.confidence) })}>
                                <i style={{ width: percent(f.confidence).replace(/\s/g, '') }} />
                              </span>
                            )}
                            {f.confidence !== null && t('memory.sure', { n: percent(f.confidence) })} <EventChip position={f.position} />
                          </p>
                        </li>
                      ))}
                  </ul>
                </section>
              ))}
            </div>
          );
        }}
      </Shown>
    </Card>
  );
}

function Stats() {
  const asked = useAsk(MemoryStatsDocument, basis.value, { live: true, keep: true });
  return (
    <Shown asked={asked} lines={1}>
      {({ memoryStats: s }) => (
        <dl class="tiles">
          <div>
            <dd>{number(s.person + s.companion)}</dd>
            <dt>{t('memory.turns')}</dt>
          </div>
          <div>
            <dd>{number(s.facts)}</dd>
            <dt>{t('memory.factsCount')}</dt>
          </div>
          <div>
            <dd>{number(s.sessions)}</dd>
            <dt>{t('memory.sessions')}</dt>
          </div>
          {s.first && (
            <div>
              <dd>{when(s.first)}</dd>
              <dt>{t('memory.since', { time: '' })}</dt>
            </div>
          )}
        </dl>
      )}
    </Shown>
  );
}

export function Memory() {
  return (
    <div class="page-screen">
      <header class="page-head">
        <h1>{t('memory.title')}</h1>
        <span class="row">
          <Button icon="graph" onClick={() => go({ screen: 'graph' })}>
            {t('screen.graph')}
          </Button>
          <Button icon="album" onClick={() => go({ screen: 'album' })}>
            {t('screen.album')}
          </Button>
        </span>
      </header>
      <Stats />
      <Search key={item.value} />
      <Facts />
      <EventDialog />
    </div>
  );
}
