/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** What was kept. */
export type AlbumContent =
  | 'CONVERSATION'
  | 'EXCERPT'
  | 'MESSAGE';

/** Which entries; what is left out lets all through. */
export type AlbumFilter = {
  category?: string | null | undefined;
  content?: AlbumContent | null | undefined;
  conversation?: string | null | undefined;
  factType?: FactType | null | undefined;
  favourites?: boolean | null | undefined;
  memoryType?: MemoryType | null | undefined;
  tag?: string | null | undefined;
};

/** What is to be said differently about an entry. What is left out stays; an empty text takes a category or a note away. */
export type AnnotationInput = {
  category?: string | null | undefined;
  factType?: FactType | null | undefined;
  memoryType?: MemoryType | null | undefined;
  note?: string | null | undefined;
  /** All tags of the entry. */
  tags?: Array<string> | null | undefined;
};

/** How two lines differ in one event. */
export type DifferenceKind =
  | 'CHANGED'
  | 'ONLY_LEFT'
  | 'ONLY_RIGHT';

/** What a kept fact is about. */
export type FactType =
  | 'IDENTITY'
  | 'PREFERENCE'
  | 'RELATIONSHIP'
  | 'TEMPORAL';

/** A moment of two clocks. */
export type GraphAsOf = {
  /** What was known then: a position, a time or `latest`. */
  known?: string | null | undefined;
  /** What held then: a time, or `now`. Left out: of every time. */
  valid?: string | null | undefined;
};

/** What is to be kept: one of a message and a conversation. */
export type KeepInput = {
  category?: string | null | undefined;
  conversation?: string | null | undefined;
  factType?: FactType | null | undefined;
  favourite?: boolean | null | undefined;
  /** The first character of an excerpt. */
  fromChar?: number | null | undefined;
  memoryType?: MemoryType | null | undefined;
  /** A message, or with `fromChar` and `toChar`, or with `quote`, a part of it. */
  message?: string | null | undefined;
  note?: string | null | undefined;
  /** An excerpt in its own words. */
  quote?: string | null | undefined;
  tags?: Array<string> | null | undefined;
  /** The character after the last of an excerpt. */
  toChar?: number | null | undefined;
};

/** What an entry means to the person. */
export type MemoryType =
  | 'FACT'
  | 'INSIGHT'
  | 'MILESTONE'
  | 'MOMENT'
  | 'WISDOM';

/** How far a reply is. */
export type ReplyState =
  | 'COMPLETED'
  | 'FAILED'
  | 'INTERRUPTED';

/** Which side spoke. */
export type Role =
  | 'COMPANION'
  | 'PERSON';

export type KeptFragment = { id: string, content: AlbumContent, conversation: string, message: string | null, text: string | null, note: string | null, category: string | null, factType: FactType | null, memoryType: MemoryType | null, favourite: boolean, tags: Array<string>, gone: string | null, edited: boolean, messages: number | null, keptAt: string, saidAt: string | null, position: number, revisits: number, role: Role | null, speaker: string | null, tone: { label: string, valence: number, arousal: number, by: string } | null };

export type AlbumQueryVariables = Exact<{
  filter?: AlbumFilter | null | undefined;
  first?: number | null | undefined;
  offset?: number | null | undefined;
  at?: string | null | undefined;
  branch?: string | null | undefined;
}>;


export type AlbumQuery = { album: { total: number, basis: { position: number }, items: Array<{ id: string, content: AlbumContent, conversation: string, message: string | null, text: string | null, note: string | null, category: string | null, factType: FactType | null, memoryType: MemoryType | null, favourite: boolean, tags: Array<string>, gone: string | null, edited: boolean, messages: number | null, keptAt: string, saidAt: string | null, position: number, revisits: number, role: Role | null, speaker: string | null, tone: { label: string, valence: number, arousal: number, by: string } | null }> } };

export type RememberMutationVariables = Exact<{
  commandId: string;
  keep: KeepInput;
  branch?: string | null | undefined;
}>;


export type RememberMutation = { remember: { memory: string, position: number, repeated: boolean } };

export type AnnotateMutationVariables = Exact<{
  commandId: string;
  memory: string;
  annotation: AnnotationInput;
  branch?: string | null | undefined;
}>;


export type AnnotateMutation = { annotateMemory: { position: number } };

export type FavourMutationVariables = Exact<{
  commandId: string;
  memory: string;
  favourite: boolean;
  branch?: string | null | undefined;
}>;


export type FavourMutation = { favourMemory: { position: number } };

export type UnkeepMutationVariables = Exact<{
  commandId: string;
  memory: string;
  branch?: string | null | undefined;
}>;


export type UnkeepMutation = { removeMemory: { position: number } };

export type RevisitMutationVariables = Exact<{
  commandId: string;
  memory: string;
  branch?: string | null | undefined;
}>;


export type RevisitMutation = { revisitMemory: { position: number } };

export type CheckpointQueryVariables = Exact<{
  branch?: string | null | undefined;
}>;


export type CheckpointQuery = { audit: { checkpoint: { note: string, publicKey: string, root: string, size: number, log: string } } };

export type LedgerHeadQueryVariables = Exact<{
  through?: number | null | undefined;
}>;


export type LedgerHeadQuery = { audit: { exportHead: unknown } };

export type LedgerLinesQueryVariables = Exact<{
  after: number;
  through: number;
}>;


export type LedgerLinesQuery = { audit: { exportLines: Array<unknown> } };

export type LedgerProofQueryVariables = Exact<{
  position: number;
}>;


