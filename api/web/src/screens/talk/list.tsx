/** Conversations, and a search through their titles and through memory. */
import { signal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import { MemoryDocument } from '../../gql/types';
import { runs } from '../../state/live';
import { basis, go, isPast, item } from '../../state/place';
import { useAsk } from '../../state/use';
import { Face } from '../../ui/face';
import { Icon } from '../../ui/icon';
import { IconButton } from '../../ui/parts';
import { fully, t, when } from '../../words';
import { SinceThen } from './since';
import { beginPrivate, NEW, openMessage, talks, talksTrouble } from './talk';

const filter = signal('');

function Found({ query }: { query: string }) {
  const [settled, setSettled] = useState(query);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(query), 220);
    return () => clearTimeout(timer);
  }, [query]);
  const asked = useAsk(MemoryDocument, settled.trim().length > 1 ? { query: settled, first: 6, ...basis.value } : null);
  const hits = asked.data?.memory.items ?? [];
  if (!hits.length) return null;
  return (
    <section>
      <h3 class="list-heading">{t('talk.inMemory')}</h3>
      <ul class="talks">
        {hits.map((hit) => (
          <li key={hit.position + hit.text}>
            <button type="button" class="talk" onClick={() => openMessage(hit.conversation, hit.position)}>
              <span class="talk-title two" dir="auto">
                {hit.text}
              </span>
              <span class="talk-when">{when(hit.at)}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

export function begin(quietly: boolean): void {
  beginPrivate.value = quietly;
  go({ screen: 'talk', item: NEW, at: null });
}

export function TalkList() {
  const words = filter.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const all = talks.value;
  const shown = (all ?? []).filter((talk) => words.every((word) => (talk.title ?? '').toLocaleLowerCase().includes(word)));
  const busy = new Set([...runs.value.values()].filter((live) => live.state.value !== 'done').map((live) => live.conversation));
  return (
    <aside class="list-panel" aria-label={t('talk.list')}>
      <header class="list-head">
        <h2>{t('talk.list')}</h2>
        {!isPast.value && (
          <>
            <IconButton icon="lock" label={t('talk.newPrivate')} onClick={() => begin(true)} />
            <IconButton icon="plus" label={t('talk.new')} onClick={() => begin(false)} />
          </>
        )}
      </header>
      <label class="search">
        <Icon name="search" />
        <span class="unseen">{t('talk.filter')}</span>
        <input
          type="search"
          id="search"
          placeholder={t('talk.filter')}
          value={filter.value}
          onInput={(event) => (filter.value = event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Escape') filter.value = '';
          }}
        />
      </label>
      <nav class="list-scroll" aria-label={t('talk.list')} tabIndex={0}>
        {all === null && !talksTrouble.value && (
          <div class="ghost" aria-hidden="true">
            <div />
            <div />
            <div />
          </div>
        )}
        {all?.length === 0 && <p class="nothing">{t('talk.none')}</p>}
        {all && all.length > 0 && shown.length === 0 && <p class="nothing">{t('talk.noMatch')}</p>}
        <ul class="talks">
          {shown.map((talk) => (
            <li key={talk.id}>
              <button
                type="button"
                class={`talk ${item.value === talk.id ? 'on' : ''}`}
                aria-current={item.value === talk.id ? 'true' : undefined}
                onClick={() => go({ screen: 'talk', item: talk.id })}
              >
                <span class="talk-title" dir="auto">
                  {talk.private && <Icon name="lock" />}
                  {talk.title ?? t('talk.untitled')}
                </span>
                <span class="talk-when" title={fully(talk.lastActivity)}>
                  {busy.has(talk.id) ? <i class="pulse" /> : when(talk.lastActivity)}
                </span>
                <span class="talk-count">{t('talk.count', { n: talk.messages })}</span>
              </button>
            </li>
          ))}
        </ul>
        {words.length > 0 && <Found query={filter.value} />}
      </nav>
      <footer class="list-foot">
        <Face size={84} />
        <SinceThen />
      </footer>
    </aside>
  );
}
