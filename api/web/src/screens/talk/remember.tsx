/** Keeping a message in the album: a whole one, or the words that are selected. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { RememberDocument, type MemoryType } from '../../gql/types';
import { commandId, tell } from '../../net/http';
import { basis } from '../../state/place';
import { Button, Choice } from '../../ui/parts';
import { toast } from '../../ui/toast';
import { t } from '../../words';

export const MEMORY_TYPES = ['MOMENT', 'FACT', 'INSIGHT', 'MILESTONE', 'WISDOM'] as const satisfies readonly MemoryType[];

/** The words that are selected within an element. */
export function selectedIn(box: Element | null): string {
  const selection = getSelection();
  if (!selection || selection.isCollapsed || !box?.contains(selection.anchorNode) || !box.contains(selection.focusNode)) return '';
  return selection.toString().trim();
}

export function Remember({ message, quote, onDone }: { message: string; quote: string; onDone: () => void }) {
  const [kind, setKind] = useState<MemoryType>('MOMENT');
  const [note, setNote] = useState('');
  const [tags, setTags] = useState('');
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.scrollIntoView({ block: 'nearest' }), []);
  const keep = async (event: Event): Promise<void> => {
    event.preventDefault();
    const wanted = {
      message,
      memoryType: kind,
      ...(quote ? { quote } : {}),
      ...(note.trim() ? { note: note.trim() } : {}),
      tags: tags.split(',').map((tag) => tag.trim()).filter(Boolean),
    };
    try {
      await tell(RememberDocument, { commandId: commandId(), keep: wanted, branch: basis.value.branch });
      toast(t('album.kept'));
      onDone();
    } catch (error) {
      toast((error as Error).message, 'bad');
    }
  };
  return (
    <form class="judge" ref={form} onSubmit={(event) => void keep(event)}>
      {quote && (
        <blockquote class="quote" dir="auto">
          {quote}
        </blockquote>
      )}
      <Choice label={t('album.type')} value={kind} options={MEMORY_TYPES.map((name) => [name, t(`memoryType.${name}`)] as const)} onChange={setKind} />
      <input type="text" aria-label={t('album.note')} placeholder={t('album.note')} dir="auto" value={note} onInput={(event) => setNote(event.currentTarget.value)} />
      <input type="text" aria-label={t('album.tags')} placeholder={t('album.tags')} dir="auto" value={tags} onInput={(event) => setTags(event.currentTarget.value)} />
      <div class="row">
        <Button kind="quiet" onClick={onDone}>
          {t('do.cancel')}
        </Button>
        <Button kind="primary" type="submit">
          {t('album.keep')}
        </Button>
      </div>
    </form>
  );
}
