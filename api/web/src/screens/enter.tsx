/** Letting this browser in. */
import { useState } from 'preact/hooks';
import { Face } from '../ui/face';
import { enterByToken, entryTrouble } from '../net/session';
import { disconnect } from '../net/live';
import { Button, Field } from '../ui/parts';
import { t } from '../words';

export function Enter({ over = false }: { over?: boolean }) {
  const [token, setToken] = useState('');
  const [trouble, setTrouble] = useState<string | null>(entryTrouble.value);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    try {
      disconnect();
      if (!(await enterByToken(token))) setTrouble(entryTrouble.value);
    } catch {
      setTrouble(t('trouble.lost'));
    }
  };
  return (
    <section class={over ? 'enter over' : 'enter'} aria-label={t('enter.title')}>
      <form onSubmit={(event) => void submit(event)}>
        {!over && <Face size={112} label={false} />}
        {over ? <h2>{t('enter.title')}</h2> : <h1>{t('enter.title')}</h1>}
        <p>{t(over ? 'enter.ended' : 'enter.text')}</p>
        <pre>
          <code>aico open</code>
        </pre>
        <Field label={t('enter.or')}>
          <input type="password" autocomplete="off" value={token} aria-label={t('enter.token')} onInput={(event) => setToken(event.currentTarget.value)} />
        </Field>
        {trouble && (
          <p class="fate" role="alert">
            {t('enter.refused', { why: trouble })}
          </p>
        )}
        <Button kind="primary" type="submit" disabled={!token.trim()}>
          {t('enter.go')}
        </Button>
      </form>
    </section>
  );
}
