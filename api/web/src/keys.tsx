/** The keyboard: every action has a way that needs no mouse. */
import { signal } from '@preact/signals';
import { step } from './bar';
import { begin } from './screens/talk/list';
import { thread } from './screens/talk/talk';
import { runs } from './state/live';
import { go, item, SCREENS, whyOf } from './state/place';
import { keys } from './state/prefs';
import { Dialog } from './ui/parts';
import { t } from './words';

export const helpOpen = signal(false);

function messages(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>('article[data-message]')];
}

function walk(by: number): void {
  const all = messages();
  const here = all.indexOf(document.activeElement?.closest('article[data-message]') as HTMLElement);
  const next = all[here < 0 ? (by > 0 ? 0 : all.length - 1) : Math.max(0, Math.min(all.length - 1, here + by))];
  next?.focus();
  next?.scrollIntoView({ block: 'nearest' });
}

/** Presses a button of the message that has the focus. */
function press(label: string): boolean {
  const message = document.activeElement?.closest('article[data-message]');
  const button = [...(message?.querySelectorAll<HTMLButtonElement>('.actions button') ?? [])].find(
    (b) => b.getAttribute('aria-label') === label || b.dataset['act'] === label,
  );
  button?.click();
  return button !== undefined;
}

function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return;
  if (event.altKey && (event.key === 'ArrowLeft' || event.key === 'ArrowRight')) {
    event.preventDefault();
    return step(event.key === 'ArrowLeft' ? -1 : 1);
  }
  const target = event.target as HTMLElement;
  const writing = target.matches('input:not([type=radio]):not([type=range]), textarea, select, [contenteditable]');
  if (event.key === 'Escape' && !document.querySelector('dialog[open]')) {
    const run = [...runs.value.values()].find((live) => live.conversation === item.value && live.state.value !== 'done');
    if (run) void thread.value?.stop(run.run);
    else if (whyOf.value) go({ why: null }, true);
    return;
  }
  if (writing || event.ctrlKey || event.metaKey || event.altKey || keys.value === 'off' || document.querySelector('dialog[open]')) return;
  const done = ((): boolean => {
    switch (event.key) {
      case '?':
        helpOpen.value = true;
        return true;
      case '/': {
        go({ screen: 'talk' });
        requestAnimationFrame(() => setTimeout(() => document.getElementById('search')?.focus(), 30));
        return true;
      }
      case 'n':
        begin(false);
        return true;
      case '0':
        go({ at: null });
        return true;
      case 'j':
        walk(1);
        return true;
      case 'k':
        walk(-1);
        return true;
      case 'm':
        return press(t('do.keep'));
      case 'r':
        return press(t('do.redo'));
      case 'c':
        return press(t('do.copy'));
      case 'e':
        return press(t('do.edit'));
      case 'w':
        return press('why');
      case '+':
        return press(t('do.good'));
      case '-':
        return press(t('do.bad'));
      default: {
        const name = SCREENS[Number(event.key) - 1];
        if (!name) return false;
        go({ screen: name });
        return true;
      }
    }
  })();
  if (done) event.preventDefault();
}

export function startKeys(): void {
  addEventListener('keydown', onKey);
}

function Rows({ title, rows }: { title: string; rows: [string, string][] }) {
  return (
    <section>
      <h3>{title}</h3>
      <dl class="keys">
        {rows.map(([key, what]) => (
          <div key={key}>
            <dt>
              {key.split(' ').map((part) => (
                <kbd key={part}>{part}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

export function Help() {
  return (
    <Dialog title={t('keys.title')} onClose={() => (helpOpen.value = false)} wide>
      <div class="columns">
        <Rows
          title={t('keys.everywhere')}
          rows={[
            ['?', t('keys.help')],
            ['/', t('keys.search')],
            ['n', t('keys.new')],
            [`1 … ${SCREENS.length}`, t('keys.screens')],
            ['Alt ← →', t('keys.time')],
            ['0', t('keys.now')],
            ['Esc', t('keys.stop')],
          ]}
        />
        <Rows
          title={t('keys.onMessage')}
          rows={[
            ['j k', t('keys.walk')],
            ['w', t('keys.why')],
            ['r', t('keys.redo')],
            ['c', t('keys.copy')],
            ['m', t('keys.keep')],
            ['e', t('keys.edit')],
            ['+ -', t('keys.judge')],
          ]}
        />
        <Rows
          title={t('keys.writing')}
          rows={[
            ['Enter', t('keys.send')],
            ['Shift Enter', t('keys.line')],
            ['↑', t('keys.last')],
            ['Esc', t('keys.stop')],
          ]}
        />
      </div>
    </Dialog>
  );
}
