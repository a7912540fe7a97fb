/** The album: what was kept, with how it felt, by day. */
import { signal } from '@preact/signals';
import { useState } from 'preact/hooks';
import { AlbumDocument, AnnotateDocument, FavourDocument, OneMessageDocument, RevisitDocument, UnkeepDocument, type AlbumQuery, type MemoryType } from '../../gql/types';
import { ask, commandId, tell } from '../../net/http';
import { toneOf } from '../../state/mood';
import { basis, go, isPast } from '../../state/place';
import { useAsk } from '../../state/use';
import { Icon } from '../../ui/icon';
import { Button, Choice, Dialog, Field, IconButton, Shown } from '../../ui/parts';
import { toast } from '../../ui/toast';
import { day, fully, known, t, when } from '../../words';
import { openMessage } from '../talk/talk';
import { MEMORY_TYPES } from '../talk/remember';
import { EventChip, EventDialog } from '../why/event';

type Entry = AlbumQuery['album']['items'][number];

const PAGE = 60;
const only = signal<MemoryType | 'ALL' | 'FAVOURITES'>('ALL');

async function attempt(work: () => Promise<unknown>, said?: string): Promise<void> {
  try {
    await work();
    if (said) toast(said);
  } catch (error) {
    toast((error as Error).message, 'bad');
  }
}