export type LedgerProofQuery = { audit: { proof: unknown } };

export type KnotFragment = { id: string, kind: string, name: string, aliases: Array<string>, mentions: number, recorded: number, properties: Array<{ key: string, value: string, validFrom: string | null, validUntil: string | null, confidence: number, evidence: Array<{ message: string | null, position: number, start: number, end: number }> }> };

export type TieFragment = { id: string, subject: string, predicate: string, object: string, source: string, target: string, validFrom: string | null, validUntil: string | null, stated: boolean, recorded: number, confidence: number, evidence: Array<{ message: string | null, position: number, start: number, end: number }> };

export type GraphQueryVariables = Exact<{
  name?: string | null | undefined;
  depth?: number | null | undefined;
  asOf?: GraphAsOf | null | undefined;
  branch?: string | null | undefined;
}>;


export type GraphQuery = { graph: { basis: { position: number, time: string | null, branch: string, latest: boolean }, nodes: Array<{ id: string, kind: string, name: string, aliases: Array<string>, mentions: number, recorded: number, properties: Array<{ key: string, value: string, validFrom: string | null, validUntil: string | null, confidence: number, evidence: Array<{ message: string | null, position: number, start: number, end: number }> }> }>, edges: Array<{ id: string, subject: string, predicate: string, object: string, source: string, target: string, validFrom: string | null, validUntil: string | null, stated: boolean, recorded: number, confidence: number, evidence: Array<{ message: string | null, position: number, start: number, end: number }> }> } };

export type GraphTableQueryVariables = Exact<{
  query: string;
  rows?: number | null | undefined;
  asOf?: GraphAsOf | null | undefined;
  branch?: string | null | undefined;
}>;


export type GraphTableQuery = { graph: { basis: { position: number, time: string | null, branch: string, latest: boolean }, table: { columns: Array<string>, rows: Array<unknown>, work: number } | null } };

export type GraphPeopleQueryVariables = Exact<{
  asOf?: GraphAsOf | null | undefined;
  branch?: string | null | undefined;
}>;


export type GraphPeopleQuery = { graphPeople: Array<{ name: string, roles: Array<string>, family: boolean, authority: number, intimacy: number, care: number, frequency: number, contextSimilarity: number, stability: number }> };

export type NotSoMutationVariables = Exact<{
  commandId: string;
  subject: string;
  predicate: string;
  object: string;
  branch?: string | null | undefined;
}>;


export type NotSoMutation = { graphCorrect: { position: number } };

export type WhyQueryVariables = Exact<{
  id: string;
  at?: string | null | undefined;
  branch?: string | null | undefined;
}>;


export type WhyQuery = { why: { message: string, basis: { position: number, time: string | null, branch: string, latest: boolean }, steps: Array<{ kind: string, position: number, eventId: string, at: string, by: string, summary: string, value: unknown }>, prompt: { budget: number, digest: string, recordedDigest: string, identical: boolean, parts: Array<{ kind: string, tokens: number, sources: Array<number> }>, lines: Array<{ speaker: string, content: string }> } | null } };

export type MemoryQueryVariables = Exact<{
  query: string;
  first?: number | null | undefined;
  at?: string | null | undefined;
  branch?: string | null | undefined;
}>;


export type MemoryQuery = { memory: { nothing: string | null, basis: { position: number, time: string | null, branch: string, latest: boolean }, items: Array<{ text: string, kind: string, at: string, conversation: string, message: string, position: number, reason: string, score: number, signals: Array<{ name: string, part: number, says: string }> }> } };

export type MemoryStatsQueryVariables = Exact<{
  at?: string | null | undefined;
  branch?: string | null | undefined;
}>;


export type MemoryStatsQuery = { memoryStats: { companion: number, person: number, facts: number, conversations: number, sessions: number, embedder: string, first: string | null, last: string | null, languages: Array<{ language: string, count: number }> } };

export type StateQueryVariables = Exact<{
  name: string;
  at?: string | null | undefined;
  branch?: string | null | undefined;
}>;


export type StateQuery = { state: { value: unknown, basis: { position: number, time: string | null, branch: string, latest: boolean } } };

export type DiffQueryVariables = Exact<{
  from: string;
  to?: string | null | undefined;
  branch?: string | null | undefined;
}>;


export type DiffQuery = { stateDiff: { from: { position: number, time: string | null, branch: string, latest: boolean }, to: { position: number, time: string | null, branch: string, latest: boolean }, changes: Array<{ path: string, before: unknown, after: unknown }> } };

export type OneEventQueryVariables = Exact<{
  position: number;
  branch?: string | null | undefined;
}>;


export type OneEventQuery = { event: { position: number, type: string, stream: string, version: number, schema: number, actor: string, recordedAt: string, occurredAt: string, causation: string | null, correlation: string, commandId: string, eventId: string, subject: string, branch: number, erased: boolean, body: unknown, bodyDigest: string, leaf: string, prev: string } | null };

export type MoodsQueryVariables = Exact<{
  last?: number | null | undefined;
  at?: string | null | undefined;
  branch?: string | null | undefined;
}>;


export type MoodsQuery = { events: { items: Array<{ position: number, recordedAt: string, body: unknown }> } };

export type ChoicesQueryVariables = Exact<{
  last?: number | null | undefined;
  at?: string | null | undefined;
  branch?: string | null | undefined;
}>;


export type ChoicesQuery = { events: { items: Array<{ position: number, recordedAt: string, body: unknown }> } };

