/** A turn: what the person said, and the reply that is looked at. */
import { useState } from 'preact/hooks';
import { liveFor, type Live } from '../../state/live';
import { go, whyOf } from '../../state/place';
import type { Said, Thread, Turn } from '../../state/thread';
import { Icon } from '../../ui/icon';
import { Markdown } from '../../ui/markdown';
import { memo } from '../../ui/memo';
import { copy, IconButton } from '../../ui/parts';
import { speaking, speak, hush, canSpeak } from '../../ui/speech';
import { toast } from '../../ui/toast';
import { fully, t, when } from '../../words';
import { Judge } from './judge';
import { Remember, selectedIn } from './remember';
import { canWrite, itsName } from './talk';

/** Longer than this is folded, so that a pasted book does not stop the page. */
const FOLD = 6_000;

function Words({ said }: { said: Said }) {
  const [whole, setWhole] = useState(false);
  if (said.erased) return <p class="erased">{t('talk.erased')}</p>;
  const text = said.text ?? '';
  const shown = whole || text.length <= FOLD ? text : text.slice(0, FOLD);
  return (
    <>
      {said.role === 'COMPANION' ? <Markdown text={shown} /> : <p class="said" dir="auto">{shown}</p>}
      {shown.length < text.length && (
        <button type="button" class="plain fold" onClick={() => setWhole(true)}>
          … {t('do.all')} ({t('talk.long', { n: text.length })})
        </button>
      )}
      {said.attachments.map((a, i) => (
        <p key={i} class="attachment" dir="auto">
          {a.kind}: {a.caption}
        </p>
      ))}
    </>
  );
}

function Editor({ said, thread, done }: { said: Said; thread: Thread; done: () => void }) {
  const [text, setText] = useState(said.text ?? '');
  const save = async (): Promise<void> => {
    if (!text.trim() || text === said.text) return done();
    if (await thread.edit(said.id, text)) {
      done();
      void thread.again(said.id);
    }
  };
  return (
    <form
      class="editor"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape') done();
        if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
          event.preventDefault();
          void save();
        }
        event.stopPropagation();
      }}
    >
      <textarea aria-label={t('do.edit')} value={text} rows={3} dir="auto" ref={(field) => field?.focus()} onInput={(event) => setText(event.currentTarget.value)} />
      <div class="row">
        <button type="button" class="button quiet" onClick={done}>
          {t('do.cancel')}
        </button>
        <button type="submit" class="button primary">
          {t('do.save')}
        </button>
      </div>
    </form>
  );
}

function Thoughts({ text }: { text: string }) {
  return (
    <details class="thoughts">
      <summary>{t('talk.thoughts')}</summary>
      <p dir="auto">{text}</p>
    </details>
  );
}

function Writing({ live }: { live: Live }) {
  const name = itsName();
  if (live.state.value === 'waiting') {
    return (
      <div class="waiting" aria-hidden="true">
        <i /> <i /> <i />
        <span>{live.thinking.value ? t('talk.thinking') : t('talk.waiting', { name })}</span>
      </div>
    );
  }
  return (
    <div class="writing">
      {live.thinking.value && <Thoughts text={live.thinking.value} />}
      <Markdown text={live.text.value} />
    </div>
  );
}

function interruption(why: string): string {
  if (why === 'crashed') return t('talk.crashed');
  return why === 'model_failed' ? t('talk.failed') : t('talk.stopped');
}

function Variants({ turn, thread }: { turn: Turn; thread: Thread }) {
  const all = turn.replies;
  if (all.length < 2 || !turn.shown || !turn.said) return null;
  const index = all.indexOf(turn.shown);
  const step = (by: number) => () => thread.look(turn.said!.id, all[index + by]!.id);
  const counts = turn.said.selected === turn.shown.id;
  return (
    <span class="variants">
      <IconButton icon="left" label={t('talk.earlierVariant')} disabled={index === 0} onClick={step(-1)} />
      <span>{t('talk.variant', { n: index + 1, m: all.length })}</span>
      <IconButton icon="right" label={t('talk.laterVariant')} disabled={index === all.length - 1} onClick={step(1)} />
      {!counts && canWrite() && (
        <button type="button" class="plain" onClick={() => void thread.choose(turn.shown!.id).then((ok) => ok && toast(t('talk.chosen')))}>
          {t('talk.choose')}
        </button>
      )}
    </span>
  );
}

async function take(text: string): Promise<void> {
  if (await copy(text)) toast(t('do.copied'));
}

