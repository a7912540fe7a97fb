/** The relations as a table, each down to the sentence that it was learned from. */
import { useState } from 'preact/hooks';
import { NotSoDocument, OneMessageDocument, type TieFragment } from '../../gql/types';
import { commandId, tell } from '../../net/http';
import { basis, branch, isPast } from '../../state/place';
import { useAsk } from '../../state/use';
import { Button, Dialog, Shown } from '../../ui/parts';
import { toast } from '../../ui/toast';
import { fully, percent, t, when } from '../../words';
import { openMessage } from '../talk/talk';
import { EventChip } from '../why/event';
import { isOver, nameOf, predicateWords } from './picture';

type Evidence = TieFragment['evidence'][number];

/** The bytes of a sentence within a text; offsets of the server count bytes of UTF-8. */
export function within(text: string, start: number, end: number): string {
  return new TextDecoder().decode(new TextEncoder().encode(text).slice(start, end)).trim();
}

function Sentence({ evidence }: { evidence: Evidence }) {
  const line = branch.value === 'main' ? null : branch.value;
  const asked = useAsk(OneMessageDocument, evidence.message === null ? null : { id: evidence.message, at: null, branch: line });
  if (evidence.message === null) {
    return (
      <p class="fine">
        {t('graph.corrected')} <EventChip position={evidence.position} />
      </p>
    );
  }
  return (
    <Shown asked={asked} lines={1}>
      {({ message: { message } }) => (
        <p dir="auto">
          {message.text === null ? t('event.erased') : <q>{message.edited ? message.text : within(message.text, evidence.start, evidence.end)}</q>}{' '}
          <button type="button" class="plain" onClick={() => openMessage(message.conversation, message.position)}>
            {t('memory.open')}
          </button>{' '}
          <EventChip position={evidence.position} />
        </p>
      )}
    </Shown>
  );
}

function span(tie: TieFragment): string {
  const from = tie.validFrom === null ? '' : t(tie.stated ? 'graph.since' : 'graph.heard', { time: when(tie.validFrom) });
  return tie.validUntil === null ? from : `${from} ${t('graph.until', { time: when(tie.validUntil) })}`.trim();
}

function Tie({ tie, onClose }: { tie: TieFragment; onClose: () => void }) {
  const deny = async (): Promise<void> => {
    try {
      const { subject, predicate, object } = tie;
      await tell(NotSoDocument, { commandId: commandId(), subject, predicate, object, branch: basis.value.branch });
      toast(t('graph.denied'));
      onClose();
    } catch (error) {
      toast((error as Error).message, 'bad');
    }
  };
  return (
    <Dialog title={`${nameOf(tie.subject)} · ${predicateWords(tie.predicate)} · ${nameOf(tie.object)}`} onClose={onClose}>
      <p>
        {span(tie)}
        {span(tie) && '. '}
        {t('memory.sure', { n: percent(tie.confidence) })}.
      </p>
      <h3>{t('graph.said')}</h3>
      {tie.evidence.map((evidence, i) => (
        <Sentence key={i} evidence={evidence} />
      ))}
      {!isPast.value && (
        <>
          <p class="fine">{t('graph.denyText')}</p>
          <div class="row">
            <Button kind="danger" onClick={() => void deny()}>
              {t('graph.deny')}
            </Button>
          </div>
        </>
      )}
    </Dialog>
  );
}

export function Ties({ ties, now, onPick }: { ties: readonly TieFragment[]; now: number; onPick: (name: string) => void }) {
  const [open, setOpen] = useState<TieFragment | null>(null);
  const name = (text: string) => (
    <button type="button" class="plain" dir="auto" onClick={() => onPick(text)}>
      {nameOf(text)}
    </button>
  );
  return (
    <div class="scroll-x" tabIndex={0}>
      <table class="ties">
        <thead>
          <tr>
            <th scope="col">{t('graph.who')}</th>
            <th scope="col">{t('graph.how')}</th>
            <th scope="col">{t('graph.whom')}</th>
            <th scope="col">{t('graph.when')}</th>
            <th scope="col">
              <span class="unseen">{t('graph.said')}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {ties.map((tie) => (
            <tr key={tie.id} class={isOver(tie, now) ? 'over' : ''}>
              <td>{name(tie.subject)}</td>
              <td>{predicateWords(tie.predicate)}</td>
              <td>{name(tie.object)}</td>
              <td title={fully(tie.validFrom)}>{span(tie)}</td>
              <td>
                <button type="button" class="plain" onClick={() => setOpen(tie)}>
                  {t('graph.sentence')}
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {open && <Tie tie={open} onClose={() => setOpen(null)} />}
    </div>
  );
}
