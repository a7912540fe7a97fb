/** How the companion feels, at the moment that is shown. */
import { effect, signal } from '@preact/signals';
import { FrameDocument } from '../gql/types';
import { ask } from '../net/http';
import { epoch } from '../net/reach';
import { entry } from '../net/session';
import { head, headTime } from './happened';
import { at, branch } from './place';
import { pulse } from './use';

export type Affect = { valence: number; arousal: number; dominance: number };
export type Mood = { affect: Affect; label: string; intensity: number; since?: string; position?: number };

const REST: Affect = { valence: 0.15, arousal: 0.3, dominance: 0.5 };

export const mood = signal<Mood>({ affect: REST, label: 'calm', intensity: 0 });
/** When the moment that is shown was recorded. */
export const momentTime = signal<string | null>(null);

export type Tone = 'joy' | 'calm' | 'curious' | 'sad' | 'anxious' | 'angry';

/** A colour of feeling; always shown with a word as well. */
export function toneOf({ valence, arousal, dominance }: Affect): Tone {
  if (valence >= 0.25) return arousal > 0.42 ? 'joy' : 'calm';
  if (valence >= -0.08) return arousal > 0.42 ? 'curious' : 'calm';
  if (arousal > 0.5) return dominance > 0.6 ? 'angry' : 'anxious';
  return arousal > 0.4 ? 'anxious' : 'sad';
}

/** Reads a mood from what the server calls JSON. */
export function moodOf(value: unknown): Mood | null {
  const given = value as Partial<Mood> | null;
  return given?.affect ? { label: 'calm', intensity: 0, ...given, affect: given.affect } : null;
}

/**
 * Asks for the frame of the moment that is shown. While the bar is dragged, one question is on its way at a time, and the
 * latest position wins.
 */
export function startMood(): void {
  let busy = false;
  let wanted: string | null = null;
  const next = async (): Promise<void> => {
    if (busy || wanted === null) return;
    const name = wanted;
    wanted = null;
    busy = true;
    const [position, line] = JSON.parse(name) as [number | null, string];
    try {
      const variables = { at: position === null ? null : String(position), branch: line === 'main' ? null : line };
      const { data, kept } = await ask(FrameDocument, variables, { keep: position === null });
      if (at.value === position && branch.value === line) {
        const found = moodOf(data.state.value);
        if (found) mood.value = found;
        momentTime.value = data.basis.time;
        // Without a server, the newest that this browser knows of.
        if (position === null && (kept !== undefined || head.value < data.basis.position)) {
          head.value = data.basis.position;
          headTime.value = data.basis.time;
        }
      }
    } catch {
      /* The next movement asks again. */
    }
    busy = false;
    void next();
  };
  effect(() => {
    void epoch.value;
    if (at.value === null) void pulse.value;
    if (entry.value !== 'in') return;
    wanted = JSON.stringify([at.value, branch.value]);
    void next();
  });
}