function Edit({ entry, onDone }: { entry: Entry; onDone: () => void }) {
  const [kind, setKind] = useState<MemoryType>(entry.memoryType ?? 'MOMENT');
  const [note, setNote] = useState(entry.note ?? '');
  const [tags, setTags] = useState(entry.tags.join(', '));
  const save = async (event: Event): Promise<void> => {
    event.preventDefault();
    const annotation = { memoryType: kind, note, tags: tags.split(',').map((tag) => tag.trim()).filter(Boolean) };
    await attempt(() => tell(AnnotateDocument, { commandId: commandId(), memory: entry.id, annotation, branch: basis.value.branch }));
    onDone();
  };
  return (
    <Dialog title={t('album.edit')} onClose={onDone}>
      <form onSubmit={(event) => void save(event)}>
        <Choice label={t('album.type')} value={kind} options={MEMORY_TYPES.map((name) => [name, t(`memoryType.${name}`)] as const)} onChange={setKind} />
        <Field label={t('album.note')}>
          <textarea rows={3} dir="auto" value={note} onInput={(event) => setNote(event.currentTarget.value)} />
        </Field>
        <Field label={t('album.tags')}>
          <input type="text" dir="auto" value={tags} onInput={(event) => setTags(event.currentTarget.value)} />
        </Field>
        <div class="row">
          <Button kind="quiet" onClick={onDone}>
            {t('do.cancel')}
          </Button>
          <Button kind="primary" type="submit">
            {t('do.save')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function Remove({ entry, onDone }: { entry: Entry; onDone: () => void }) {
  return (
    <Dialog title={t('album.remove')} onClose={onDone}>
      <p>{t('album.removeAsk')}</p>
      <blockquote class="quote" dir="auto">
        {entry.text}
      </blockquote>
      <div class="row">
        <Button kind="quiet" onClick={onDone}>
          {t('do.cancel')}
        </Button>
        <Button
          kind="danger"
          onClick={() => {
            onDone();
            void attempt(() => tell(UnkeepDocument, { commandId: commandId(), memory: entry.id, branch: basis.value.branch }), t('album.removed'));
          }}
        >
          {t('album.remove')}
        </Button>
      </div>
    </Dialog>
  );
}

function CardOf({ entry }: { entry: Entry }) {
  const [open, setOpen] = useState<'edit' | 'remove' | null>(null);
  const writable = !isPast.value;
  const { tone } = entry;
  const visit = (): void => {
    if (writable) void attempt(() => tell(RevisitDocument, { commandId: commandId(), memory: entry.id, branch: basis.value.branch }));
    if (!entry.message) return go({ screen: 'talk', item: entry.conversation });
    void attempt(async () => {
      const { data } = await ask(OneMessageDocument, { id: entry.message!, ...basis.value });
      openMessage(entry.conversation, data.message.message.position);
    });
  };
  return (
    <article class={`kept ${tone ? `tone-${toneOf({ valence: tone.valence, arousal: tone.arousal, dominance: 0.5 })}` : ''}`} aria-label={entry.text ?? t('talk.erased')}>
      <header>
        <span class="kept-tone">{tone && tone.label !== 'neutral' ? known('emotion', tone.label) : entry.memoryType ? t(`memoryType.${entry.memoryType}`) : ''}</span>
        {writable && (
          <IconButton
            icon="star"
            class={entry.favourite ? 'star on' : 'star'}
            label={t('album.favourite')}
            pressed={entry.favourite}
            onClick={() => void attempt(() => tell(FavourDocument, { commandId: commandId(), memory: entry.id, favourite: !entry.favourite, branch: basis.value.branch }))}
          />
        )}
      </header>
      {entry.text === null ? (
        <p class="erased">{t('talk.erased')}</p>
      ) : (
        <blockquote dir="auto">{entry.text}</blockquote>
      )}
      {entry.note && (
        <p class="kept-note" dir="auto">
          {entry.note}
        </p>
      )}
      {entry.tags.length > 0 && (
        <p class="chips">
          {entry.tags.map((tag) => (
            <span key={tag} class="chip small" dir="auto">
              {tag}
            </span>
          ))}
        </p>
      )}
      <footer>
        <span class="fine" title={fully(entry.saidAt ?? entry.keptAt)}>
          {entry.role === 'PERSON' ? t('talk.you') : (entry.speaker ?? '')} {when(entry.saidAt ?? entry.keptAt, true)}
        </span>
        <EventChip position={entry.position} />
        <button type="button" class="plain" onClick={visit}>
          {t('do.show')}
        </button>
        {writable && (
          <>
            <IconButton icon="edit" label={t('album.edit')} onClick={() => setOpen('edit')} />
            <IconButton icon="close" label={t('album.remove')} onClick={() => setOpen('remove')} />
          </>
        )}
      </footer>
      {open === 'edit' && <Edit entry={entry} onDone={() => setOpen(null)} />}
      {open === 'remove' && <Remove entry={entry} onDone={() => setOpen(null)} />}
    </article>
  );
}

export function Album() {
  const [pages, setPages] = useState(1);
  const filter = only.value === 'ALL' ? {} : only.value === 'FAVOURITES' ? { favourites: true } : { memoryType: only.value };
  const asked = useAsk(AlbumDocument, { filter, first: PAGE * pages, offset: 0, ...basis.value }, { live: true, keep: true });
  const options = [['ALL', t('history.all')], ['FAVOURITES', t('album.favourites')], ...MEMORY_TYPES.map((name) => [name, t(`memoryType.${name}`)])] as [typeof only.value, string][];
  return (
    <div class="page-screen">
      <header class="page-head">
        <h1>{t('album.title')}</h1>
        <Choice label={t('album.type')} value={only.value} options={options} onChange={(name) => (only.value = name)} />
      </header>
      <Shown asked={asked} lines={5}>
        {({ album }) => {
          if (!album.items.length) {
            return (
              <div class="empty">
                <Icon name="album" />
                <h2>{t('album.empty')}</h2>
                <p>{t('album.emptyText')}</p>
                <Button kind="primary" onClick={() => go({ screen: 'talk' })}>
                  {t('screen.talk')}
                </Button>
              </div>
            );
          }
          const days = [...new Set(album.items.map((entry) => day(entry.keptAt)))];
          return (
            <>
              {days.map((date) => (
                <section key={date} class="album-day">
                  <h2>{date}</h2>
                  <div class="album">
                    {album.items
                      .filter((entry) => day(entry.keptAt) === date)
                      .map((entry) => (
                        <CardOf key={entry.id} entry={entry} />
                      ))}
                  </div>
                </section>
              ))}
              {album.total > album.items.length && (
                <div class="row">
                  <Button onClick={() => setPages(pages + 1)}>{t('do.more')}</Button>
                </div>
              )}
            </>
          );
        }}
      </Shown>
      <EventDialog />
    </div>
  );
}
