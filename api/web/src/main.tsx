/** The beginning. */
import './styles/tokens.css';
import './styles/base.css';
import './styles/frame.css';
import './styles/talk.css';
import './styles/screens.css';
import { render } from 'preact';
import { App } from './app';
import { startKeys } from './keys';
import { prune } from './net/sealed';
import { startOutbox } from './net/outbox';
import { enter } from './net/session';
import { startWorker } from './net/worker';
import { startTalk } from './screens/talk/talk';
import { startListening } from './state/happened';
import { startMood } from './state/mood';
import { startPlace } from './state/place';
import './state/prefs';

void (async () => {
  // The ticket is taken out of the address before anything else looks at it.
  const entered = enter();
  startPlace();
  await entered;
  startListening();
  startMood();
  startTalk();
  startKeys();
  void startOutbox();
  const root = document.getElementById('app');
  if (root) render(<App />, root);
  startWorker();
  void prune();
})();
