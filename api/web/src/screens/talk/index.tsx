/** Talk. */
import { useState } from 'preact/hooks';
import { RetitleDocument } from '../../gql/types';
import { commandId, tell } from '../../net/http';
import { reachable } from '../../net/reach';
import { parcels } from '../../net/outbox';
import { basis, go, isPast, item } from '../../state/place';
import { Face } from '../../ui/face';
import { Icon } from '../../ui/icon';
import { Button, Dialog, Field, IconButton } from '../../ui/parts';
import { toast } from '../../ui/toast';
import { t } from '../../words';
import { PastNote } from '../../bar/past';
import { Composer } from './composer';
import { TalkList } from './list';
import { beginPrivate, canWrite, itsName, me, NEW, say, talks, thread } from './talk';
import { ThreadView } from './thread';

function Rename({ id, title, onDone }: { id: string; title: string; onDone: () => void }) {
  const [text, setText] = useState(title);
  const save = async (event: Event): Promise<void> => {
    event.preventDefault();
    try {
      await tell(RetitleDocument, { commandId: commandId(), conversation: id, title: text.trim(), branch: basis.value.branch });
      onDone();
    } catch (error) {
      toast((error as Error).message, 'bad');
    }
  };
  return (
    <Dialog title={t('talk.rename')} onClose={onDone}>
      <form onSubmit={(event) => void save(event)}>
        <Field label={t('talk.title')}>
          <input type="text" value={text} dir="auto" maxLength={200} onInput={(event) => setText(event.currentTarget.value)} />
        </Field>
        <div class="row">
          <Button kind="quiet" onClick={onDone}>
            {t('do.cancel')}
          </Button>
          <Button kind="primary" type="submit" disabled={!text.trim()}>
            {t('do.save')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function Welcome() {
  return (
    <div class="welcome">
      <Face size={148} label={false} />
      <h2>{t('talk.empty.title', { name: me.value?.person.name ?? '' })}</h2>
      <p>{t('talk.empty.text', { companion: itsName() })}</p>
      <div class="tries">
        {(['talk.try.1', 'talk.try.2', 'talk.try.3'] as const).map((word) => (
          <button key={word} type="button" class="try" onClick={() => void say(t(word))}>
            {t(word)}
          </button>
        ))}
      </div>
    </div>
  );
}

export function Talk() {
  const [renaming, setRenaming] = useState(false);
  const id = item.value;
  const shown = thread.value;
  const fresh = id === NEW;
  const about = shown?.about.value ?? talks.value?.find((talk) => talk.id === id);
  const waiting = parcels.value.some((p) => p.conversation === null);
  const title = fresh ? t(beginPrivate.value ? 'talk.newPrivate' : 'talk.new') : (about?.title ?? t('talk.untitled'));
  return (
    <div class={`talk-screen ${id ? 'with-thread' : ''}`}>
      <TalkList />
      <section class="stage" aria-label={title}>
        {id ? (
          <>
            <header class="stage-head">
              <span class="only-phone">
                <IconButton icon="left" label={t('do.back')} onClick={() => go({ item: '' }, true)} />
              </span>
              <h1 dir="auto">
                {about?.private && <Icon name="lock" />}
                {title}
              </h1>
              {!fresh && !isPast.value && <IconButton icon="edit" label={t('talk.rename')} onClick={() => setRenaming(true)} />}
              <span class="only-phone">
                <Face size={36} label={false} />
              </span>
            </header>
            {!reachable.value && (
              <p class="banner warn" role="status">
                {t('trouble.lost')}
              </p>
            )}
            {fresh && !waiting ? <Welcome /> : <ThreadView key={id} thread={shown} conversation={fresh ? null : id} />}
            {canWrite() ? <Composer /> : <PastNote />}
            {renaming && <Rename id={id} title={about?.title ?? ''} onDone={() => setRenaming(false)} />}
          </>
        ) : (
          <p class="nothing">{t('talk.pick')}</p>
        )}
      </section>
    </div>
  );
}