export type WatchSubscriptionVariables = Exact<{
  name: string;
  branch?: string | null | undefined;
}>;


export type WatchSubscription = { state: { value: unknown, basis: { position: number } } };

export type HealthQueryVariables = Exact<{ [key: string]: never; }>;


export type HealthQuery = { health: { ok: boolean, version: string, sqlite: string, head: number, uptimeSeconds: number, model: { name: string, version: string, contextTokens: number }, projections: Array<{ name: string, version: number, position: number, head: number, healthy: boolean, code: string | null, error: string | null, note: string | null, digest: string }> } };

export type LogStatsQueryVariables = Exact<{ [key: string]: never; }>;


export type LogStatsQuery = { logStats: { events: number, bytes: number, streams: number, first: string | null, last: string | null, types: Array<{ type: string, count: number }> } };

export type VerifyLogQueryVariables = Exact<{
  branch?: string | null | undefined;
}>;


export type VerifyLogQuery = { verifyLog: { ok: boolean, events: number, badPosition: number | null, detail: string, leaf: string | null, branch: string } };

export type RebuildSubscriptionVariables = Exact<{
  name: string;
}>;


export type RebuildSubscription = { rebuildProjection: { name: string, done: number, total: number, perSecond: number, secondsLeft: number | null, digest: string | null } };

export type CallMeMutationVariables = Exact<{
  commandId: string;
  name: string;
}>;


export type CallMeMutation = { renamePerson: { position: number } };

export type CallItMutationVariables = Exact<{
  commandId: string;
  name: string;
}>;


export type CallItMutation = { renameCompanion: { position: number } };

export type PersonaMutationVariables = Exact<{
  commandId: string;
  persona: string;
}>;


export type PersonaMutation = { changePersona: { position: number } };

export type SaidFragment = { id: string, role: Role, speaker: string | null, text: string | null, thinking: string | null, erased: boolean, edited: boolean, occurredAt: string, position: number, replyTo: string | null, variants: Array<string>, selected: string | null, state: ReplyState | null, run: string | null, interrupted: string | null, attachments: Array<{ kind: string, caption: string, url: string | null }>, feedback: Array<{ position: number, reward: number | null, reason: string | null, text: string | null }> };

export type AtFragment = { position: number, time: string | null, branch: string, latest: boolean };

export type MeQueryVariables = Exact<{
  at?: string | null | undefined;
  branch?: string | null | undefined;
}>;


export type MeQuery = { me: { basis: { position: number, time: string | null, branch: string, latest: boolean }, person: { id: string, name: string | null }, companion: { id: string, name: string, persona: string } } };

export type ConversationsQueryVariables = Exact<{
  at?: string | null | undefined;
  branch?: string | null | undefined;
  first?: number | null | undefined;
}>;


export type ConversationsQuery = { conversations: { basis: { position: number, time: string | null, branch: string, latest: boolean }, items: Array<{ id: string, title: string | null, private: boolean, messages: number, lastActivity: string, startedAt: string, origin: string }> } };

export type ThreadQueryVariables = Exact<{
  id: string;
  at?: string | null | undefined;
  branch?: string | null | undefined;
  after?: number | null | undefined;
  before?: number | null | undefined;
  first?: number | null | undefined;
  last?: number | null | undefined;
}>;


export type ThreadQuery = { conversation: { basis: { position: number, time: string | null, branch: string, latest: boolean }, conversation: { id: string, title: string | null, private: boolean, messages: number, lastActivity: string, startedAt: string, origin: string }, messages: Array<{ id: string, role: Role, speaker: string | null, text: string | null, thinking: string | null, erased: boolean, edited: boolean, occurredAt: string, position: number, replyTo: string | null, variants: Array<string>, selected: string | null, state: ReplyState | null, run: string | null, interrupted: string | null, attachments: Array<{ kind: string, caption: string, url: string | null }>, feedback: Array<{ position: number, reward: number | null, reason: string | null, text: string | null }> }> } };

export type OneMessageQueryVariables = Exact<{
  id: string;
  at?: string | null | undefined;
  branch?: string | null | undefined;
}>;


export type OneMessageQuery = { message: { basis: { position: number }, message: { conversation: string, id: string, role: Role, speaker: string | null, text: string | null, thinking: string | null, erased: boolean, edited: boolean, occurredAt: string, position: number, replyTo: string | null, variants: Array<string>, selected: string | null, state: ReplyState | null, run: string | null, interrupted: string | null, attachments: Array<{ kind: string, caption: string, url: string | null }>, feedback: Array<{ position: number, reward: number | null, reason: string | null, text: string | null }> } } };

export type SendMutationVariables = Exact<{
  commandId: string;
  text: string;
  conversation?: string | null | undefined;
  branch?: string | null | undefined;
}>;


export type SendMutation = { sendMessage: { conversation: string, message: string, position: number, reply: string, run: string } };

export type BeginMutationVariables = Exact<{
  commandId: string;
  private?: boolean | null | undefined;
  title?: string | null | undefined;
  branch?: string | null | undefined;
}>;


export type BeginMutation = { startConversation: { conversation: string, position: number } };

export type StopMutationVariables = Exact<{
  run: string;
}>;


export type StopMutation = { stopReply: boolean };

export type AgainMutationVariables = Exact<{
  commandId: string;
  conversation: string;
  message: string;
  branch?: string | null | undefined;
}>;


export type AgainMutation = { regenerate: { conversation: string, message: string, position: number, reply: string, run: string } };

