/** The frame of every screen. */
import { signal, useSignalEffect } from '@preact/signals';
import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { barOpen, TimeBar } from './bar';
import { BranchNote } from './bar/past';
import { helpOpen, Help } from './keys';
import { entry } from './net/session';
import { isPast, screen, SCREENS, go, whyOf, type Screen } from './state/place';
import { Enter } from './screens/enter';
import { Talk } from './screens/talk';
import { updateReady } from './net/worker';
import { Announcer } from './ui/announce';
import { Icon } from './ui/icon';
import { Button, IconButton } from './ui/parts';
import { Toasts } from './ui/toast';
import { t } from './words';

type Later = typeof import('./later');

const later = signal<Later | null>(null);
let asked: Promise<void> | undefined;

/** The screens that are not needed to talk. */
export function loadLater(): Promise<void> {
  asked ??= import('./later').then(
    (screens) => {
      later.value = screens;
    },
    () => {
      asked = undefined;
    },
  );
  return asked;
}

function Lazy({ name }: { name: Exclude<Screen, 'talk'> }) {
  useEffect(() => void loadLater(), []);
  const Found = later.value?.screens[name] as ComponentType | undefined;
  if (!Found) {
    return (
      <div class="page-screen">
        <div class="ghost" aria-hidden="true">
          <div />
          <div />
          <div />
        </div>
      </div>
    );
  }
  return <Found />;
}

function Why() {
  useEffect(() => void loadLater(), []);
  const Found = later.value?.WhyPanel;
  return (
    <aside class="inspector" aria-label={t('why.title')}>
      {Found ? <Found /> : <div class="ghost" aria-hidden="true"><div /><div /><div /></div>}
    </aside>
  );
}

function Rail() {
  return (
    <nav class="rail" aria-label={t('nav.label')}>
      <a class="brand" href="#/talk" aria-label="AICO">
        <svg viewBox="0 0 64 64" width="34" height="34" aria-hidden="true">
          <rect width="64" height="64" rx="20" fill="url(#brand)" />
          <defs>
            <linearGradient id="brand" x1="0" y1="0" x2="1" y2="1">
              <stop offset="0" stop-color="#8CC8FF" />
              <stop offset=".55" stop-color="#9F8CF2" />
              <stop offset="1" stop-color="#5AD0B8" />
            </linearGradient>
          </defs>
          <ellipse cx="23" cy="29" rx="4.400" ry="6" fill="#0F1630" />
          <ellipse cx="41" cy="29" rx="4.400" ry="6" fill="#0F1630" />
          <path d="M23 43q9 7 18 0" fill="none" stroke="#0F1630" stroke-width="4" stroke-linecap="round" />
        </svg>
      </a>
      {SCREENS.map((name) => (
        <button
          key={name}
          type="button"
          class={`rail-item rail-${name} ${screen.value === name ? 'on' : ''}`}
          aria-current={screen.value === name ? 'page' : undefined}
          onPointerEnter={() => name !== 'talk' && void loadLater()}
          onClick={() => go({ screen: name, ...(screen.value === name && name === 'talk' ? {} : { item: null }) })}
        >
          <Icon name={name} />
          <span>{t(`screen.${name}`)}</span>
        </button>
      ))}
      <span class="rail-time">
        <IconButton icon="history" label={t('time.show')} expanded={barOpen.value} onClick={() => (barOpen.value = !barOpen.value)} />
      </span>
      <span class="rail-help">
        <IconButton icon="keys" label={t('do.help')} keys="?" onClick={() => (helpOpen.value = true)} />
      </span>
    </nav>
  );
}

export function App() {
  useSignalEffect(() => {
    const name = t(`screen.${screen.value}`);
    document.title = `${isPast.value ? `(${t('time.past')}) ` : ''}${name} · AICO`;
  });
  const [dismissed, setDismissed] = useState(false);
  const state = entry.value;
  if (state === 'checking') return null;
  if (state === 'out') return <Enter />;
  const name = screen.value;
  return (
    <div class={`app ${isPast.value ? 'past' : ''} ${whyOf.value ? 'with-why' : ''}`}>
      <a class="skip" href="#main" onClick={(event) => { event.preventDefault(); document.getElementById('main')?.focus(); }}>
        {t('app.skip')}
      </a>
      <Rail />
      <main id="main" tabIndex={-1}>
        <BranchNote />
        {state === 'ended' && <Enter over />}
        {updateReady.value && !dismissed && (
          <div class="banner update" role="status">
            <span>{t('trouble.update')}</span>
            <Button kind="primary" onClick={() => location.reload()}>
              {t('trouble.load')}
            </Button>
            <IconButton icon="close" label={t('do.close')} onClick={() => setDismissed(true)} />
          </div>
        )}
        {name === 'talk' ? <Talk /> : <Lazy key={name} name={name} />}
      </main>
      {whyOf.value && <Why />}
      <TimeBar />
      {isPast.value && <div class="past-frame" aria-hidden="true" />}
      {helpOpen.value && <Help />}
      <Toasts />
      <Announcer />
    </div>
  );
}
