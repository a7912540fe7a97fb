/** Mood over time: a line of pleasantness with excitement as its glow; every point is an event. */
import { useState } from 'preact/hooks';
import { at, go } from '../../state/place';
import { toneOf, type Affect } from '../../state/mood';
import { known, number, t, when } from '../../words';
import { EventChip } from '../why/event';

export type Felt = {
  position: number;
  recordedAt: string;
  label: string;
  before: Affect | null;
  after: Affect;
  checks: { name: string; value: number; reason: string }[];
};

const W = 720;
const H = 200;
const PAD = 26;

/** What moved it most, in words. */
function cause(felt: Felt): string {
  const top = [...felt.checks].sort((a, b) => Math.abs(b.value) - Math.abs(a.value))[0];
  return top ? `${known('check', top.name)} ${number(top.value, 2)}` : '';
}

export function Curve({ felts }: { felts: Felt[] }) {
  const [seen, setSeen] = useState<number | null>(null);
  const x = (i: number): number => PAD + (felts.length > 1 ? i / (felts.length - 1) : 0.5) * (W - PAD * 2);
  const y = (v: number): number => H / 2 - v * (H / 2 - PAD / 1.5);
  const line = (value: (a: Affect) => number): string => felts.map((f, i) => `${i ? 'L' : 'M'}${x(i).toFixed(1)} ${y(value(f.after)).toFixed(1)}`).join('');
  const shown = seen === null ? null : felts[seen];
  const here = at.value === null ? felts.length - 1 : felts.findLastIndex((f) => f.position <= at.value!);
  return (
    <figure class="curve">
      <svg viewBox={`0 0 ${W} ${H}`} role="group" aria-label={t('feelings.curve')}>
        <line class="zero" x1={PAD} x2={W - PAD} y1={y(0)} y2={y(0)} />
        <path class="area" d={`${line((a) => a.valence)}L${x(felts.length - 1)} ${y(0)}L${x(0)} ${y(0)}Z`} />
        <path class="arousal" d={line((a) => a.arousal)} />
        <path class="valence" d={line((a) => a.valence)} />
        {here >= 0 && <line class="here" x1={x(here)} x2={x(here)} y1={8} y2={H - 8} />}
        {felts.map((f, i) => (
          <a
            key={f.position}
            href={`#/feelings?at=${f.position}`}
            aria-label={`${t('time.event', { n: f.position })}, ${known('mood', f.label)}`}
            onPointerEnter={() => setSeen(i)}
            onFocus={() => setSeen(i)}
            onClick={(event) => {
              event.preventDefault();
              go({ at: f.position });
            }}
          >
            <circle class="hit-area" cx={x(i)} cy={y(f.after.valence)} r={12} />
            <circle class={`dot tone-${toneOf(f.after)}`} cx={x(i)} cy={y(f.after.valence)} r={seen === i ? 6 : felts.length > 60 ? 2.5 : 4} />
          </a>
        ))}
      </svg>
      <figcaption class="curve-note">
        {shown ? (
          <>
            <strong class={`tone-${toneOf(shown.after)} felt-word`}>{known('mood', shown.label)}</strong>
            <span>{when(shown.recordedAt, true)}</span>
            <span>{cause(shown)}</span>
            <EventChip position={shown.position} />
          </>
        ) : (
          <>
            <span class="key valence">{t('why.valence')}</span>
            <span class="key arousal">{t('why.arousal')}</span>
            <span class="fine">{t('feelings.curveText')}</span>
          </>
        )}
      </figcaption>
    </figure>
  );
}

/** Every change as a small square, in order. */
export function Pixels({ felts }: { felts: Felt[] }) {
  return (
    <div class="pixels" role="group" aria-label={t('feelings.pixels')}>
      {felts.map((f) => (
        <button
          key={f.position}
          type="button"
          class={`pixel tone-${toneOf(f.after)}`}
          style={{ opacity: 0.35 + Math.min(0.65, Math.abs(f.after.valence) * 0.6 + f.after.arousal * 0.4) }}
          title={`${known('mood', f.label)}, ${when(f.recordedAt, true)}\n${cause(f)}`}
          aria-label={`${t('time.event', { n: f.position })}, ${known('mood', f.label)}`}
          onClick={() => go({ at: f.position })}
        />
      ))}
    </div>
  );
}

export function FeltTable({ felts }: { felts: Felt[] }) {
  return (
    <details>
      <summary>{t('feelings.table')}</summary>
      <div class="scroll-x" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">#</th>
              <th scope="col">{t('event.recorded')}</th>
              <th scope="col">{t('screen.feelings')}</th>
              <th scope="col">{t('why.valence')}</th>
              <th scope="col">{t('why.arousal')}</th>
              <th scope="col">{t('why.dominance')}</th>
              <th scope="col">{t('feelings.moved')}</th>
            </tr>
          </thead>
          <tbody>
            {[...felts].reverse().map((f) => (
              <tr key={f.position}>
                <td>
                  <EventChip position={f.position} />
                </td>
                <td>{when(f.recordedAt, true)}</td>
                <td>{known('mood', f.label)}</td>
                <td>{number(f.after.valence, 2)}</td>
                <td>{number(f.after.arousal, 2)}</td>
                <td>{number(f.after.dominance, 2)}</td>
                <td>{cause(f)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