export type EditMutationVariables = Exact<{
  commandId: string;
  conversation: string;
  message: string;
  text: string;
  branch?: string | null | undefined;
}>;


export type EditMutation = { editMessage: { position: number } };

export type ChooseMutationVariables = Exact<{
  commandId: string;
  conversation: string;
  reply: string;
  branch?: string | null | undefined;
}>;


export type ChooseMutation = { selectVariant: { position: number } };

export type JudgeMutationVariables = Exact<{
  commandId: string;
  conversation: string;
  reply: string;
  reward: number;
  reason?: string | null | undefined;
  text?: string | null | undefined;
  branch?: string | null | undefined;
}>;


export type JudgeMutation = { giveFeedback: { position: number } };

export type RetitleMutationVariables = Exact<{
  commandId: string;
  conversation: string;
  title: string;
  branch?: string | null | undefined;
}>;


export type RetitleMutation = { renameConversation: { position: number } };

export type DeltasSubscriptionVariables = Exact<{
  runId: string;
  fromChar?: number | null | undefined;
}>;


export type DeltasSubscription = { replyDeltas: { run: string, fromChar: number, text: string, thinking: string, ended: { state: ReplyState, reply: string | null, position: number | null, reason: string | null, code: string | null, message: string | null } | null } };

export type HappenedSubscriptionVariables = Exact<{
  after?: number | null | undefined;
  branch?: string | null | undefined;
}>;


export type HappenedSubscription = { events: { position: number, type: string, stream: string, body: unknown, recordedAt: string } };

export type RunningQueryVariables = Exact<{
  after?: number | null | undefined;
  branch?: string | null | undefined;
}>;


export type RunningQuery = { events: { items: Array<{ type: string, stream: string, body: unknown }> } };

export type FrameQueryVariables = Exact<{
  at?: string | null | undefined;
  branch?: string | null | undefined;
}>;


export type FrameQuery = { basis: { position: number, time: string | null, branch: string, latest: boolean }, state: { value: unknown } };

export type DensityQueryVariables = Exact<{
  at?: string | null | undefined;
  branch?: string | null | undefined;
  buckets?: number | null | undefined;
}>;


export type DensityQuery = { density: { basis: { position: number, time: string | null, branch: string, latest: boolean }, buckets: Array<{ from: number, through: number, start: string | null, end: string | null, counts: unknown }> } };

export type TimelineQueryVariables = Exact<{
  at?: string | null | undefined;
  branch?: string | null | undefined;
  after?: number | null | undefined;
  before?: number | null | undefined;
  last?: number | null | undefined;
  lanes?: Array<string> | string | null | undefined;
}>;


export type TimelineQuery = { timeline: { basis: { position: number, time: string | null, branch: string, latest: boolean }, items: Array<{ position: number, lane: string, type: string, recordedAt: string, conversation: string | null, message: string | null }> } };

export type BranchesQueryVariables = Exact<{ [key: string]: never; }>;


export type BranchesQuery = { branches: Array<{ id: number, name: string, parent: string | null, fork: number, head: number, events: number, open: boolean }> };

export type BranchMutationVariables = Exact<{
  name: string;
  at?: string | null | undefined;
  parent?: string | null | undefined;
}>;


export type BranchMutation = { createBranch: { id: number, name: string, fork: number, head: number } };

export type DropMutationVariables = Exact<{
  name: string;
}>;


export type DropMutation = { dropBranch: boolean };

export type PromoteMutationVariables = Exact<{
  name: string;
}>;


export type PromoteMutation = { promoteBranch: { events: number, position: number } };

export type BranchDiffQueryVariables = Exact<{
  branch: string;
}>;


export type BranchDiffQuery = { branchDiff: { fork: number, differences: Array<{ kind: DifferenceKind, fields: Array<string>, left: { position: number, type: string } | null, right: { position: number, type: string } | null }> } };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const KeptFragmentDoc = new TypedDocumentString(`
    fragment Kept on AlbumEntry {
  id
  content
  conversation
  message
  text
  note
  category
  factType
  memoryType
  favourite
  tags
  gone
  edited
  messages
  keptAt
  saidAt
  position
  revisits
  role
  speaker
  tone {
    label
    valence
    arousal
    by
  }
}
    `, {"fragmentName":"Kept"}) as unknown as TypedDocumentString<KeptFragment, unknown>;
export const KnotFragmentDoc = new TypedDocumentString(`
    fragment Knot on GraphNode {
  id
  kind
  name
  aliases
  mentions
  recorded
  properties {
    key
    value
    validFrom
    validUntil
    confidence
    evidence {
      message
      position
      start
      end
    }
  }
}
    `, {"fragmentName":"Knot"}) as unknown as TypedDocumentString<KnotFragment, unknown>;
export const TieFragmentDoc = new TypedDocumentString(`
    fragment Tie on GraphEdge {
  id
  subject
  predicate
  object
  source
  target
  validFrom
  validUntil
  stated
  recorded
  confidence
  evidence {
    message
    position
    start
    end
  }
}
    `, {"fragmentName":"Tie"}) as unknown as TypedDocumentString<TieFragment, unknown>;
export const SaidFragmentDoc = new TypedDocumentString(`
    fragment Said on Message {
  id
  role
  speaker
  text
  thinking
  erased
  edited
  occurredAt
  position
  replyTo
  variants
  selected
  state
  run
  interrupted
  attachments {
    kind
    caption
    url
  }
  feedback {
    position
    reward
    reason
    text
  }
}
    `, {"fragmentName":"Said"}) as unknown as TypedDocumentString<SaidFragment, unknown>;
