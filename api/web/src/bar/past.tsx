/** The past is unmistakable: what stands where one would write, and how to go on from there. */
import { useState } from 'preact/hooks';
import { BranchDocument, BranchesDocument } from '../gql/types';
import { ask, tell } from '../net/http';
import { head } from '../state/happened';
import { momentTime } from '../state/mood';
import { at, branch, go } from '../state/place';
import { itsName } from '../screens/talk/talk';
import { Button, Dialog, Field } from '../ui/parts';
import { toast } from '../ui/toast';
import { ago, t, when } from '../words';

async function freeName(): Promise<string> {
  try {
    const { data } = await ask(BranchesDocument, {});
    const taken = new Set(data.branches.map((b) => b.name));
    for (let n = 1; ; n += 1) if (!taken.has(`what-if-${n}`)) return `what-if-${n}`;
  } catch {
    return 'what-if';
  }
}

function BranchDialog({ position, onClose }: { position: number; onClose: () => void }) {
  const [name, setName] = useState('');
  const [busy, setBusy] = useState(false);
  if (!name && !busy) {
    setBusy(true);
    void freeName().then((free) => {
      setName(free);
      setBusy(false);
    });
  }
  const make = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    try {
      await tell(BranchDocument, { name: name.trim(), at: String(position), parent: branch.value });
      onClose();
      go({ screen: 'talk', at: null, branch: name.trim() });
    } catch (error) {
      toast((error as Error).message, 'bad');
      setBusy(false);
    }
  };
  return (
    <Dialog title={t('time.ask')} onClose={onClose}>
      <form onSubmit={(event) => void make(event)}>
        <p>{t('time.branchText', { name: itsName(), n: position })}</p>
        <Field label={t('time.branchName')}>
          <input type="text" value={name} maxLength={60} onInput={(event) => setName(event.currentTarget.value)} />
        </Field>
        <div class="row">
          <Button kind="quiet" onClick={onClose}>
            {t('do.cancel')}
          </Button>
          <Button kind="primary" type="submit" icon="branch" disabled={busy || !name.trim()}>
            {t('time.branchMake')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** In place of the composer. */
export function PastNote() {
  const [asking, setAsking] = useState<number | null>(null);
  const position = at.value ?? head.value;
  return (
    <div class="past-note">
      <p>
        <strong>{t('time.at', { n: position })}</strong>
        {momentTime.value && (
          <span>
            {' '}
            {when(momentTime.value, true)}, {ago(momentTime.value)}
          </span>
        )}
        <small>{t('time.readOnly')}</small>
      </p>
      <div class="row">
        <Button kind="quiet" icon="branch" onClick={() => setAsking(position)}>
          {t('time.ask')}
        </Button>
        <Button kind="primary" onClick={() => go({ at: null })}>
          {t('time.return')}
        </Button>
      </div>
      {asking !== null && <BranchDialog position={asking} onClose={() => setAsking(null)} />}
    </div>
  );
}

/** Above everything, while a branch is shown. */
export function BranchNote() {
  if (branch.value === 'main') return null;
  return (
    <p class="branch-note">
      <span>{t('time.onBranch', { name: branch.value })}</span>
      <button type="button" class="plain" onClick={() => go({ branch: 'main', at: null, item: null })}>
        {t('time.leaveBranch')}
      </button>
    </p>
  );
}
