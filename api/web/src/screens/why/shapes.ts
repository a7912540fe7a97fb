/** What the events on the way to a reply hold, as far as the inspector shows it. All of it may be missing: old events. */
import type { Affect } from '../../state/mood';

export type Perception = {
  perception?: {
    valence?: number;
    arousal?: number;
    intent?: string;
    language?: string;
    emotions?: { label: string; score: number }[];
    entities?: { text: string; kind: string }[];
  };
};
export type Appraisal = {
  before?: Affect;
  after?: Affect;
  label?: string;
  intensity?: number;
  checks?: { name: string; value: number; reason: string }[];
};
export type Recall = {
  items?: {
    source: number;
    message?: string;
    kind: string;
    text: string;
    score: number;
    reason?: string;
    signals?: Record<string, number>;
  }[];
};
export type Skill = {
  skill?: string;
  context?: string;
  candidates?: { name: string; sample: number; propensity: number }[];
};
export type Reply = { usage?: { prompt_tokens?: number; completion_tokens?: number; first_token_ms?: number; total_ms?: number } };
export type Asked = { model?: { name: string; version: string }; parameters?: Record<string, unknown> };
export type Facts = { facts?: { subject: string; predicate: string; object: string; confidence: number; sentence: string }[] };

/** `question/negative` in words. */
export function contextParts(context: string): [string, string] {
  const [intent = '', tone = ''] = context.split('/');
  return [intent, tone];
}
