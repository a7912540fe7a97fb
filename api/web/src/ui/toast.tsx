/** Short notes at the edge, which go by themselves unless they tell of trouble. */
import { signal } from '@preact/signals';
import { t } from '../words';
import { status } from './announce';
import { Icon } from './icon';

type Note = { id: number; text: string; kind: 'good' | 'bad' };

const notes = signal<Note[]>([]);
let count = 0;

export function toast(text: string, kind: Note['kind'] = 'good'): void {
  count += 1;
  const note = { id: count, text, kind };
  notes.value = [...notes.value.filter((n) => n.text !== text), note].slice(-3);
  status(text);
  if (kind === 'good') setTimeout(() => close(note.id), 3_500);
}

function close(id: number): void {
  notes.value = notes.value.filter((n) => n.id !== id);
}

export function Toasts() {
  return (
    <div class="toasts">
      {notes.value.map((note) => (
        <div key={note.id} class={`toast ${note.kind}`}>
          <span dir="auto">{note.text}</span>
          <button type="button" class="plain" aria-label={t('do.close')} onClick={() => close(note.id)}>
            <Icon name="close" />
          </button>
        </div>
      ))}
    </div>
  );
}
