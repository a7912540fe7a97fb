/** Two moments beside each other: what the companion knew and felt then, and then. */
import { signal } from '@preact/signals';
import { useState } from 'preact/hooks';
import { DiffDocument, type DiffQuery } from '../../gql/types';
import { head } from '../../state/happened';
import { at, branch } from '../../state/place';
import { useAsk } from '../../state/use';
import { Button, Card, Shown } from '../../ui/parts';
import { known, number, t, when } from '../../words';

const a = signal<number | null>(null);
const b = signal<number | null>(null);

type Change = DiffQuery['stateDiff']['changes'][number];

const SKIPPED = /\.(position|since|lastActivity)$/;

function shown(value: unknown): string {
  if (value === null || value === undefined) return '—';
  if (typeof value === 'number') return number(value, Number.isInteger(value) ? 0 : 2);
  if (typeof value === 'string') return value;
  const object = value as Record<string, unknown>;
  if ('subject' in object && 'object' in object) return `${object['subject']} · ${object['predicate']} · ${object['object']}`;
  if ('skill' in object && 'alpha' in object) return `α ${object['alpha']} β ${object['beta']}`;
  if ('title' in object) return String(object['title']);
  return JSON.stringify(value);
}

/** `facts[you, sister, Anna]` as a group and a name. */
function parts(path: string): [string, string] {
  const match = /^(\w+)(.*)$/.exec(path);
  const rest = (match?.[2] ?? '').replace(/^[.[]/, '').replace(/\](?=\.|$)/, '').replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, '…');
  const named = /^affect\.(valence|arousal|dominance)$/.exec(rest)?.[1];
  return [match?.[1] ?? path, named ? known('why', named) : rest.replace(/^…\.?/, '').replaceAll('_', ' ') || path];
}

function Moment(props: { label: string; value: number | null; set: (value: number) => void }) {
  // What is being typed: a moment that is proposed meanwhile does not overwrite it.
  const [typed, type] = useState<string | null>(null);
  return (
    <div class="moment">
      <label>
        <span>{props.label}</span>
        <input
          type="number"
          min={1}
          max={head.value}
          value={typed ?? props.value ?? ''}
          onInput={(event) => type(event.currentTarget.value)}
          onChange={(event) => {
            type(null);
            const to = Number(event.currentTarget.value);
            if (Number.isInteger(to) && to > 0) props.set(Math.min(to, head.value || to));
          }}
        />
      </label>
      <Button onClick={() => props.set(at.value ?? head.value)}>{t('history.useNow')}</Button>
    </div>
  );
}

function Changes({ changes }: { changes: Change[] }) {
  const told = changes.filter((c) => !SKIPPED.test(c.path));
  if (!told.length) return <p class="nothing">{t('history.same')}</p>;
  const groups = [...new Set(told.map((c) => parts(c.path)[0]))];
  return (
    <>
      <p class="fine">{t('history.changes', { n: told.length })}</p>
      {groups.map((group) => (
        <section key={group} class="diff-group">
          <h3>{group}</h3>
          <div class="scroll-x" tabIndex={0}>
            <table class="diff">
              <thead>
                <tr>
                  <th scope="col">{t('history.what')}</th>
                  <th scope="col">{t('history.before')}</th>
                  <th scope="col">{t('history.after')}</th>
                </tr>
              </thead>
              <tbody>
                {told
                  .filter((c) => parts(c.path)[0] === group)
                  .map((c) => (
                    <tr key={c.path}>
                      <th scope="row" dir="auto">
                        {parts(c.path)[1]}
                      </th>
                      <td class={c.before === null ? '' : 'was'} dir="auto">
                        {shown(c.before)}
                      </td>
                      <td class={c.after === null ? '' : 'is'} dir="auto">
                        {shown(c.after)}
                      </td>
                    </tr>
                  ))}
              </tbody>
            </table>
          </div>
        </section>
      ))}
    </>
  );
}

export function Compare() {
  // Until the newest position is known there is nothing to propose.
  const now = at.value ?? head.value;
  if (now) {
    a.value ??= Math.max(1, Math.round(now / 2));
    b.value ??= head.value || null;
  }
  const [from, to] = [a.value, b.value];
  const line = branch.value === 'main' ? null : branch.value;
  const asked = useAsk(DiffDocument, from && to ? { from: String(Math.min(from, to)), to: String(Math.max(from, to)), branch: line } : null);
  return (
    <Card title={t('history.compare')}>
      <div class="moments">
        <Moment label={t('history.a')} value={from} set={(v) => (a.value = v)} />
        <Moment label={t('history.b')} value={to} set={(v) => (b.value = v)} />
      </div>
      <Shown asked={asked}>
        {({ stateDiff }) => (
          <>
            <p class="fine">
              {when(stateDiff.from.time, true)} → {when(stateDiff.to.time, true)}
            </p>
            <Changes changes={stateDiff.changes} />
          </>
        )}
      </Shown>
    </Card>
  );
}
