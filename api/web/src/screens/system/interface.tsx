/** A page to try the GraphQL interface, with its documentation from the server itself. No part of it comes from elsewhere. */
import { useEffect, useState } from 'preact/hooks';
import { raw } from '../../net/http';
import { Button, Card, Field } from '../../ui/parts';
import { t } from '../../words';

const START = `{
  me { person { name } companion { name persona } }
  state(name: "mood") { basis { position time } value }
}`;

const FIELDS = `{ __schema { queryType { name } mutationType { name } subscriptionType { name }
  types { name fields { name description args { name type { ...T } } type { ...T } } } } }
fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }`;

type Type = { kind: string; name: string | null; ofType?: Type };
type FieldOf = { name: string; description: string | null; args: { name: string; type: Type }[]; type: Type };
type Schema = {
  queryType: { name: string };
  mutationType: { name: string };
  subscriptionType: { name: string };
  types: { name: string; fields: FieldOf[] | null }[];
};

function typeName(type: Type | undefined): string {
  if (!type) return '';
  if (type.kind === 'NON_NULL') return `${typeName(type.ofType)}!`;
  if (type.kind === 'LIST') return `[${typeName(type.ofType)}]`;
  return type.name ?? '';
}

function Fields({ title, fields }: { title: string; fields: FieldOf[] }) {
  return (
    <details>
      <summary>{title}</summary>
      <dl class="api-fields">
        {fields.map((f) => (
          <div key={f.name}>
            <dt>
              <code>
                {f.name}
                {f.args.length > 0 && `(${f.args.map((a) => `${a.name}: ${typeName(a.type)}`).join(', ')})`}: {typeName(f.type)}
              </code>
            </dt>
            <dd>{f.description}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

export function Interface() {
  const [query, setQuery] = useState(START);
  const [variables, setVariables] = useState('{}');
  const [answer, setAnswer] = useState('');
  const [busy, setBusy] = useState(false);
  const [schema, setSchema] = useState<Schema | null>(null);
  useEffect(() => {
    raw(FIELDS, {}).then(
      (found) => setSchema((found as { data?: { __schema: Schema } }).data?.__schema ?? null),
      () => undefined,
    );
  }, []);
  const run = async (): Promise<void> => {
    setBusy(true);
    try {
      setAnswer(JSON.stringify(await raw(query, JSON.parse(variables || '{}')), null, 2));
    } catch (error) {
      setAnswer(String(error));
    }
    setBusy(false);
  };
  const fieldsOf = (name: string): FieldOf[] => schema?.types.find((type) => type.name === name)?.fields ?? [];
  return (
    <Card title={t('system.api')}>
      <p class="lead">{t('system.apiText')}</p>
      <form
        class="api"
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
            event.preventDefault();
            void run();
          }
        }}
      >
        <div>
          <Field label={t('system.apiQuery')}>
            <textarea class="mono" rows={9} spellcheck={false} value={query} onInput={(event) => setQuery(event.currentTarget.value)} />
          </Field>
          <Field label={t('system.apiVariables')}>
            <textarea class="mono" rows={2} spellcheck={false} value={variables} onInput={(event) => setVariables(event.currentTarget.value)} />
          </Field>
          <div class="row">
            <Button kind="primary" type="submit" disabled={busy}>
              {t('do.run')}
            </Button>
          </div>
        </div>
        <div>
          <Field label={t('system.apiAnswer')}>
            <textarea class="mono answer" readOnly rows={16} value={answer} />
          </Field>
        </div>
      </form>
      {schema && (
        <section>
          <h3>{t('system.apiField')}</h3>
          <Fields title={schema.queryType.name} fields={fieldsOf(schema.queryType.name)} />
          <Fields title={schema.mutationType.name} fields={fieldsOf(schema.mutationType.name)} />
          <Fields title={schema.subscriptionType.name} fields={fieldsOf(schema.subscriptionType.name)} />
        </section>
      )}
    </Card>
  );
}
