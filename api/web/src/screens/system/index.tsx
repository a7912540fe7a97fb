/** System: health, read models, the log, and the interface itself. */
import { useRef, useState } from 'preact/hooks';
import { HealthDocument, LogStatsDocument, RebuildDocument, VerifyLogDocument, type HealthQuery } from '../../gql/types';
import { ask } from '../../net/http';
import { follow } from '../../net/live';
import { go, item } from '../../state/place';
import { useAsk } from '../../state/use';
import { Icon } from '../../ui/icon';
import { Button, Card, Choice, Shown } from '../../ui/parts';
import { toast } from '../../ui/toast';
import { number, stretch, t } from '../../words';
import { Interface } from './interface';

type Projection = HealthQuery['health']['projections'][number];
type Progress = { done: number; total: number };

function Models({ list, again }: { list: Projection[]; again: () => void }) {
  const [progress, setProgress] = useState<ReadonlyMap<string, Progress>>(new Map());
  const digests = useRef(new Map<string, string>());
  const rebuild = (name: string): void => {
    for (const p of list) if (name === 'all' || p.name === name) digests.current.set(p.name, p.digest);
    follow(
      RebuildDocument,
      { name },
      ({ rebuildProjection: p }) => {
        setProgress((now) => {
          const next = new Map(now);
          if (p.digest) next.delete(p.name);
          else next.set(p.name, { done: p.done, total: p.total });
          return next;
        });
        if (p.digest) {
          const same = digests.current.get(p.name) === p.digest;
          if (name !== 'all' || !same) toast(`${p.name}: ${t(same ? 'system.same' : 'system.differs')}`, same ? 'good' : 'bad');
        }
      },
      (trouble) => {
        setProgress(new Map());
        if (trouble) toast(trouble, 'bad');
        else if (name === 'all') toast(t('system.same'));
        again();
      },
    );
    setProgress((now) => new Map(now).set(name === 'all' ? list[0]!.name : name, { done: 0, total: 0 }));
  };
  return (
    <Card
      title={t('system.projections')}
      aside={
        <Button onClick={() => rebuild('all')} disabled={progress.size > 0}>
          {t('system.rebuildAll')}
        </Button>
      }
    >
      <p class="lead">{t('system.projectionsText')}</p>
      <ul class="models">
        {list.map((p) => {
          const going = progress.get(p.name);
          return (
            <li key={p.name}>
              <i class={`state ${p.healthy ? 'good' : 'bad'}`} aria-hidden="true" />
              <div>
                <strong>{p.name.replaceAll('_', ' ')}</strong>
                <span class="fine">
                  {t(p.healthy ? 'system.healthy' : 'system.ill')} · {t('system.position', { n: p.position, m: p.head })}
                </span>
                {p.error && (
                  <span class="fate">
                    {p.code} {p.error}
                  </span>
                )}
                {p.note && <span class="fine">{p.note}</span>}
                <code class="digest" title={t('system.digest')}>
                  {p.digest.slice(0, 16)}
                </code>
              </div>
              {going ? (
                <div class="going">
                  <progress max={Math.max(1, going.total)} value={going.done} aria-label={p.name} />
                  <span class="fine num">{t('system.progress', { n: going.done, m: going.total })}</span>
                </div>
              ) : (
                <Button onClick={() => rebuild(p.name)} disabled={progress.size > 0}>
                  {t('system.rebuild')}
                </Button>
              )}
            </li>
          );
        })}
      </ul>
    </Card>
  );
}

function Log() {
  const asked = useAsk(LogStatsDocument, {}, { live: true });
  const [checking, setChecking] = useState(false);
  const [verdict, setVerdict] = useState<{ ok: boolean; text: string } | null>(null);
  const verify = async (): Promise<void> => {
    setChecking(true);
    try {
      const { verifyLog: v } = (await ask(VerifyLogDocument, { branch: null })).data;
      setVerdict({ ok: v.ok, text: v.ok ? t('system.verified', { n: v.events }) : t('system.bad', { n: v.badPosition ?? 0, why: v.detail }) });
    } catch (error) {
      toast((error as Error).message, 'bad');
    }
    setChecking(false);
  };
  return (
    <Card
      title={t('system.log')}
      aside={
        <Button onClick={() => void verify()} disabled={checking}>
          {t('system.verify')}
        </Button>
      }
    >
      {verdict && (
        <p class={`verdict ${verdict.ok ? 'good' : 'bad'}`} role="status">
          <Icon name={verdict.ok ? 'check' : 'close'} /> {verdict.text}
        </p>
      )}
      <Shown asked={asked}>
        {({ logStats: s }) => {
          const most = Math.max(...s.types.map((k) => k.count), 1);
          return (
            <>
              <dl class="tiles">
                <div>
                  <dd>{number(s.events)}</dd>
                  <dt>{t('system.events')}</dt>
                </div>
                <div>
                  <dd>{number(s.streams)}</dd>
                  <dt>{t('system.streams')}</dt>
                </div>
                <div>
                  <dd>{number(s.bytes)}</dd>
                  <dt>{t('system.bytes')}</dt>
                </div>
              </dl>
              <details>
                <summary>{t('system.types')}</summary>
                <table>
                  <tbody>
                    {[...s.types]
                      .sort((x, y) => y.count - x.count)
                      .map((k) => (
                        <tr key={k.type}>
                          <th scope="row">{k.type}</th>
                          <td class="wide">
                            <span class="bar" aria-hidden="true">
                              <i style={{ width: `${(k.count / most) * 100}%` }} />
                            </span>
                          </td>
                          <td>{number(k.count)}</td>
                        </tr>
                      ))}
                  </tbody>
                </table>
              </details>
            </>
          );
        }}
      </Shown>
    </Card>
  );
}

const TABS = ['health', 'api'] as const;

export function System() {
  const asked = useAsk(HealthDocument, {}, { live: true });
  const tab = item.value === 'api' ? 'api' : 'health';
  return (
    <div class="page-screen">
      <header class="page-head">
        <h1>{t('system.title')}</h1>
        <Choice label={t('system.title')} value={tab} options={TABS.map((name) => [name, t(name === 'api' ? 'system.api' : 'screen.system')] as const)} onChange={(name) => go({ item: name })} />
      </header>
      {tab === 'api' ? (
        <Interface />
      ) : (
        <>
          <Shown asked={asked}>
            {({ health }) => (
              <>
                <div class={`health ${health.ok ? 'good' : 'bad'}`} role="status">
                  <Icon name={health.ok ? 'check' : 'close'} />
                  <div>
                    <h2>{t(health.ok ? 'system.fine' : 'system.trouble')}</h2>
                    <p class="fine">
                      AICO {health.version} · SQLite {health.sqlite} · {t('system.uptime', { time: stretch(health.uptimeSeconds * 1000) })} ·{' '}
                      {health.model.name} {health.model.version}, {t('system.context', { n: health.model.contextTokens })}
                    </p>
                  </div>
                </div>
                <Models list={health.projections} again={asked.again} />
              </>
            )}
          </Shown>
          <Log />
        </>
      )}
    </div>
  );
}
