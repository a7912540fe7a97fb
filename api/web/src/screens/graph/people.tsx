/** Everybody who was spoken of, and how close. */
import { GraphPeopleDocument } from '../../gql/types';
import { useAsk } from '../../state/use';
import { Card, Shown } from '../../ui/parts';
import { known, percent, t } from '../../words';
import { moment } from './moment';

const SIDES = ['intimacy', 'care', 'frequency', 'authority', 'contextSimilarity', 'stability'] as const;

export function People({ onPick }: { onPick: (name: string) => void }) {
  const asked = useAsk(GraphPeopleDocument, moment(), { live: true });
  return (
    <Card title={t('graph.people')}>
      <Shown asked={asked}>
        {({ graphPeople: people }) =>
          people.length === 0 ? (
            <p class="nothing">{t('graph.nobody')}</p>
          ) : (
            <div class="scroll-x" tabIndex={0}>
              <table class="closeness">
                <thead>
                  <tr>
                    <th scope="col">{t('graph.who')}</th>
                    {SIDES.map((side) => (
                      <th key={side} scope="col">
                        {known('close', side)}
                      </th>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {people.map((person) => (
                    <tr key={person.name}>
                      <th scope="row" dir="auto">
                        <button type="button" class="plain" onClick={() => onPick(person.name)}>
                          {person.name}
                        </button>{' '}
                        <span class="fine">{person.roles.map((role) => known('predicate', role)).join(', ') || (person.family ? t('graph.family') : '')}</span>
                      </th>
                      {SIDES.map((side) => (
                        <td key={side}>
                          <span class="sure" aria-hidden="true">
                            <i style={{ width: `${Math.round(person[side] * 100)}%` }} />
                          </span>
                          {percent(person[side])}
                        </td>
                      ))}
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )
        }
      </Shown>
    </Card>
  );
}