function Reply({ turn, thread }: { turn: Turn; thread: Thread }) {
  const [judging, setJudging] = useState<'good' | 'bad' | null>(null);
  const [keeping, setKeeping] = useState<string | null>(null);
  const said = turn.shown!;
  const judged = said.feedback.at(-1)?.reward ?? null;
  const writable = canWrite();
  const judge = (way: 'good' | 'bad') => () => {
    void thread.judge(said.id, way === 'good' ? 1 : -1, null, null);
    setJudging(way);
  };
  return (
    <>
      {said.thinking && <Thoughts text={said.thinking} />}
      <Words said={said} />
      {said.interrupted && (
        <p class="interrupted">
          <Icon name="stop" /> {interruption(said.interrupted)}
        </p>
      )}
      <div class="actions" role="toolbar" aria-label={t('do.more')}>
        <Variants turn={turn} thread={thread} />
        <button
          type="button"
          class={`plain why ${whyOf.value === said.id ? 'on' : ''}`}
          aria-expanded={whyOf.value === said.id}
          data-act="why"
          onClick={() => go({ why: whyOf.value === said.id ? null : said.id }, true)}
        >
          <Icon name="why" /> {t('do.why')}
        </button>
        <IconButton icon="copy" label={t('do.copy')} onClick={() => void take(said.text ?? '')} />
        {writable && <IconButton icon="keep" label={t('do.keep')} onClick={(event) => setKeeping(selectedIn(articleOf(event)))} />}
        {canSpeak && (
          <IconButton
            icon={speaking.value === said.id ? 'stop' : 'aloud'}
            label={speaking.value === said.id ? t('do.hush') : t('do.aloud')}
            onClick={() => (speaking.value === said.id ? hush() : speak(said.id, said.text ?? ''))}
          />
        )}
        {writable && turn.said && <IconButton icon="redo" label={t('do.redo')} onClick={() => void thread.again(turn.said!.id)} />}
        {writable && <IconButton icon="good" label={t('do.good')} pressed={judged !== null && judged > 0} onClick={judge('good')} />}
        {writable && <IconButton icon="bad" label={t('do.bad')} pressed={judged !== null && judged < 0} onClick={judge('bad')} />}
      </div>
      {keeping !== null && <Remember message={said.id} quote={keeping} onDone={() => setKeeping(null)} />}
      {judging && <Judge way={judging} onDone={() => setJudging(null)} send={(reason, text) => thread.judge(said.id, judging === 'good' ? 1 : -1, reason, text)} />}
    </>
  );
}

/** The message that a control belongs to. */
function articleOf(event: Event): Element | null {
  return (event.currentTarget as Element).closest('article');
}

function Stamp({ said, name }: { said: Said; name: string }) {
  return (
    <header id={`h-${said.id}`}>
      <h3>{said.speaker ?? name}</h3>
      <time dateTime={said.occurredAt} title={fully(said.occurredAt)}>
        {when(said.occurredAt, true)}
      </time>
      {said.edited && <span class="note">{t('talk.edited')}</span>}
    </header>
  );
}

function Turned({ turn, thread }: { turn: Turn; thread: Thread }) {
  const [editing, setEditing] = useState(false);
  const [keeping, setKeeping] = useState<string | null>(null);
  const live = turn.said ? liveFor(turn.said.id) : undefined;
  const reply = live ? null : turn.shown;
  const name = itsName();
  const atTop = turn.said !== null && thread.sent.value === turn.said.id;
  return (
    <div class={`turn ${atTop ? 'at-top' : ''}`} data-turn={turn.key}>
      {turn.said && (
        <article class="message person" aria-labelledby={`h-${turn.said.id}`} tabIndex={-1} data-message={turn.said.id} data-position={turn.said.position}>
          <Stamp said={turn.said} name={t('talk.you')} />
          {editing ? <Editor said={turn.said} thread={thread} done={() => setEditing(false)} /> : <div class="bubble"><Words said={turn.said} /></div>}
          {!editing && (
            <div class="actions" role="toolbar" aria-label={t('do.more')}>
              <IconButton icon="copy" label={t('do.copy')} onClick={() => void take(turn.said?.text ?? '')} />
              {canWrite() && !turn.said.erased && <IconButton icon="keep" label={t('do.keep')} onClick={(event) => setKeeping(selectedIn(articleOf(event)))} />}
              {canWrite() && !turn.said.erased && <IconButton icon="edit" label={t('do.edit')} onClick={() => setEditing(true)} />}
            </div>
          )}
          {keeping !== null && <Remember message={turn.said.id} quote={keeping} onDone={() => setKeeping(null)} />}
        </article>
      )}
      {live && (
        <article class="message companion" aria-label={name} aria-busy="true">
          <header>
            <h3>{name}</h3>
          </header>
          <Writing live={live} />
        </article>
      )}
      {reply && (
        <article class="message companion" aria-labelledby={`h-${reply.id}`} tabIndex={-1} data-message={reply.id} data-position={reply.position}>
          <Stamp said={reply} name={name} />
          <Reply turn={turn} thread={thread} />
        </article>
      )}
    </div>
  );
}

const same = (a: readonly Said[], b: readonly Said[]): boolean => a.length === b.length && a.every((m, i) => m === b[i]);

export const TurnView = memo(
  Turned,
  (a, b) => a.thread === b.thread && a.turn.said === b.turn.said && a.turn.shown === b.turn.shown && same(a.turn.replies, b.turn.replies),
);

