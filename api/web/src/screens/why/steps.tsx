/** One step on the way to a reply, drawn by what it is. */
import type { ComponentChildren } from 'preact';
import type { WhyQuery } from '../../gql/types';
import { toneOf, type Affect } from '../../state/mood';
import { known, number, percent, t } from '../../words';
import { EventChip } from './event';
import { contextParts, type Appraisal, type Asked, type Facts, type Perception, type Recall, type Reply, type Skill } from './shapes';

export type Step = WhyQuery['why']['steps'][number];

/** A value from -1 to 1 or 0 to 1 as a bar with its number. */
export function Meter({ label, value, from = 0, before }: { label: string; value: number; from?: -1 | 0; before?: number }) {
  const place = (v: number): number => ((Math.max(from, Math.min(1, v)) - from) / (1 - from)) * 100;
  const zero = place(0);
  const left = Math.min(zero, place(value));
  const width = Math.abs(place(value) - zero);
  return (
    <div class="meter">
      <span>{label}</span>
      <span class="meter-bar" aria-hidden="true">
        <i style={{ left: `${left}%`, width: `${width}%` }} />
        {before !== undefined && <b style={{ left: `${place(before)}%` }} />}
      </span>
      <span class="num">
        {before !== undefined && <small>{number(before, 2)} → </small>}
        {number(value, 2)}
      </span>
    </div>
  );
}

/** Words of the server, with `these marks` as quotes. */
export function quoted(text: string): string {
  return text.replace(/`([^`]*)`/g, '“$1”');
}

function Noticed({ value }: { value: Perception }) {
  const seen = value.perception ?? {};
  return (
    <>
      <div class="chips">
        {seen.intent && <span class="chip">{known('intent', seen.intent)}</span>}
        {seen.emotions?.slice(0, 4).map((e) => (
          <span key={e.label} class="chip">
            {known('emotion', e.label)} {number(e.score, 2)}
          </span>
        ))}
        {seen.entities?.map((e) => (
          <span key={e.text + e.kind} class="chip" title={e.kind} dir="auto">
            {e.text}
          </span>
        ))}
      </div>
      {seen.valence !== undefined && <Meter label={t('why.valence')} value={seen.valence} from={-1} />}
      {seen.arousal !== undefined && <Meter label={t('why.arousal')} value={seen.arousal} />}
    </>
  );
}

function Felt({ value }: { value: Appraisal }) {
  const { before, after, label, checks } = value;
  const meter = (name: keyof Affect, from: -1 | 0) =>
    after && <Meter label={t(`why.${name}`)} value={after[name]} from={from} {...(before ? { before: before[name] } : {})} />;
  return (
    <div class={after ? `tone-${toneOf(after)}` : ''}>
      {label && <p class="felt">{known('mood', label)}</p>}
      {meter('valence', -1)}
      {meter('arousal', 0)}
      {meter('dominance', 0)}
      {checks && checks.length > 0 && (
        <details>
          <summary>{t('feelings.moved')}</summary>
          {checks.map((check) => (
            <div key={check.name} title={check.reason}>
              <Meter label={known('check', check.name)} value={check.value} from={-1} />
            </div>
          ))}
        </details>
      )}
    </div>
  );
}

function Recalled({ value }: { value: Recall }) {
  const items = value.items ?? [];
  if (!items.length) return <p class="nothing left">{t('why.noRecall')}</p>;
  const best = Math.max(...items.map((i) => i.score), 0.001);
  return (
    <ol class="recalled">
      {items.map((item, i) => (
        <li key={i}>
          <p dir="auto">{item.kind === 'fact' ? item.text.split(' | ').join(' · ') : item.text}</p>
          <span class="bar" aria-hidden="true">
            <i style={{ width: `${Math.max(2, (item.score / best) * 100)}%` }} />
          </span>
          <p class="fine">
            <span>{t('why.score', { n: number(item.score, 2) })}</span> <EventChip position={item.source} />
          </p>
          {item.reason && <p class="fine">{quoted(item.reason)}</p>}
        </li>
      ))}
    </ol>
  );
}

function Chosen({ value }: { value: Skill }) {
  const [intent, tone] = contextParts(value.context ?? '');
  const top = Math.max(...(value.candidates ?? []).map((c) => c.sample), 0.001);
  return (
    <>
      {value.context && <p class="fine">{t('why.for', { context: [known('intent', intent), tone && known('tone', tone)].filter(Boolean).join(', ') })}</p>}
      <table>
        <tbody>
          {[...(value.candidates ?? [])]
            .sort((a, b) => b.sample - a.sample)
            .map((c) => (
              <tr key={c.name} class={c.name === value.skill ? 'on' : ''}>
                <th scope="row">
                  {known('skill', c.name)} {c.name === value.skill && <span class="unseen">({t('why.chosen')})</span>}
                </th>
                <td class="wide">
                  <span class="bar" aria-hidden="true">
                    <i style={{ width: `${(c.sample / top) * 100}%` }} />
                  </span>
                </td>
                <td>{t('why.drew', { n: number(c.sample, 2) })}</td>
                <td>{t('why.chance', { n: percent(c.propensity) })}</td>
              </tr>
            ))}
        </tbody>
      </table>
    </>
  );
}

function Learned({ value }: { value: Facts }) {
  return (
    <ul class="plain-list">
      {(value.facts ?? []).map((f) => (
        <li key={f.subject + f.predicate + f.object} dir="auto">
          {f.subject} · {f.predicate} · <strong>{f.object}</strong> <span class="fine">{t('memory.sure', { n: percent(f.confidence) })}</span>
        </li>
      ))}
    </ul>
  );
}

/** The content of a step. Kinds that are not known here are told by their summary. */
export function StepBody({ step }: { step: Step }): ComponentChildren {
  const value = step.value;
  if (value === null) return <p class="erased">{t('event.erased')}</p>;
  switch (step.kind) {
    case 'perception':
      return <Noticed value={value as Perception} />;
    case 'appraisal':
      return <Felt value={value as Appraisal} />;
    case 'recall':
      return <Recalled value={value as Recall} />;
    case 'skill':
      return <Chosen value={value as Skill} />;
    case 'facts':
      return <Learned value={value as Facts} />;
    case 'model': {
      const asked = value as Asked;
      return (
        <p>
          <strong>{asked.model?.name}</strong> {asked.model?.version}
          <span class="fine block">
            {Object.entries(asked.parameters ?? {})
              .map(([name, v]) => `${name} ${String(v)}`)
              .join(', ')}
          </span>
        </p>
      );
    }
    case 'reply': {
      const usage = (value as Reply).usage;
      return (
        <>
          <p dir="auto" class="clip">{step.summary.replace(/ \([^()]*\)$/, '')}</p>
          {usage && <p class="fine">{t('why.cost', { in: usage.prompt_tokens ?? 0, out: usage.completion_tokens ?? 0, ms: usage.total_ms ?? 0 })}</p>}
        </>
      );
    }
    default:
      return (
        <p dir="auto" class="clip">
          {step.summary}
        </p>
      );
  }
}
