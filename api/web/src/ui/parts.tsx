/** Small parts that every screen is made of. */
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Asked } from '../state/use';
import { t } from '../words';
import { Icon, type IconName } from './icon';

type Press = (event: MouseEvent) => void;

/** A button that is only an icon. Its name is said, and shown on hover. */
export function IconButton(props: {
  icon: IconName;
  label: string;
  onClick: Press;
  class?: string;
  pressed?: boolean;
  expanded?: boolean;
  disabled?: boolean;
  keys?: string;
}) {
  return (
    <button
      type="button"
      class={`icon-button ${props.class ?? ''}`}
      aria-label={props.label}
      title={props.keys ? `${props.label} (${props.keys})` : props.label}
      aria-pressed={props.pressed}
      aria-expanded={props.expanded}
      aria-keyshortcuts={props.keys}
      disabled={props.disabled}
      onClick={props.onClick}
    >
      <Icon name={props.icon} />
    </button>
  );
}

export function Button(props: {
  children: ComponentChildren;
  onClick?: Press;
  kind?: 'primary' | 'danger' | 'quiet';
  icon?: IconName;
  type?: 'submit' | 'button';
  disabled?: boolean;
}) {
  return (
    <button type={props.type ?? 'button'} class={`button ${props.kind ?? ''}`} disabled={props.disabled} onClick={props.onClick}>
      {props.icon && <Icon name={props.icon} />}
      <span>{props.children}</span>
    </button>
  );
}

/** A dialog in the top layer: focus stays inside, Escape closes it, and focus goes back. */
export function Dialog(props: { title: string; onClose: () => void; children: ComponentChildren; wide?: boolean }) {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = ref.current;
    if (!dialog || dialog.open) return;
    const before = document.activeElement as HTMLElement | null;
    dialog.showModal();
    return () => before?.focus?.();
  }, []);
  return (
    <dialog
      ref={ref}
      class={props.wide ? 'wide' : ''}
      aria-label={props.title}
      onClose={props.onClose}
      onClick={(event) => event.target === ref.current && ref.current?.close()}
    >
      <div class="dialog-body">
        <header>
          <h2>{props.title}</h2>
          <IconButton icon="close" label={t('do.close')} onClick={() => ref.current?.close()} />
        </header>
        {props.children}
      </div>
    </dialog>
  );
}

/** Shows an answer, or that it is on its way, or why there is none. */
export function Shown<T>(props: { asked: Asked<T>; children: (data: T) => ComponentChildren; lines?: number }) {
  const { data, error, again } = props.asked;
  if (data !== undefined) return <>{props.children(data)}</>;
  if (error) {
    return (
      <div class="trouble" role="alert">
        <p dir="auto">{error.kind === 'lost' ? t('trouble.lost') : t('trouble.went', { why: error.message })}</p>
        {error.code && <code>{error.code}</code>}
        <Button onClick={again}>{t('do.again')}</Button>
      </div>
    );
  }
  return (
    <div class="ghost" aria-hidden="true">
      {Array.from({ length: props.lines ?? 3 }, (_, i) => (
        <div key={i} />
      ))}
    </div>
  );
}

export function Card(props: { title?: ComponentChildren; aside?: ComponentChildren; children: ComponentChildren; class?: string }) {
  return (
    <section class={`card ${props.class ?? ''}`}>
      {(props.title || props.aside) && (
        <header>
          <h2>{props.title}</h2>
          {props.aside}
        </header>
      )}
      {props.children}
    </section>
  );
}

export function Field(props: { label: string; children: JSX.Element; hidden?: boolean }) {
  return (
    <label class="field">
      <span class={props.hidden ? 'unseen' : ''}>{props.label}</span>
      {props.children}
    </label>
  );
}

/** Choices of which one holds, as a row of buttons. */
export function Choice<T extends string>(props: { label: string; value: T; options: readonly (readonly [T, string])[]; onChange: (value: T) => void }) {
  return (
    <fieldset class="choice">
      <legend class="unseen">{props.label}</legend>
      {props.options.map(([value, text]) => (
        <label key={value} class={value === props.value ? 'on' : ''}>
          <input type="radio" name={props.label} checked={value === props.value} onChange={() => props.onChange(value)} />
          <span>{text}</span>
        </label>
      ))}
    </fieldset>
  );
}

/** Copies a text; outside a secure context by way of a selected field. */
export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.createElement('textarea');
    field.value = text;
    field.className = 'unseen';
    document.body.append(field);
    field.select();
    const done = document.execCommand('copy');
    field.remove();
    return done;
  }
}
