/** Why: everything that led to a reply, each step linked to its event. */
import { useEffect, useRef } from 'preact/hooks';
import { WhyDocument, type WhyQuery } from '../../gql/types';
import { basis, go, whyOf } from '../../state/place';
import { useAsk } from '../../state/use';
import { IconButton, Shown } from '../../ui/parts';
import { fully, known, number, t } from '../../words';
import { EventChip, EventDialog } from './event';
import { StepBody } from './steps';

type Prompt = NonNullable<WhyQuery['why']['prompt']>;

const ORDER = ['recall', 'skill', 'appraisal', 'perception'];

function PromptView({ prompt }: { prompt: Prompt }) {
  const total = prompt.parts.reduce((sum, p) => sum + p.tokens, 0);
  return (
    <section class="why-prompt">
      <header class="why-head">
        <h3>{t('why.share')}</h3>
        <span class="fine num">{t('why.tokens', { n: total, m: prompt.budget })}</span>
      </header>
      <div class="share" aria-hidden="true">
        {prompt.parts.map((part, i) => (
          <i key={i} data-part={part.kind} style={{ flexGrow: Math.max(1, part.tokens) }} title={`${known('part', part.kind)}: ${part.tokens}`} />
        ))}
      </div>
      <ul class="share-list">
        {prompt.parts.map((part, i) => (
          <li key={i}>
            <i data-part={part.kind} aria-hidden="true" />
            <span>{known('part', part.kind)}</span>
            <span class="num">{number(part.tokens)}</span>
            <span class="sources">
              {[...new Set(part.sources)].slice(0, 6).map((source) => (
                <EventChip key={source} position={source} />
              ))}
              {part.sources.length > 6 && '…'}
            </span>
          </li>
        ))}
      </ul>
      <details>
        <summary>{t('why.prompt')}</summary>
        <p class={`fine ${prompt.identical ? 'good' : 'bad'}`}>{t(prompt.identical ? 'why.promptSame' : 'why.promptOther')}</p>
        {prompt.lines.map((line, i) => (
          <div key={i} class="prompt-line">
            <h4>{line.speaker}</h4>
            <pre tabIndex={0} dir="auto">
              {line.content}
            </pre>
          </div>
        ))}
      </details>
    </section>
  );
}

export function WhyPanel() {
  const id = whyOf.value;
  const asked = useAsk(WhyDocument, id ? { id, ...basis.value } : null, { live: true, keep: true });
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), [id]);
  return (
    <div class="why-panel">
      <header class="why-title">
        <h2 ref={heading} tabIndex={-1}>
          {t('do.why')}
        </h2>
        <IconButton icon="close" label={t('do.close')} keys="Escape" onClick={() => go({ why: null }, true)} />
      </header>
      <Shown asked={asked} lines={6}>
        {({ why }) => {
          const steps = [...why.steps].sort((a, b) => {
            const rank = (kind: string): number => (ORDER.includes(kind) ? ORDER.indexOf(kind) : kind === 'message' ? -1 : 9);
            return rank(a.kind) - rank(b.kind) || a.position - b.position;
          });
          if (!steps.length) return <p class="nothing">{t('why.none')}</p>;
          return (
            <>
              {steps
                .filter((s) => s.kind !== 'prompt')
                .map((step) => (
                  <section key={step.eventId} class={`why-step kind-${step.kind}`}>
                    <header class="why-head">
                      <h3>{known('kind', step.kind)}</h3>
                      <span class="fine" title={`${fully(step.at)}\n${step.by}`}>
                        {!step.by.includes(':') && t('why.by', { by: step.by })} <EventChip position={step.position} />
                      </span>
                    </header>
                    <StepBody step={step} />
                  </section>
                ))}
              {why.prompt ? <PromptView prompt={why.prompt} /> : why.steps.some((s) => s.kind === 'prompt') && <p class="nothing">{t('why.promptGone')}</p>}
            </>
          );
        }}
      </Shown>
      <EventDialog />
    </div>
  );
}