export const AtFragmentDoc = new TypedDocumentString(`
    fragment At on Basis {
  position
  time
  branch
  latest
}
    `, {"fragmentName":"At"}) as unknown as TypedDocumentString<AtFragment, unknown>;
export const AlbumDocument = new TypedDocumentString(`
    query Album($filter: AlbumFilter, $first: Int, $offset: Int, $at: String, $branch: String) {
  album(
    filter: $filter
    first: $first
    offset: $offset
    asOf: $at
    branch: $branch
  ) {
    basis {
      position
    }
    total
    items {
      ...Kept
    }
  }
}
    fragment Kept on AlbumEntry {
  id
  content
  conversation
  message
  text
  note
  category
  factType
  memoryType
  favourite
  tags
  gone
  edited
  messages
  keptAt
  saidAt
  position
  revisits
  role
  speaker
  tone {
    label
    valence
    arousal
    by
  }
}`) as unknown as TypedDocumentString<AlbumQuery, AlbumQueryVariables>;
export const RememberDocument = new TypedDocumentString(`
    mutation Remember($commandId: ID!, $keep: KeepInput!, $branch: String) {
  remember(commandId: $commandId, keep: $keep, branch: $branch) {
    memory
    position
    repeated
  }
}
    `) as unknown as TypedDocumentString<RememberMutation, RememberMutationVariables>;
export const AnnotateDocument = new TypedDocumentString(`
    mutation Annotate($commandId: ID!, $memory: ID!, $annotation: AnnotationInput!, $branch: String) {
  annotateMemory(
    commandId: $commandId
    memory: $memory
    annotation: $annotation
    branch: $branch
  ) {
    position
  }
}
    `) as unknown as TypedDocumentString<AnnotateMutation, AnnotateMutationVariables>;
export const FavourDocument = new TypedDocumentString(`
    mutation Favour($commandId: ID!, $memory: ID!, $favourite: Boolean!, $branch: String) {
  favourMemory(
    commandId: $commandId
    memory: $memory
    favourite: $favourite
    branch: $branch
  ) {
    position
  }
}
    `) as unknown as TypedDocumentString<FavourMutation, FavourMutationVariables>;
export const UnkeepDocument = new TypedDocumentString(`
    mutation Unkeep($commandId: ID!, $memory: ID!, $branch: String) {
  removeMemory(commandId: $commandId, memory: $memory, branch: $branch) {
    position
  }
}
    `) as unknown as TypedDocumentString<UnkeepMutation, UnkeepMutationVariables>;
export const RevisitDocument = new TypedDocumentString(`
    mutation Revisit($commandId: ID!, $memory: ID!, $branch: String) {
  revisitMemory(commandId: $commandId, memory: $memory, branch: $branch) {
    position
  }
}
    `) as unknown as TypedDocumentString<RevisitMutation, RevisitMutationVariables>;
export const CheckpointDocument = new TypedDocumentString(`
    query Checkpoint($branch: String) {
  audit {
    checkpoint(branch: $branch) {
      note
      publicKey
      root
      size
      log
    }
  }
}
    `) as unknown as TypedDocumentString<CheckpointQuery, CheckpointQueryVariables>;
export const LedgerHeadDocument = new TypedDocumentString(`
    query LedgerHead($through: Position) {
  audit {
    exportHead(from: 1, through: $through)
  }
}
    `) as unknown as TypedDocumentString<LedgerHeadQuery, LedgerHeadQueryVariables>;
export const LedgerLinesDocument = new TypedDocumentString(`
    query LedgerLines($after: Position!, $through: Position!) {
  audit {
    exportLines(after: $after, through: $through)
  }
}
    `) as unknown as TypedDocumentString<LedgerLinesQuery, LedgerLinesQueryVariables>;
export const LedgerProofDocument = new TypedDocumentString(`
    query LedgerProof($position: Position!) {
  audit {
    proof(position: $position)
  }
}
    `) as unknown as TypedDocumentString<LedgerProofQuery, LedgerProofQueryVariables>;
export const GraphDocument = new TypedDocumentString(`
    query Graph($name: String, $depth: Int, $asOf: GraphAsOf, $branch: String) {
  graph(name: $name, depth: $depth, asOf: $asOf, branch: $branch) {
    basis {
      ...At
    }
    nodes {
      ...Knot
    }
    edges {
      ...Tie
    }
  }
}
    fragment Knot on GraphNode {
  id
  kind
  name
  aliases
  mentions
  recorded
  properties {
    key
    value
    validFrom
    validUntil
    confidence
    evidence {
      message
      position
      start
      end
    }
  }
}
fragment Tie on GraphEdge {
  id
  subject
  predicate
  object
  source
  target
  validFrom
  validUntil
  stated
  recorded
  confidence
  evidence {
    message
    position
    start
    end
  }
}
fragment At on Basis {
  position
  time
  branch
  latest
}`) as unknown as TypedDocumentString<GraphQuery, GraphQueryVariables>;
export const GraphTableDocument = new TypedDocumentString(`
    query GraphTable($query: String!, $rows: Int, $asOf: GraphAsOf, $branch: String) {
  graph(query: $query, rows: $rows, asOf: $asOf, branch: $branch) {
    basis {
      ...At
    }
    table {
      columns
      rows
      work
    }
  }
}
    fragment At on Basis {
  position
  time
  branch
  latest
}`) as unknown as TypedDocumentString<GraphTableQuery, GraphTableQueryVariables>;
export const GraphPeopleDocument = new TypedDocumentString(`
    query GraphPeople($asOf: GraphAsOf, $branch: String) {
  graphPeople(asOf: $asOf, branch: $branch) {
    name
    roles
    family
    authority
    intimacy
    care
    frequency
    contextSimilarity
    stability
  }
}
    `) as unknown as TypedDocumentString<GraphPeopleQuery, GraphPeopleQueryVariables>;
