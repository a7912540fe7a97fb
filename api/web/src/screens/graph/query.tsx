/** Questions to the graph in openCypher. They read; nothing can be changed by one. */
import { useState } from 'preact/hooks';
import { GraphTableDocument } from '../../gql/types';
import { useAsk } from '../../state/use';
import { Button, Card, Field, Shown } from '../../ui/parts';
import { number, t } from '../../words';
import { moment } from './moment';

const TRIES = [
  'MATCH (a)-[r]->(b) RETURN a.name, type(r), b.name LIMIT 50',
  'MATCH (p:Person) RETURN p.name ORDER BY p.name',
  'MATCH p = shortestPath((a {name: "you"})-[*..4]-(b:Place)) RETURN b.name, length(p) ORDER BY length(p)',
];

function cell(value: unknown): string {
  if (value === null || value === undefined) return '—';
  if (typeof value !== 'object') return String(value);
  const { properties, type } = value as { properties?: { name?: unknown }; type?: string };
  return typeof properties?.name === 'string' ? properties.name : (type ?? JSON.stringify(value));
}

export function Query() {
  const [text, setText] = useState(TRIES[0]!);
  const [query, setQuery] = useState<string | null>(null);
  const asked = useAsk(GraphTableDocument, query === null ? null : { query, rows: 500, ...moment() });
  const run = (): void => {
    if (query === text) asked.again();
    setQuery(text.trim() || null);
  };
  return (
    <Card title={t('graph.query')}>
      <p class="lead">{t('graph.queryText')}</p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          run();
        }}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
          event.preventDefault();
          run();
        }}
      >
        <Field label={t('graph.query')} hidden>
          <textarea class="mono" rows={4} spellcheck={false} value={text} onInput={(event) => setText(event.currentTarget.value)} />
        </Field>
        <div class="row">
          <Button kind="primary" type="submit" disabled={asked.busy && query !== null}>
            {t('do.run')}
          </Button>
          {TRIES.map((one, i) => (
            <button key={one} type="button" class="chip" onClick={() => setText(one)}>
              {t('graph.try', { n: i + 1 })}
            </button>
          ))}
        </div>
      </form>
      {query !== null && (
        <div role="status">
          {asked.error ? (
            <p class="trouble" dir="auto">
              {asked.error.message}
            </p>
          ) : (
            <Shown asked={asked}>
              {({ graph }) => {
                const { columns, rows } = graph.table ?? { columns: [], rows: [] };
                return (
                  <>
                    <p class="fine">{t('graph.rows', { n: rows.length })}</p>
                    <div class="scroll-x" tabIndex={0}>
                      <table>
                        <thead>
                          <tr>
                            {columns.map((name) => (
                              <th key={name} scope="col">
                                {name}
                              </th>
                            ))}
                          </tr>
                        </thead>
                        <tbody>
                          {rows.map((row, i) => (
                            <tr key={i}>
                              {(row as unknown[]).map((value, j) => (
                                <td key={j} dir="auto">
                                  {typeof value === 'number' ? number(value, Number.isInteger(value) ? 0 : 3) : cell(value)}
                                </td>
                              ))}
                            </tr>
                          ))}
                        </tbody>
                      </table>
                    </div>
                  </>
                );
              }}
            </Shown>
          )}
        </div>
      )}
    </Card>
  );
}
