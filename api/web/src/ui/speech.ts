/** Reading aloud, with voices of this machine only: others would send the words elsewhere. */
import { signal } from '@preact/signals';
import { language } from '../state/prefs';

export const canSpeak = typeof speechSynthesis !== 'undefined';
/** Which message is being read. */
export const speaking = signal<string | null>(null);

/** Markdown without its marks. */
function spoken(text: string): string {
  return text.replace(/```[\s\S]*?```/g, ' ').replace(/[*_#>`~|]/g, '').replace(/\[([^\]]*)\]\([^)]*\)/g, '$1');
}

export function speak(message: string, text: string): void {
  hush();
  const voice = speechSynthesis.getVoices().find((v) => v.localService && v.lang.startsWith(language.value));
  const saying = new SpeechSynthesisUtterance(spoken(text));
  saying.lang = language.value;
  if (voice) saying.voice = voice;
  else if (speechSynthesis.getVoices().some((v) => !v.localService)) return;
  saying.onend = saying.onerror = () => {
    if (speaking.value === message) speaking.value = null;
  };
  speaking.value = message;
  speechSynthesis.speak(saying);
}

export function hush(): void {
  speechSynthesis.cancel();
  speaking.value = null;
}
