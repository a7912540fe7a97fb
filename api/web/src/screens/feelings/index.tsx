/** Feelings and skills. */
import { MoodsDocument } from '../../gql/types';
import { mood } from '../../state/mood';
import { basis } from '../../state/place';
import { useAsk } from '../../state/use';
import { Face } from '../../ui/face';
import { Card, Shown } from '../../ui/parts';
import { known, t } from '../../words';
import { itsName } from '../talk/talk';
import { EventDialog } from '../why/event';
import type { Appraisal } from '../why/shapes';
import { Meter } from '../why/steps';
import { Curve, FeltTable, Pixels, type Felt } from './curve';
import { Arms, Decisions } from './skills';

function Now() {
  const { affect, label } = mood.value;
  return (
    <Card title={t('feelings.now', { name: itsName() })} class="now-card">
      <div class="now-mood">
        <Face size={132} label={false} />
        <div>
          <p class="mood-word">{known('mood', label)}</p>
          <Meter label={t('why.valence')} value={affect.valence} from={-1} />
          <Meter label={t('why.arousal')} value={affect.arousal} />
          <Meter label={t('why.dominance')} value={affect.dominance} />
        </div>
      </div>
    </Card>
  );
}

function felts(items: readonly { position: number; recordedAt: string; body: unknown }[]): Felt[] {
  return items.flatMap(({ position, recordedAt, body }) => {
    const { after, before, label, checks } = (body as Appraisal | null) ?? {};
    return after ? [{ position, recordedAt, after, before: before ?? null, label: label ?? '', checks: checks ?? [] }] : [];
  });
}

export function Feelings() {
  const asked = useAsk(MoodsDocument, { last: 200, ...basis.value }, { live: true, keep: true });
  return (
    <div class="page-screen">
      <h1>{t('feelings.title')}</h1>
      <div class="two">
        <Now />
        <Card title={t('feelings.curve')}>
          <Shown asked={asked}>
            {({ events }) => {
              const found = felts(events.items);
              if (!found.length) return <p class="nothing">{t('feelings.none')}</p>;
              return (
                <>
                  <Curve felts={found} />
                  <Pixels felts={found} />
                  <FeltTable felts={found} />
                </>
              );
            }}
          </Shown>
        </Card>
      </div>
      <Arms />
      <Decisions />
      <EventDialog />
    </div>
  );
}
