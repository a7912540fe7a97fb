/** The screens that are loaded when they are first wanted. */
import type { ComponentType } from 'preact';
import { Album } from './screens/album';
import { Feelings } from './screens/feelings';
import { Graph } from './screens/graph';
import { History } from './screens/history';
import { Memory } from './screens/memory';
import { Settings } from './screens/settings';
import { System } from './screens/system';
import { Trust } from './screens/trust';
import type { Screen } from './state/place';

export const screens: Partial<Record<Screen, ComponentType>> = {
  memory: Memory,
  graph: Graph,
  album: Album,
  feelings: Feelings,
  history: History,
  trust: Trust,
  system: System,
  settings: Settings,
};
export { WhyPanel } from './screens/why';
