/** Trust: the ledger verified in this browser, a try to break it, and a statement to keep elsewhere. */
import { useState } from 'preact/hooks';
import { CheckpointDocument, LedgerHeadDocument, LedgerLinesDocument } from '../../gql/types';
import { ask } from '../../net/http';
import { useAsk } from '../../state/use';
import { Icon } from '../../ui/icon';
import { Button, Card, copy, Shown } from '../../ui/parts';
import { toast } from '../../ui/toast';
import { t } from '../../words';
import { EventChip, EventDialog } from '../why/event';
import { broken, verify, type Head, type Line, type Verdict } from './ledger';


/** All lines of the ledger, page by page; `change` sees each page first. */
async function* lines(through: number, change: (page: Line[]) => Line[]): AsyncGenerator<Line[]> {
  for (let after = 0; after < through; ) {
    const { data } = await ask(LedgerLinesDocument, { after, through });
    const page = data.audit.exportLines as Line[];
    if (!page.length) return;
    after = page.at(-1)!.position;
    yield change(page);
  }
}

async function run(told: (done: number, of: number) => void, change: (page: Line[], size: number) => Line[]): Promise<Verdict> {
  const { data } = await ask(LedgerHeadDocument, { through: null });
  const head = data.audit.exportHead as Head;
  return verify(head, lines(head.treeSize, (page) => change(page, head.treeSize)), (done) => told(done, head.treeSize));
}

function chance(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0]! / 2 ** 32;
}

type Round = { kind: 'real' | 'broken'; place?: number; verdict: Verdict };

function Outcome({ round }: { round: Round }) {
  const { verdict: v } = round;
  if (round.kind === 'broken') {
    const found = !v.ok;
    return (
      <div class={`outcome ${found ? 'good' : 'bad'}`} role="status">
        <Icon name={found ? 'check' : 'close'} />
        <div>
          <p>
            {t('trust.brokeAt', { n: round.place ?? 0 })} {found ? t('trust.found', { n: v.bad ?? round.place ?? 0, why: v.why ? t(`trust.why.${v.why}`) : '' }) : t('trust.notFound')}
          </p>
          <p class="fine">{t('trust.copyOnly')}</p>
        </div>
      </div>
    );
  }
  return (
    <div class={`outcome ${v.ok ? 'good' : 'bad'}`} role="status">
      <Icon name={v.ok ? 'check' : 'close'} />
      <div>
        <p>
          {v.ok ? t('trust.sound', { n: v.checked }) : `${t('trust.unsound', { n: v.bad ?? v.checked })} ${v.why ? t(`trust.why.${v.why}`) : ''}`}{' '}
          {v.bad !== undefined && <EventChip position={v.bad} />}
        </p>
        {v.signed && <p class="fine">{t(`trust.signed.${v.signed}`)}</p>}
        {v.root && (
          <p class="fine">
            {t('trust.root')} <code>{v.root}</code>
          </p>
        )}
      </div>
    </div>
  );
}

function Ledger() {
  const [busy, setBusy] = useState<{ done: number; of: number } | null>(null);
  const [round, setRound] = useState<Round | null>(null);
  const attempt = async (kind: Round['kind']): Promise<void> => {
    setBusy({ done: 0, of: 1 });
    setRound(null);
    let place: number | undefined;
    try {
      const verdict = await run(
        (done, of) => setBusy({ done, of }),
        (page, size) => {
          if (kind === 'real') return page;
          place ??= 1 + Math.floor(chance() * size);
          return page.map((line) => (line.position === place ? broken(line, chance) : line));
        },
      );
      setRound({ kind, verdict, ...(place === undefined ? {} : { place }) });
    } catch (error) {
      toast((error as Error).message, 'bad');
    }
    setBusy(null);
  };
  if (!crypto.subtle) return <p class="nothing">{t('settings.insecure')}</p>;
  return (
    <Card title={t('trust.ledger')}>
      <p class="lead">{t('trust.ledgerText')}</p>
      <div class="row left">
        <Button kind="primary" icon="check" disabled={busy !== null} onClick={() => void attempt('real')}>
          {t('trust.verify')}
        </Button>
        <Button disabled={busy !== null} onClick={() => void attempt('broken')}>
          {t('trust.break')}
        </Button>
      </div>
      {busy && (
        <div class="going wide">
          <progress max={busy.of} value={busy.done} aria-label={t('trust.verify')} />
          <span class="fine num">{t('system.progress', { n: busy.done, m: busy.of })}</span>
        </div>
      )}
      {round && <Outcome round={round} />}
    </Card>
  );
}

function Statement() {
  const asked = useAsk(CheckpointDocument, { branch: null }, { live: true });
  return (
    <Card title={t('trust.statement')}>
      <p class="lead">{t('trust.statementText')}</p>
      <Shown asked={asked}>
        {({ audit: { checkpoint: c } }) => (
          <>
            <pre class="json" tabIndex={0}>
              {c.note}
            </pre>
            <p class="fine">
              {t('trust.key')} <code>{c.publicKey}</code>
            </p>
            <div class="row left">
              <Button icon="copy" onClick={() => void copy(c.note).then((done) => done && toast(t('do.copied')))}>
                {t('do.copy')}
              </Button>
            </div>
          </>
        )}
      </Shown>
    </Card>
  );
}

export function Trust() {
  return (
    <div class="page-screen narrow">
      <h1>{t('trust.title')}</h1>
      <Ledger />
      <Statement />
      <EventDialog />
    </div>
  );
}