export const NotSoDocument = new TypedDocumentString(`
    mutation NotSo($commandId: ID!, $subject: String!, $predicate: String!, $object: String!, $branch: String) {
  graphCorrect(
    commandId: $commandId
    subject: $subject
    predicate: $predicate
    object: $object
    holds: false
    branch: $branch
  ) {
    position
  }
}
    `) as unknown as TypedDocumentString<NotSoMutation, NotSoMutationVariables>;
export const WhyDocument = new TypedDocumentString(`
    query Why($id: ID!, $at: String, $branch: String) {
  why(message: $id, asOf: $at, branch: $branch) {
    basis {
      ...At
    }
    message
    steps {
      kind
      position
      eventId
      at
      by
      summary
      value
    }
    prompt {
      budget
      digest
      recordedDigest
      identical
      parts {
        kind
        tokens
        sources
      }
      lines {
        speaker
        content
      }
    }
  }
}
    fragment At on Basis {
  position
  time
  branch
  latest
}`) as unknown as TypedDocumentString<WhyQuery, WhyQueryVariables>;
export const MemoryDocument = new TypedDocumentString(`
    query Memory($query: String!, $first: Int, $at: String, $branch: String) {
  memory(query: $query, first: $first, asOf: $at, branch: $branch) {
    basis {
      ...At
    }
    nothing
    items {
      text
      kind
      at
      conversation
      message
      position
      reason
      score
      signals {
        name
        part
        says
      }
    }
  }
}
    fragment At on Basis {
  position
  time
  branch
  latest
}`) as unknown as TypedDocumentString<MemoryQuery, MemoryQueryVariables>;
export const MemoryStatsDocument = new TypedDocumentString(`
    query MemoryStats($at: String, $branch: String) {
  memoryStats(asOf: $at, branch: $branch) {
    companion
    person
    facts
    conversations
    sessions
    embedder
    first
    last
    languages {
      language
      count
    }
  }
}
    `) as unknown as TypedDocumentString<MemoryStatsQuery, MemoryStatsQueryVariables>;
export const StateDocument = new TypedDocumentString(`
    query State($name: String!, $at: String, $branch: String) {
  state(name: $name, asOf: $at, branch: $branch) {
    basis {
      ...At
    }
    value
  }
}
    fragment At on Basis {
  position
  time
  branch
  latest
}`) as unknown as TypedDocumentString<StateQuery, StateQueryVariables>;
export const DiffDocument = new TypedDocumentString(`
    query Diff($from: String!, $to: String, $branch: String) {
  stateDiff(asOf: $from, to: $to, branch: $branch) {
    from {
      ...At
    }
    to {
      ...At
    }
    changes {
      path
      before
      after
    }
  }
}
    fragment At on Basis {
  position
  time
  branch
  latest
}`) as unknown as TypedDocumentString<DiffQuery, DiffQueryVariables>;
export const OneEventDocument = new TypedDocumentString(`
    query OneEvent($position: Position!, $branch: String) {
  event(position: $position, branch: $branch) {
    position
    type
    stream
    version
    schema
    actor
    recordedAt
    occurredAt
    causation
    correlation
    commandId
    eventId
    subject
    branch
    erased
    body
    bodyDigest
    leaf
    prev
  }
}
    `) as unknown as TypedDocumentString<OneEventQuery, OneEventQueryVariables>;
export const MoodsDocument = new TypedDocumentString(`
    query Moods($last: Int, $at: String, $branch: String) {
  events(last: $last, types: ["EmotionAppraised"], asOf: $at, branch: $branch) {
    items {
      position
      recordedAt
      body
    }
  }
}
    `) as unknown as TypedDocumentString<MoodsQuery, MoodsQueryVariables>;
export const ChoicesDocument = new TypedDocumentString(`
    query Choices($last: Int, $at: String, $branch: String) {
  events(last: $last, types: ["SkillChosen"], asOf: $at, branch: $branch) {
    items {
      position
      recordedAt
      body
    }
  }
}
    `) as unknown as TypedDocumentString<ChoicesQuery, ChoicesQueryVariables>;
export const WatchDocument = new TypedDocumentString(`
    subscription Watch($name: String!, $branch: String) {
  state(name: $name, branch: $branch) {
    basis {
      position
    }
    value
  }
}
    `) as unknown as TypedDocumentString<WatchSubscription, WatchSubscriptionVariables>;
export const HealthDocument = new TypedDocumentString(`
    query Health {
  health {
    ok
    version
    sqlite
    head
    uptimeSeconds
    model {
      name
      version
      contextTokens
    }
    projections {
      name
      version
      position
      head
      healthy
      code
      error
      note
      digest
    }
  }
}
    `) as unknown as TypedDocumentString<HealthQuery, HealthQueryVariables>;
export const LogStatsDocument = new TypedDocumentString(`
    query LogStats {
  logStats {
    events
    bytes
    streams
    first
    last
    types {
      type
      count
    }
  }
}
    `) as unknown as TypedDocumentString<LogStatsQuery, LogStatsQueryVariables>;
