/** Ways of answering: what was learned about each, and how the latest ones were drawn. */
import { ChoicesDocument, StateDocument } from '../../gql/types';
import { basis } from '../../state/place';
import { useAsk } from '../../state/use';
import { Card, Shown } from '../../ui/parts';
import { known, number, percent, t, when } from '../../words';
import { itsName } from '../talk/talk';
import { EventChip } from '../why/event';
import { contextParts, type Skill } from '../why/shapes';

type Arm = { skill: string; context: string; alpha: number; beta: number; chosen: number; judged: number };

function contextWords(context: string): string {
  const [intent, tone] = contextParts(context);
  return [known('intent', intent), tone && known('tone', tone)].filter(Boolean).join(', ');
}

/** The density of Beta(alpha, beta), scaled to its highest point. */
function Hill({ alpha, beta }: { alpha: number; beta: number }) {
  const steps = 48;
  const logs = Array.from({ length: steps + 1 }, (_, i) => {
    const p = Math.min(0.995, Math.max(0.005, i / steps));
    return (alpha - 1) * Math.log(p) + (beta - 1) * Math.log(1 - p);
  });
  const top = Math.max(...logs);
  const points = logs.map((v, i) => `${((i / steps) * 120).toFixed(1)},${(34 - 30 * Math.exp(v - top)).toFixed(1)}`);
  const mean = (alpha / (alpha + beta)) * 120;
  return (
    <svg class="hill" viewBox="0 0 120 36" aria-hidden="true">
      <polygon points={`0,35 ${points.join(' ')} 120,35`} />
      <line x1={mean} x2={mean} y1="2" y2="35" />
    </svg>
  );
}

export function Arms() {
  const asked = useAsk(StateDocument, { name: 'skills', ...basis.value }, { live: true, keep: true });
  return (
    <Card title={t('skills.title')}>
      <p class="lead">{t('skills.text', { name: itsName() })}</p>
      <Shown asked={asked}>
        {({ state }) => {
          const arms = (state.value as Arm[] | null) ?? [];
          if (!arms.length) return <p class="nothing">{t('skills.none')}</p>;
          const contexts = [...new Set(arms.map((a) => a.context))];
          return (
            <div class="contexts">
              {contexts.map((context) => (
                <section key={context}>
                  <h3>{contextWords(context)}</h3>
                  <ul>
                    {arms
                      .filter((a) => a.context === context)
                      .sort((a, b) => b.alpha / (b.alpha + b.beta) - a.alpha / (a.alpha + a.beta))
                      .map((a) => (
                        <li key={a.skill} class="arm">
                          <strong>{known('skill', a.skill)}</strong>
                          <Hill alpha={a.alpha} beta={a.beta} />
                          <span class="fine">
                            {t('skills.expect', { n: number(a.alpha / (a.alpha + a.beta), 2) })} · {t('skills.chosen', { n: a.chosen })} ·{' '}
                            {a.judged ? t('skills.judged', { n: a.judged }) : t('skills.never')}
                          </span>
                        </li>
                      ))}
                  </ul>
                </section>
              ))}
            </div>
          );
        }}
      </Shown>
    </Card>
  );
}

export function Decisions() {
  const asked = useAsk(ChoicesDocument, { last: 12, ...basis.value }, { live: true, keep: true });
  return (
    <Card title={t('skills.decisions')}>
      <Shown asked={asked}>
        {({ events }) =>
          events.items.length ? (
            <ol class="decisions">
              {[...events.items].reverse().map((event) => {
                const body = event.body as Skill | null;
                const all = [...(body?.candidates ?? [])].sort((a, b) => b.sample - a.sample);
                return (
                  <li key={event.position}>
                    <p>
                      <strong>{known('skill', body?.skill ?? '')}</strong> <span class="fine">{contextWords(body?.context ?? '')}</span>
                    </p>
                    <p class="draws" aria-label={all.map((c) => `${known('skill', c.name)} ${number(c.sample, 2)}`).join(', ')}>
                      {all.map((c) => (
                        <span key={c.name} class={c.name === body?.skill ? 'on' : ''} title={t('why.chance', { n: percent(c.propensity) })}>
                          {known('skill', c.name)} <span class="num">{number(c.sample, 2)}</span>
                        </span>
                      ))}
                    </p>
                    <p class="fine">
                      {when(event.recordedAt, true)} <EventChip position={event.position} />
                    </p>
                  </li>
                );
              })}
            </ol>
          ) : (
            <p class="nothing">{t('skills.none')}</p>
          )
        }
      </Shown>
    </Card>
  );
}
