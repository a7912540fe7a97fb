/** Settings: this browser, and what you and the companion are called. */
import { useState } from 'preact/hooks';
import { CallItDocument, CallMeDocument, PersonaDocument } from '../../gql/types';
import { commandId, forgetSettled, tell } from '../../net/http';
import { disconnect } from '../../net/live';
import { parcels } from '../../net/outbox';
import { canKeep, forgetAll } from '../../net/sealed';
import { leave } from '../../net/session';
import { go, isPast } from '../../state/place';
import { keys, language, LANGUAGES, theme, THEMES } from '../../state/prefs';
import { Button, Card, Choice, Dialog, Field } from '../../ui/parts';
import { toast } from '../../ui/toast';
import { t } from '../../words';
import { me } from '../talk/talk';

function Names() {
  const known = me.value;
  // What was typed here and not saved. The rest follows the names, and what is typed is never overwritten by them.
  const [typed, type] = useState<{ you?: string; it?: string; persona?: string }>({});
  const you = typed.you ?? known?.person.name ?? '';
  const it = typed.it ?? known?.companion.name ?? '';
  const persona = typed.persona ?? known?.companion.persona ?? '';
  const save = async (event: Event): Promise<void> => {
    event.preventDefault();
    try {
      if (you.trim() && you !== known?.person.name) await tell(CallMeDocument, { commandId: commandId(), name: you.trim() });
      if (it.trim() && it !== known?.companion.name) await tell(CallItDocument, { commandId: commandId(), name: it.trim() });
      if (persona.trim() && persona !== known?.companion.persona) await tell(PersonaDocument, { commandId: commandId(), persona: persona.trim() });
      toast(t('settings.saved'));
    } catch (error) {
      toast((error as Error).message, 'bad');
    }
  };
  const locked = isPast.value;
  return (
    <Card title={t('settings.you')}>
      <form onSubmit={(event) => void save(event)}>
        <div class="two">
          <Field label={t('settings.yourName')}>
            <input type="text" maxLength={100} dir="auto" value={you} disabled={locked} onInput={(event) => type({ ...typed, you: event.currentTarget.value })} />
          </Field>
          <Field label={t('settings.itsName')}>
            <input type="text" maxLength={100} dir="auto" value={it} disabled={locked} onInput={(event) => type({ ...typed, it: event.currentTarget.value })} />
          </Field>
        </div>
        <Field label={t('settings.persona')}>
          <textarea rows={4} dir="auto" value={persona} disabled={locked} onInput={(event) => type({ ...typed, persona: event.currentTarget.value })} />
        </Field>
        <p class="fine">{t('settings.personaText')}</p>
        <div class="row">
          <Button kind="primary" type="submit" disabled={locked || !known}>
            {t('do.save')}
          </Button>
        </div>
      </form>
    </Card>
  );
}

export function Settings() {
  const [leaving, setLeaving] = useState(false);
  return (
    <div class="page-screen narrow">
      <h1>{t('settings.title')}</h1>
      <Card title={t('settings.look')}>
        <div class="setting">
          <span>{t('settings.theme')}</span>
          <Choice label={t('settings.theme')} value={theme.value} options={THEMES.map((name) => [name, t(`settings.theme.${name}`)] as const)} onChange={(name) => (theme.value = name)} />
        </div>
        <div class="setting">
          <span>{t('settings.language')}</span>
          <Choice label={t('settings.language')} value={language.value} options={LANGUAGES.map((name) => [name, name === 'en' ? 'English' : 'Deutsch'] as const)} onChange={(name) => (language.value = name)} />
        </div>
        <label class="setting">
          <span>{t('settings.keys')}</span>
          <input type="checkbox" class="switch" role="switch" checked={keys.value === 'on'} onChange={(event) => (keys.value = event.currentTarget.checked ? 'on' : 'off')} />
        </label>
        <div class="setting">
          <span>
            {t('screen.system')}, {t('screen.trust')}
          </span>
          <span class="row">
            <Button onClick={() => go({ screen: 'system' })}>{t('screen.system')}</Button>
            <Button onClick={() => go({ screen: 'trust' })}>{t('screen.trust')}</Button>
          </span>
        </div>
      </Card>
      <Names />
      <Card title={t('settings.window')}>
        <p class="lead">{t(canKeep ? 'settings.keeps' : 'settings.insecure')}</p>
        <p class="lead">{t('settings.leaveText')}</p>
        <Button kind="danger" onClick={() => setLeaving(true)}>
          {t('settings.leave')}
        </Button>
      </Card>
      {leaving && (
        <Dialog title={t('settings.leave')} onClose={() => setLeaving(false)}>
          <p>{t('settings.leaveAsk')}</p>
          <div class="row">
            <Button kind="quiet" onClick={() => setLeaving(false)}>
              {t('do.cancel')}
            </Button>
            <Button
              kind="danger"
              onClick={() => {
                parcels.value = [];
                forgetSettled();
                disconnect();
                void forgetAll().finally(leave);
              }}
            >
              {t('settings.leave')}
            </Button>
          </div>
        </Dialog>
      )}
    </div>
  );
}