export const VerifyLogDocument = new TypedDocumentString(`
    query VerifyLog($branch: String) {
  verifyLog(branch: $branch) {
    ok
    events
    badPosition
    detail
    leaf
    branch
  }
}
    `) as unknown as TypedDocumentString<VerifyLogQuery, VerifyLogQueryVariables>;
export const RebuildDocument = new TypedDocumentString(`
    subscription Rebuild($name: String!) {
  rebuildProjection(name: $name) {
    name
    done
    total
    perSecond
    secondsLeft
    digest
  }
}
    `) as unknown as TypedDocumentString<RebuildSubscription, RebuildSubscriptionVariables>;
export const CallMeDocument = new TypedDocumentString(`
    mutation CallMe($commandId: ID!, $name: String!) {
  renamePerson(commandId: $commandId, name: $name) {
    position
  }
}
    `) as unknown as TypedDocumentString<CallMeMutation, CallMeMutationVariables>;
export const CallItDocument = new TypedDocumentString(`
    mutation CallIt($commandId: ID!, $name: String!) {
  renameCompanion(commandId: $commandId, name: $name) {
    position
  }
}
    `) as unknown as TypedDocumentString<CallItMutation, CallItMutationVariables>;
export const PersonaDocument = new TypedDocumentString(`
    mutation Persona($commandId: ID!, $persona: String!) {
  changePersona(commandId: $commandId, persona: $persona) {
    position
  }
}
    `) as unknown as TypedDocumentString<PersonaMutation, PersonaMutationVariables>;
export const MeDocument = new TypedDocumentString(`
    query Me($at: String, $branch: String) {
  me(asOf: $at, branch: $branch) {
    basis {
      ...At
    }
    person {
      id
      name
    }
    companion {
      id
      name
      persona
    }
  }
}
    fragment At on Basis {
  position
  time
  branch
  latest
}`) as unknown as TypedDocumentString<MeQuery, MeQueryVariables>;
export const ConversationsDocument = new TypedDocumentString(`
    query Conversations($at: String, $branch: String, $first: Int) {
  conversations(asOf: $at, branch: $branch, first: $first) {
    basis {
      ...At
    }
    items {
      id
      title
      private
      messages
      lastActivity
      startedAt
      origin
    }
  }
}
    fragment At on Basis {
  position
  time
  branch
  latest
}`) as unknown as TypedDocumentString<ConversationsQuery, ConversationsQueryVariables>;
export const ThreadDocument = new TypedDocumentString(`
    query Thread($id: ID!, $at: String, $branch: String, $after: Position, $before: Position, $first: Int, $last: Int) {
  conversation(id: $id, asOf: $at, branch: $branch) {
    basis {
      ...At
    }
    conversation {
      id
      title
      private
      messages
      lastActivity
      startedAt
      origin
    }
    messages(after: $after, before: $before, first: $first, last: $last) {
      ...Said
    }
  }
}
    fragment Said on Message {
  id
  role
  speaker
  text
  thinking
  erased
  edited
  occurredAt
  position
  replyTo
  variants
  selected
  state
  run
  interrupted
  attachments {
    kind
    caption
    url
  }
  feedback {
    position
    reward
    reason
    text
  }
}
fragment At on Basis {
  position
  time
  branch
  latest
}`) as unknown as TypedDocumentString<ThreadQuery, ThreadQueryVariables>;
export const OneMessageDocument = new TypedDocumentString(`
    query OneMessage($id: ID!, $at: String, $branch: String) {
  message(id: $id, asOf: $at, branch: $branch) {
    basis {
      position
    }
    message {
      conversation
      ...Said
    }
  }
}
    fragment Said on Message {
  id
  role
  speaker
  text
  thinking
  erased
  edited
  occurredAt
  position
  replyTo
  variants
  selected
  state
  run
  interrupted
  attachments {
    kind
    caption
    url
  }
  feedback {
    position
    reward
    reason
    text
  }
}`) as unknown as TypedDocumentString<OneMessageQuery, OneMessageQueryVariables>;
export const SendDocument = new TypedDocumentString(`
    mutation Send($commandId: ID!, $text: String!, $conversation: ID, $branch: String) {
  sendMessage(
    commandId: $commandId
    text: $text
    conversation: $conversation
    branch: $branch
  ) {
    conversation
    message
    position
    reply
    run
  }
}
    `) as unknown as TypedDocumentString<SendMutation, SendMutationVariables>;
export const BeginDocument = new TypedDocumentString(`
    mutation Begin($commandId: ID!, $private: Boolean, $title: String, $branch: String) {
  startConversation(
    commandId: $commandId
    private: $private
    title: $title
    branch: $branch
  ) {
    conversation
    position
  }
}
    `) as unknown as TypedDocumentString<BeginMutation, BeginMutationVariables>;
export const StopDocument = new TypedDocumentString(`
    mutation Stop($run: ID!) {
  stopReply(run: $run)
}
    `) as unknown as TypedDocumentString<StopMutation, StopMutationVariables>;
export const AgainDocument = new TypedDocumentString(`
    mutation Again($commandId: ID!, $conversation: ID!, $message: ID!, $branch: String) {
  regenerate(
    commandId: $commandId
    conversation: $conversation
    message: $message
    branch: $branch
  ) {
    conversation
    message
    position
    reply
    run
  }
}
    `) as unknown as TypedDocumentString<AgainMutation, AgainMutationVariables>;
