/** History: what happened, two moments compared, and branches. */
import { signal } from '@preact/signals';
import { useState } from 'preact/hooks';
import { TimelineDocument } from '../../gql/types';
import { LANES } from '../../bar/strip';
import { at, basis, go, item } from '../../state/place';
import { useAsk } from '../../state/use';
import { Button, Card, Choice, Shown } from '../../ui/parts';
import { day, fully, t, when, type Word } from '../../words';
import { openMessage } from '../talk/talk';
import { EventChip, EventDialog } from '../why/event';
import { Branches } from './branches';
import { Compare } from './compare';

const lane = signal<string>('all');

/** `ReplyCompleted` as words: `Reply completed`. */
export function typeWords(type: string): string {
  const words = type.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function Happened() {
  const [before, setBefore] = useState<number | null>(null);
  const lanes = lane.value === 'all' ? null : [lane.value];
  const asked = useAsk(TimelineDocument, { ...basis.value, after: null, before, last: 80, lanes }, { live: before === null, keep: true });
  return (
    <Card
      title={t('history.events')}
      aside={
        <select aria-label={t('history.filter')} value={lane.value} onChange={(event) => { lane.value = event.currentTarget.value; setBefore(null); }}>
          <option value="all">{t('history.all')}</option>
          {LANES.map((name) => (
            <option key={name} value={name}>
              {t(`lane.${name}` as Word)}
            </option>
          ))}
        </select>
      }
    >
      <Shown asked={asked} lines={8}>
        {({ timeline }) => {
          if (!timeline.items.length) return <p class="nothing">{t('history.none')}</p>;
          let last = '';
          return (
            <>
              <ol class="timeline">
                {[...timeline.items].reverse().map((entry) => {
                  const date = day(entry.recordedAt);
                  const heading = date !== last;
                  last = date;
                  return (
                    <li key={entry.position}>
                      {heading && <h3 class="timeline-day">{date}</h3>}
                      <div class={`entry ${at.value === entry.position ? 'on' : ''}`}>
                        <i class={`lane lane-${entry.lane}`} aria-hidden="true" />
                        <button type="button" class="entry-go" onClick={() => go({ at: entry.position })} title={t('why.goto')}>
                          <span>{typeWords(entry.type)}</span>
                          <span class="fine">{t(`lane.${entry.lane}` as Word)}</span>
                        </button>
                        {entry.conversation && (
                          <button type="button" class="plain" onClick={() => openMessage(entry.conversation!, entry.position)}>
                            {t('do.show')}
                          </button>
                        )}
                        <time dateTime={entry.recordedAt} title={fully(entry.recordedAt)}>
                          {when(entry.recordedAt, true)}
                        </time>
                        <EventChip position={entry.position} />
                      </div>
                    </li>
                  );
                })}
              </ol>
              <div class="row">
                {before !== null && <Button onClick={() => setBefore(null)}>{t('time.newest')}</Button>}
                {timeline.items.length >= 80 && <Button onClick={() => setBefore(timeline.items[0]!.position)}>{t('history.earlier')}</Button>}
              </div>
            </>
          );
        }}
      </Shown>
    </Card>
  );
}

const TABS = ['events', 'compare', 'branches'] as const;
type Tab = (typeof TABS)[number];

export function History() {
  const tab = (TABS as readonly string[]).includes(item.value ?? '') ? (item.value as Tab) : 'events';
  return (
    <div class="page-screen">
      <header class="page-head">
        <h1>{t('history.title')}</h1>
        <Choice label={t('history.title')} value={tab} options={TABS.map((name) => [name, t(`history.tab.${name}`)] as const)} onChange={(name) => go({ item: name })} />
      </header>
      {tab === 'events' && <Happened />}
      {tab === 'compare' && <Compare />}
      {tab === 'branches' && <Branches />}
      <EventDialog />
    </div>
  );
}
