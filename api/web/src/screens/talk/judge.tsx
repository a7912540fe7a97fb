/** Feedback: a thumb counts at once; a reason and words can be added. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { Button } from '../../ui/parts';
import { toast } from '../../ui/toast';
import { t, type Word } from '../../words';

const REASONS = {
  good: ['helpful', 'warm', 'true', 'remembered'],
  bad: ['wrong', 'too_long', 'too_short', 'cold', 'missed', 'forgot'],
} as const;

export function Judge(props: {
  way: 'good' | 'bad';
  send: (reason: string | null, text: string | null) => Promise<boolean>;
  onDone: () => void;
}) {
  const [reason, setReason] = useState<string | null>(null);
  const [text, setText] = useState('');
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.scrollIntoView({ block: 'nearest' }), []);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (!reason && !text.trim()) return props.onDone();
    if (await props.send(reason, text.trim() || null)) {
      toast(t('judge.thanks'));
      props.onDone();
    }
  };
  return (
    <form class="judge" ref={form} onSubmit={(event) => void submit(event)}>
      <fieldset>
        <legend>{t(props.way === 'good' ? 'judge.good' : 'judge.bad')}</legend>
        <div class="chips">
          {REASONS[props.way].map((name) => (
            <label key={name} class={`chip ${reason === name ? 'on' : ''}`}>
              <input class="unseen" type="radio" name="reason" checked={reason === name} onChange={() => setReason(name)} />
              {t(`reason.${name}` as Word)}
            </label>
          ))}
        </div>
      </fieldset>
      <input type="text" aria-label={t('judge.words')} placeholder={t('judge.words')} value={text} dir="auto" onInput={(event) => setText(event.currentTarget.value)} />
      <div class="row">
        <Button kind="quiet" onClick={props.onDone}>
          {t('do.close')}
        </Button>
        <Button kind="primary" type="submit">
          {t('judge.send')}
        </Button>
      </div>
    </form>
  );
}
