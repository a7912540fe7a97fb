/** An event, opened from anywhere. */
import { signal } from '@preact/signals';
import { OneEventDocument } from '../../gql/types';
import { branch, go } from '../../state/place';
import { useAsk } from '../../state/use';
import { Button, Dialog, Shown } from '../../ui/parts';
import { fully, t } from '../../words';

export const openEvent = signal<number | null>(null);

/** A small link to an event. */
export function EventChip({ position }: { position: number }) {
  return (
    <button type="button" class="event-chip num" aria-label={t('why.open', { n: position })} onClick={() => (openEvent.value = position)}>
      #{position}
    </button>
  );
}

function Row({ name, value }: { name: string; value: string | number | null }) {
  return value === null ? null : (
    <div>
      <dt>{name}</dt>
      <dd dir="auto">{value}</dd>
    </div>
  );
}

/** The dialog; drawn once, by every screen that opens events. */
export function EventDialog() {
  const position = openEvent.value;
  const line = branch.value === 'main' ? null : branch.value;
  const asked = useAsk(OneEventDocument, position === null ? null : { position, branch: line });
  if (position === null) return null;
  return (
    <Dialog key={position} title={t('event.title', { n: position })} onClose={() => (openEvent.value = null)} wide>
      <Shown asked={asked}>
        {({ event }) =>
          event === null || event.position !== position ? (
            <p class="nothing">{t('event.none')}</p>
          ) : (
            <>
              <p class="event-type">{event.type}</p>
              <dl class="facts-list">
                <Row name={t('event.recorded')} value={fully(event.recordedAt)} />
                <Row name={t('event.stream')} value={`${event.stream} · ${event.version}`} />
                <Row name={t('event.by')} value={event.actor} />
                <Row name={t('event.caused')} value={event.causation} />
                <Row name={t('event.digest')} value={event.bodyDigest} />
                <Row name={t('event.leaf')} value={event.leaf} />
                <Row name={t('event.prev')} value={event.prev} />
              </dl>
              <h3>{t('event.content')}</h3>
              {event.erased ? (
                <p class="erased">{t('event.erased')}</p>
              ) : (
                <pre class="json" tabIndex={0}>
                  {JSON.stringify(event.body, null, 2)}
                </pre>
              )}
              <div class="row">
                <Button
                  icon="history"
                  onClick={() => {
                    openEvent.value = null;
                    go({ at: position });
                  }}
                >
                  {t('why.goto')}
                </Button>
              </div>
            </>
          )
        }
      </Shown>
    </Dialog>
  );
}
