/** The one time bar under every screen. Moving it moves the whole companion. */
import { computed, signal, useSignalEffect } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import { DensityDocument, FrameDocument } from '../gql/types';
import { ask } from '../net/http';
import { head } from '../state/happened';
import { mood, momentTime } from '../state/mood';
import { at, branch, go, isPast, link, rest, scrub } from '../state/place';
import { useAsk } from '../state/use';
import { status } from '../ui/announce';
import { Icon } from '../ui/icon';
import { copy, IconButton } from '../ui/parts';
import { toast } from '../ui/toast';
import { ago, known, t, when } from '../words';
import { draw, gaps, type Bucket } from './strip';
import { momentOf } from './moment-text';

/** On a phone the bar is folded away until it is wanted, or the past is shown. */
export const barOpen = signal(false);
const shown = computed(() => at.value ?? head.value);

/** One event on or back; the newest is now. */
export function step(by: number): void {
  const to = shown.value + by;
  go({ at: to >= head.value ? null : Math.max(1, to) }, true);
}

function Jump() {
  const [text, setText] = useState('');
  const jump = async (event: Event): Promise<void> => {
    event.preventDefault();
    const moment = momentOf(text);
    if (!moment) return toast(t('time.noMoment', { text }), 'bad');
    try {
      const { data } = await ask(FrameDocument, { at: moment, branch: branch.value === 'main' ? null : branch.value });
      const { position } = data.basis;
      go({ at: position >= head.value ? null : Math.max(1, position) });
      setText('');
    } catch (error) {
      toast((error as Error).message, 'bad');
    }
  };
  return (
    <form class="jump" onSubmit={(event) => void jump(event)}>
      <label class="unseen" for="jump">
        {t('time.jump')}
      </label>
      <input id="jump" type="text" autocomplete="off" value={text} placeholder={t('time.jump')} title={t('time.jumpHint')} onInput={(event) => setText(event.currentTarget.value)} />
    </form>
  );
}

function Strip({ buckets }: { buckets: readonly Bucket[] }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const size = useRef({ width: 0, height: 0 });
  const paint = (): void => {
    const view = canvas.current;
    if (!view) return;
    const { width, height } = view.getBoundingClientRect();
    size.current = { width, height };
    draw(view, buckets, head.value, at.value);
  };
  useEffect(() => {
    paint();
    const watcher = new ResizeObserver(paint);
    if (canvas.current) watcher.observe(canvas.current);
    const themed = new MutationObserver(paint);
    themed.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    return () => {
      watcher.disconnect();
      themed.disconnect();
    };
  }, [buckets]);
  useSignalEffect(() => {
    void head.value;
    void at.value;
    paint();
  });
  return <canvas ref={canvas} aria-hidden="true" />;
}

function Slider() {
  const position = shown.value;
  const time = momentTime.value;
  const text = `${t('time.event', { n: position })}${time ? `, ${when(time, true)}` : ''}, ${known('mood', mood.value.label)}`;
  const settle = useRef<ReturnType<typeof setTimeout>>(undefined);
  const move = (to: number): void => {
    scrub(to >= head.value ? null : Math.max(1, to));
    clearTimeout(settle.current);
    settle.current = setTimeout(rest, 260);
  };
  return (
    <input
      type="range"
      min={Math.min(1, head.value)}
      max={Math.max(1, head.value)}
      step={1}
      value={position}
      aria-label={t('time.label')}
      aria-valuetext={text}
      onInput={(event) => move(Number(event.currentTarget.value))}
      onChange={() => {
        clearTimeout(settle.current);
        rest();
      }}
      onKeyDown={(event) => {
        const by = { PageUp: 100, PageDown: -100 }[event.key] ?? (event.shiftKey ? { ArrowRight: 10, ArrowLeft: -10 }[event.key] : undefined);
        if (by === undefined) return;
        event.preventDefault();
        move(position + by);
      }}
    />
  );
}

async function share(): Promise<void> {
  if (at.value === null) go({ at: head.value }, true);
  if (await copy(link())) toast(t('do.shared'));
}

export function TimeBar() {
  const variables = { at: null, branch: branch.value === 'main' ? null : branch.value, buckets: 240 };
  const asked = useAsk(DensityDocument, head.value ? variables : null, { live: true, keep: true });
  const buckets = (asked.data?.density.buckets ?? []) as readonly Bucket[];
  const idle = gaps(buckets, head.value);
  const past = isPast.value;
  const told = useRef(false);
  useEffect(() => {
    if (past !== told.current) status(past ? t('time.at', { n: shown.value }) : t('time.return'));
    told.current = past;
  }, [past]);
  return (
    <section class={`time-bar ${barOpen.value || past ? 'open' : ''}`} aria-label={t('time.label')}>
      <div class="time-steps">
        <IconButton icon="left" label={t('time.earlier')} keys="Alt+ArrowLeft" onClick={() => step(-1)} disabled={shown.value <= 1} />
        <IconButton icon="right" label={t('time.later')} keys="Alt+ArrowRight" onClick={() => step(1)} disabled={!past} />
      </div>
      <div class="time-track">
        <Strip buckets={buckets} />
        {idle.map((gap) => (
          <span key={gap.at} class="idle" style={{ left: `${gap.at * 100}%` }}>
            {gap.text}
          </span>
        ))}
        <Slider />
      </div>
      <div class="time-where">
        <Jump />
        <p class="time-text">
          <span class="num">{t('time.event', { n: shown.value })}</span>
          <span>{momentTime.value ? `${when(momentTime.value, true)}${past ? `, ${ago(momentTime.value)}` : ''}` : ' '}</span>
        </p>
        <IconButton icon="share" label={t('do.share')} onClick={() => void share()} />
        <button type="button" class={`now ${past ? '' : 'on'}`} aria-pressed={!past} onClick={() => go({ at: null })}>
          {past ? <Icon name="last" /> : <i class="dot" />} {t('time.now')}
        </button>
      </div>
    </section>
  );
}