export const EditDocument = new TypedDocumentString(`
    mutation Edit($commandId: ID!, $conversation: ID!, $message: ID!, $text: String!, $branch: String) {
  editMessage(
    commandId: $commandId
    conversation: $conversation
    message: $message
    text: $text
    branch: $branch
  ) {
    position
  }
}
    `) as unknown as TypedDocumentString<EditMutation, EditMutationVariables>;
export const ChooseDocument = new TypedDocumentString(`
    mutation Choose($commandId: ID!, $conversation: ID!, $reply: ID!, $branch: String) {
  selectVariant(
    commandId: $commandId
    conversation: $conversation
    reply: $reply
    branch: $branch
  ) {
    position
  }
}
    `) as unknown as TypedDocumentString<ChooseMutation, ChooseMutationVariables>;
export const JudgeDocument = new TypedDocumentString(`
    mutation Judge($commandId: ID!, $conversation: ID!, $reply: ID!, $reward: Float!, $reason: String, $text: String, $branch: String) {
  giveFeedback(
    commandId: $commandId
    conversation: $conversation
    reply: $reply
    reward: $reward
    reason: $reason
    text: $text
    branch: $branch
  ) {
    position
  }
}
    `) as unknown as TypedDocumentString<JudgeMutation, JudgeMutationVariables>;
export const RetitleDocument = new TypedDocumentString(`
    mutation Retitle($commandId: ID!, $conversation: ID!, $title: String!, $branch: String) {
  renameConversation(
    commandId: $commandId
    conversation: $conversation
    title: $title
    branch: $branch
  ) {
    position
  }
}
    `) as unknown as TypedDocumentString<RetitleMutation, RetitleMutationVariables>;
export const DeltasDocument = new TypedDocumentString(`
    subscription Deltas($runId: ID!, $fromChar: Int) {
  replyDeltas(runId: $runId, fromChar: $fromChar) {
    run
    fromChar
    text
    thinking
    ended {
      state
      reply
      position
      reason
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<DeltasSubscription, DeltasSubscriptionVariables>;
export const HappenedDocument = new TypedDocumentString(`
    subscription Happened($after: Position, $branch: String) {
  events(after: $after, branch: $branch) {
    position
    type
    stream
    body
    recordedAt
  }
}
    `) as unknown as TypedDocumentString<HappenedSubscription, HappenedSubscriptionVariables>;
export const RunningDocument = new TypedDocumentString(`
    query Running($after: Position, $branch: String) {
  events(
    last: 60
    after: $after
    types: ["ReplyStarted", "ReplyCompleted", "ReplyInterrupted"]
    branch: $branch
  ) {
    items {
      type
      stream
      body
    }
  }
}
    `) as unknown as TypedDocumentString<RunningQuery, RunningQueryVariables>;
export const FrameDocument = new TypedDocumentString(`
    query Frame($at: String, $branch: String) {
  basis(asOf: $at, branch: $branch) {
    ...At
  }
  state(name: "mood", asOf: $at, branch: $branch) {
    value
  }
}
    fragment At on Basis {
  position
  time
  branch
  latest
}`) as unknown as TypedDocumentString<FrameQuery, FrameQueryVariables>;
export const DensityDocument = new TypedDocumentString(`
    query Density($at: String, $branch: String, $buckets: Int) {
  density(asOf: $at, branch: $branch, buckets: $buckets) {
    basis {
      ...At
    }
    buckets {
      from
      through
      start
      end
      counts
    }
  }
}
    fragment At on Basis {
  position
  time
  branch
  latest
}`) as unknown as TypedDocumentString<DensityQuery, DensityQueryVariables>;
export const TimelineDocument = new TypedDocumentString(`
    query Timeline($at: String, $branch: String, $after: Position, $before: Position, $last: Int, $lanes: [String!]) {
  timeline(
    asOf: $at
    branch: $branch
    after: $after
    before: $before
    last: $last
    lanes: $lanes
  ) {
    basis {
      ...At
    }
    items {
      position
      lane
      type
      recordedAt
      conversation
      message
    }
  }
}
    fragment At on Basis {
  position
  time
  branch
  latest
}`) as unknown as TypedDocumentString<TimelineQuery, TimelineQueryVariables>;
export const BranchesDocument = new TypedDocumentString(`
    query Branches {
  branches {
    id
    name
    parent
    fork
    head
    events
    open
  }
}
    `) as unknown as TypedDocumentString<BranchesQuery, BranchesQueryVariables>;
export const BranchDocument = new TypedDocumentString(`
    mutation Branch($name: String!, $at: String, $parent: String) {
  createBranch(name: $name, asOf: $at, parent: $parent) {
    id
    name
    fork
    head
  }
}
    `) as unknown as TypedDocumentString<BranchMutation, BranchMutationVariables>;
export const DropDocument = new TypedDocumentString(`
    mutation Drop($name: String!) {
  dropBranch(name: $name)
}
    `) as unknown as TypedDocumentString<DropMutation, DropMutationVariables>;
export const PromoteDocument = new TypedDocumentString(`
    mutation Promote($name: String!) {
  promoteBranch(name: $name) {
    events
    position
  }
}
    `) as unknown as TypedDocumentString<PromoteMutation, PromoteMutationVariables>;
export const BranchDiffDocument = new TypedDocumentString(`
    query BranchDiff($branch: String!) {
  branchDiff(branch: $branch) {
    fork
    differences {
      kind
      fields
      left {
        position
        type
      }
      right {
        position
        type
      }
    }
  }
}
    `) as unknown as TypedDocumentString<BranchDiffQuery, BranchDiffQueryVariables>;