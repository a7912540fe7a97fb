/** Where one writes. What is typed is kept with every stop of the fingers. */
import { signal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { runs } from '../../state/live';
import { branch, item } from '../../state/place';
import { Icon } from '../../ui/icon';
import { IconButton } from '../../ui/parts';
import { t } from '../../words';
import { beginPrivate, draftOf, itsName, keepDraft, NEW, say, thread } from './talk';

/** Room for the rest of the request within the server's megabyte. */
const MAX = 900_000;

/** Longer drafts are not measured to fit. */
const LONG = 4_000;

export const draft = signal('');
let saver: ReturnType<typeof setTimeout> | undefined;

/** Puts a text back into the field, in front of what is there. */
export function draftBack(text: string): void {
  draft.value = draft.value ? `${text}\n${draft.value}` : text;
  document.querySelector<HTMLTextAreaElement>('#write')?.focus();
}

/** The direction of the first letter. `dir=auto` would do the same, and take half a minute for a pasted megabyte. */
function directionOf(text: string): 'ltr' | 'rtl' {
  const letter = /\p{L}/u.exec(text.slice(0, 500))?.[0] ?? '';
  return /[\u0591-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFC]/.test(letter) ? 'rtl' : 'ltr';
}

function place(): string {
  return `${branch.value}/${item.value ?? NEW}`;
}

export function Composer() {
  const field = useRef<HTMLTextAreaElement>(null);
  const where = place();
  const run = [...runs.value.values()].find((live) => live.conversation === item.value && live.state.value !== 'done');

  // Before anybody can type into it: what is typed is never taken away.
  useLayoutEffect(() => {
    let mine = true;
    draft.value = '';
    void draftOf(where).then((text) => {
      if (mine && text && !draft.value) draft.value = text;
    });
    // Who is somewhere else already stays there.
    if (matchMedia('(pointer: fine)').matches && document.activeElement === document.body) field.current?.focus({ preventScroll: true });
    return () => {
      mine = false;
    };
  }, [where]);

  // As tall as its text, within limits. Where the browser does it by itself, nothing is measured.
  useEffect(() => {
    const box = field.current;
    if (!box || draft.value.length > LONG || CSS.supports('field-sizing', 'content')) return;
    box.style.height = 'auto';
    box.style.height = `${Math.min(box.scrollHeight, 220)}px`;
  }, [draft.value]);

  const write = (text: string): void => {
    draft.value = text;
    clearTimeout(saver);
    saver = setTimeout(() => void keepDraft(where, text), 250);
  };
  const send = (): void => {
    const text = draft.value.trim();
    if (!text || text.length > MAX) return;
    clearTimeout(saver);
    draft.value = '';
    // The draft goes when the outbox has it, and not before.
    void say(text).then(() => (draft.value ? undefined : keepDraft(where, '')));
    field.current?.focus();
  };
  const tooLong = draft.value.length > MAX;
  const quiet = item.value === NEW ? beginPrivate.value : (thread.value?.about.value?.private ?? false);

  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {quiet && (
        <p class="quietly">
          <Icon name="lock" /> {t('talk.privateText')}
        </p>
      )}
      {tooLong && (
        <p class="fate" role="alert">
          {t('talk.tooLong', { n: draft.value.length, m: MAX })}
        </p>
      )}
      <div class="composer-row">
        <label class="unseen" for="write">
          {t('talk.write', { name: itsName() })}
        </label>
        <textarea
          id="write"
          ref={field}
          rows={1}
          class={draft.value.length > LONG ? 'long' : ''}
          dir={directionOf(draft.value)}
          value={draft.value}
          placeholder={t('talk.write', { name: itsName() })}
          aria-describedby="write-hint"
          enterkeyhint="send"
          onInput={(event) => write(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
              event.preventDefault();
              send();
            } else if (event.key === 'Escape' && run) {
              event.preventDefault();
              void thread.value?.stop(run.run);
            } else if (event.key === 'ArrowUp' && !draft.value) {
              const edits = document.querySelectorAll<HTMLButtonElement>(`.message.person [aria-label="${t('do.edit')}"]`);
              if (edits.length) event.preventDefault();
              edits[edits.length - 1]?.click();
            }
          }}
        />
        {run ? (
          <IconButton icon="stop" class="primary" label={t('talk.stop')} keys="Escape" onClick={() => void thread.value?.stop(run.run)} />
        ) : (
          <button type="submit" class="icon-button primary" aria-label={t('talk.send')} title={t('talk.send')} disabled={!draft.value.trim() || tooLong}>
            <Icon name="send" />
          </button>
        )}
      </div>
      <p id="write-hint" class="hint">
        {draft.value.length > 2_000 ? t('talk.long', { n: draft.value.length }) : t('talk.hint')}
      </p>
    </form>
  );
}

