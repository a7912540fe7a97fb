/** The messages of a conversation. Pages far from view are empty boxes of the same height; scrolling up loads more. */
import { useSignalEffect } from '@preact/signals';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { parcels, withdraw, type Parcel } from '../../net/outbox';
import { reachable } from '../../net/reach';
import { runs } from '../../state/live';
import type { Thread, Turn } from '../../state/thread';
import { Button, IconButton } from '../../ui/parts';
import { ago, day, t } from '../../words';
import { draftBack } from './composer';
import { TurnView } from './message';

const PAGE_TURNS = 24;
/** A guess of the height of a turn that was never drawn. */
const GUESS = 170;

type Page = { key: string; turns: Turn[] };

/** Cuts turns into pages whose borders stay where they are when older ones come in front. */
function paged(turns: Turn[]): Page[] {
  const pages: Page[] = [];
  const rest = turns.length % PAGE_TURNS;
  for (let start = 0; start < turns.length; ) {
    const size = start === 0 && rest ? rest : PAGE_TURNS;
    const part = turns.slice(start, start + size);
    pages.push({ key: part.at(-1)!.key, turns: part });
    start += size;
  }
  return pages;
}

function PageView({ page, thread, last }: { page: Page; thread: Thread; last: boolean }) {
  const ref = useRef<HTMLDivElement>(null);
  const height = useRef(0);
  const [near, setNear] = useState(true);
  useEffect(() => {
    const box = ref.current;
    const root = box?.closest('.thread');
    if (!box || !root) return;
    const watcher = new IntersectionObserver(
      ([seen]) => {
        if (!seen) return;
        if (!seen.isIntersecting) height.current = box.offsetHeight || height.current;
        setNear(seen.isIntersecting);
      },
      { root, rootMargin: '1600px 0px' },
    );
    watcher.observe(box);
    return () => watcher.disconnect();
  }, []);
  const drawn = near || last;
  let before = '';
  return (
    <div ref={ref} class="page" style={drawn ? undefined : { height: `${height.current || page.turns.length * GUESS}px` }}>
      {drawn &&
        page.turns.map((turn) => {
          const time = (turn.said ?? turn.shown)!.occurredAt;
          const date = day(time);
          const heading = date !== before;
          before = date;
          return (
            <div key={turn.key}>
              {heading && (
                <div class="day">
                  <span>{date}</span>
                </div>
              )}
              <TurnView turn={turn} thread={thread} />
            </div>
          );
        })}
    </div>
  );
}

function Waiting({ parcel }: { parcel: Parcel }) {
  return (
    <article class="message person pending" aria-label={t('talk.you')}>
      <div class="bubble">
        <p class="said" dir="auto">
          {parcel.text.length > 2_000 ? `${parcel.text.slice(0, 2_000)} …` : parcel.text}
        </p>
      </div>
      <p class="fate">
        {parcel.stuck ? t('talk.cannotSend', { why: parcel.trouble ?? '' }) : parcel.trouble || (parcel.kept && !reachable.value) ? t('talk.notSent') : t('talk.sending')}{' '}
        {(parcel.stuck || parcel.trouble || !reachable.value) && (
          <button
            type="button"
            class="plain"
            onClick={() => {
              withdraw(parcel);
              draftBack(parcel.text);
            }}
          >
            {t('talk.takeBack')}
          </button>
        )}
      </p>
    </article>
  );
}

export function ThreadView({ thread, conversation }: { thread: Thread | null; conversation: string | null }) {
  const box = useRef<HTMLDivElement>(null);
  const turns = thread?.turns.value ?? [];
  const pages = useMemo(() => paged(turns), [turns]);
  const [away, setAway] = useState(false);
  const waiting = parcels.value.filter((p) => p.conversation === conversation || (p.conversation === null && !conversation));
  const first = turns[0]?.key;
  const memory = useRef({ id: '', first: '', height: 0, placed: false });

  // Opens at the newest, or at the message asked for; older pages in front do not move what is read.
  useLayoutEffect(() => {
    const view = box.current;
    if (!view || !thread || !turns.length) return;
    const was = memory.current;
    const goal = thread.goal.value;
    if (was.id !== thread.id + thread.at || goal !== null || !was.placed) {
      if (goal !== null) {
        const target = [...view.querySelectorAll<HTMLElement>('[data-position]')].findLast((m) => Number(m.dataset['position']) <= goal);
        if (target) {
          target.scrollIntoView({ block: 'center' });
          target.classList.add('found');
          thread.goal.value = null;
        }
      } else view.scrollTop = view.scrollHeight;
      was.placed = true;
    } else if (first !== was.first && thread.sent.value === null) view.scrollTop += view.scrollHeight - was.height;
    memory.current = { id: thread.id + thread.at, first: first ?? '', height: view.scrollHeight, placed: was.placed };
  }, [thread, first, turns.length === 0, thread?.goal.value, thread?.loading.value]);

  // What was just said goes to the top, once; its answer grows below and nothing moves any more.
  useSignalEffect(() => {
    const sent = thread?.sent.value;
    if (!sent) return;
    requestAnimationFrame(() =>
      requestAnimationFrame(() => box.current?.querySelector(`[data-turn="${sent}"]`)?.scrollIntoView({ block: 'start', behavior: 'auto' })),
    );
  });
  useLayoutEffect(() => {
    if (waiting.length && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [waiting.length > 0]);

  const look = (): void => {
    const view = box.current;
    if (!view || !thread) return;
    memory.current.height = view.scrollHeight;
    if (view.scrollTop < 600) void thread.more('earlier');
    const below = view.scrollHeight - view.scrollTop - view.clientHeight;
    if (below < 600) void thread.more('later');
    setAway(below > 160);
  };
  const writing = [...runs.value.values()].some((live) => live.conversation === conversation && live.state.value === 'writing');

  return (
    <div class="thread-box">
      <div class="thread" ref={box} onScroll={look} role="log" aria-live="off" aria-label={t('talk.thread')} tabIndex={0}>
        {thread?.kept.value != null && <p class="banner">{t('talk.offline', { ago: ago(new Date(thread.kept.value).toISOString()) })}</p>}
        {thread?.trouble.value && !turns.length && (
          <div class="trouble" role="alert">
            <p>{thread.trouble.value.kind === 'lost' ? t('trouble.lost') : t('trouble.went', { why: thread.trouble.value.message })}</p>
            <Button onClick={() => void thread.load()}>{t('do.again')}</Button>
          </div>
        )}
        {thread?.loading.value && !turns.length && (
          <div class="ghost talkish" aria-hidden="true">
            <div />
            <div />
            <div />
            <div />
          </div>
        )}
        {pages.map((page, i) => (
          <PageView key={page.key} page={page} thread={thread!} last={i === pages.length - 1} />
        ))}
        {waiting.map((parcel) => (
          <div class="turn" key={parcel.commandId}>
            <Waiting parcel={parcel} />
          </div>
        ))}
      </div>
      {away && (
        <div class="to-end">
          <IconButton
            icon="down"
            label={writing ? t('talk.newText') : t('talk.down')}
            onClick={() => {
              if (thread?.later.value) void thread.load();
              else if (box.current) box.current.scrollTop = box.current.scrollHeight;
            }}
          />
        </div>
      )}
    </div>
  );
}
