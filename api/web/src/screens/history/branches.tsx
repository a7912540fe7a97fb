/** Lines of history. */
import { useState } from 'preact/hooks';
import { BranchDiffDocument, BranchesDocument, DropDocument, PromoteDocument } from '../../gql/types';
import { tell } from '../../net/http';
import { branch, go } from '../../state/place';
import { useAsk } from '../../state/use';
import { Icon } from '../../ui/icon';
import { Button, Card, Dialog, Shown } from '../../ui/parts';
import { toast } from '../../ui/toast';
import { t } from '../../words';
import { EventChip } from '../why/event';
import { typeWords } from './index';

function Differences({ name }: { name: string }) {
  const asked = useAsk(BranchDiffDocument, { branch: name });
  return (
    <Shown asked={asked}>
      {({ branchDiff }) => (
        <ul class="plain-list diffs">
          {branchDiff.differences.slice(0, 40).map((d, i) => (
            <li key={i}>
              <span class="fine">{d.kind === 'ONLY_LEFT' ? '−' : d.kind === 'ONLY_RIGHT' ? '+' : '≠'}</span> {typeWords((d.right ?? d.left)?.type ?? '')}{' '}
              {d.fields.length > 0 && <span class="fine">{d.fields.join(', ')}</span>} <EventChip position={(d.right ?? d.left)?.position ?? 0} />
            </li>
          ))}
        </ul>
      )}
    </Shown>
  );
}

export function Branches() {
  const asked = useAsk(BranchesDocument, {}, { live: true });
  const [open, setOpen] = useState<string | null>(null);
  const [dropping, setDropping] = useState<string | null>(null);
  const attempt = async (work: () => Promise<string | void>): Promise<void> => {
    try {
      const said = await work();
      if (said) toast(said);
      asked.again();
    } catch (error) {
      toast((error as Error).message, 'bad');
    }
  };
  return (
    <Card title={t('history.branches')}>
      <Shown asked={asked}>
        {({ branches }) => (
          <>
            {branches.length < 2 && <p class="nothing">{t('history.branchNone')}</p>}
            <ul class="branches">
              {branches.map((b) => (
                <li key={b.id} class={b.name === branch.value ? 'on' : ''}>
                  <Icon name="branch" />
                  <div>
                    <strong>{b.name}</strong>
                    <span class="fine">
                      {b.parent && `${t('history.branchFrom', { parent: b.parent, n: b.fork })} · `}
                      {t('history.branchOwn', { n: b.events })}
                      {!b.open && ` · ${t('history.branchClosed')}`}
                    </span>
                  </div>
                  <div class="row">
                    {b.parent && (
                      <Button kind="quiet" onClick={() => setOpen(open === b.name ? null : b.name)}>
                        {t('history.compare')}
                      </Button>
                    )}
                    {b.name !== branch.value && b.open && <Button onClick={() => go({ branch: b.name, at: null })}>{t('history.branchGo')}</Button>}
                    {b.parent && b.open && (
                      <>
                        <Button
                          onClick={() =>
                            void attempt(async () => {
                              const { promoteBranch } = await tell(PromoteDocument, { name: b.name });
                              return t('history.branchPromoted', { n: promoteBranch.events });
                            })
                          }
                        >
                          {t('history.branchPromote')}
                        </Button>
                        <Button kind="danger" onClick={() => setDropping(b.name)}>
                          {t('history.branchDrop')}
                        </Button>
                      </>
                    )}
                  </div>
                  {open === b.name && <Differences name={b.name} />}
                </li>
              ))}
            </ul>
          </>
        )}
      </Shown>
      {dropping && (
        <Dialog title={t('history.branchDrop')} onClose={() => setDropping(null)}>
          <p>{t('history.branchDropAsk', { name: dropping })}</p>
          <div class="row">
            <Button kind="quiet" onClick={() => setDropping(null)}>
              {t('do.cancel')}
            </Button>
            <Button
              kind="danger"
              onClick={() => {
                const name = dropping;
                setDropping(null);
                void attempt(async () => {
                  await tell(DropDocument, { name });
                  if (branch.value === name) go({ branch: 'main' });
                });
              }}
            >
              {t('history.branchDrop')}
            </Button>
          </div>
        </Dialog>
      )}
    </Card>
  );
}
