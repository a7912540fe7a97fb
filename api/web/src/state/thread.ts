/** One conversation on the screen: the part that is loaded, what is being written, and what changes. */
import { computed, signal } from '@preact/signals';
import { AgainDocument, ChooseDocument, EditDocument, JudgeDocument, OneMessageDocument, RunningDocument, StopDocument, ThreadDocument, type SaidFragment, type ThreadQuery } from '../gql/types';
import { ask, commandId, Failure, tell } from '../net/http';
import { newReply, sentence, status } from '../ui/announce';
import { toast } from '../ui/toast';
import { t } from '../words';
import { forget, runs, watch } from './live';
import type { Happening } from './happened';

export type Said = SaidFragment;
/** A message of the person with the reply that is shown, or a reply whose question is not loaded. */
export type Turn = { key: string; said: Said | null; replies: Said[]; shown: Said | null };

const PAGE = 60;

export class Thread {
  readonly about = signal<ThreadQuery['conversation']['conversation'] | null>(null);
  readonly items = signal<readonly Said[]>([]);
  readonly earlier = signal(false);
  readonly later = signal(false);
  readonly loading = signal(true);
  readonly kept = signal<number | null>(null);
  readonly trouble = signal<Failure | null>(null);
  /** Which reply is looked at, by message; without an entry the one that counts. */
  readonly looked = signal<ReadonlyMap<string, string>>(new Map());
  /** The message that was just sent from here: it is put at the top, and its answer grows below. */
  readonly sent = signal<string | null>(null);
  /** The position of a message that should be in view. */
  readonly goal = signal<number | null>(null);
  private over = false;
  /** Whether something came while it was loading, which the answer may not hold. */
  private behind = false;

  constructor(
    readonly id: string,
    readonly at: string | null,
    readonly branch: string | null,
  ) {}

  readonly turns = computed<Turn[]>(() => {
    const all = this.items.value;
    const byId = new Map(all.map((m) => [m.id, m]));
    const answered = new Set(all.filter((m) => m.role === 'PERSON').map((m) => m.id));
    const turns: Turn[] = [];
    for (const m of all) {
      if (m.role === 'PERSON') {
        const replies = m.variants.flatMap((id) => byId.get(id) ?? []);
        const wanted = this.looked.value.get(m.id) ?? m.selected;
        turns.push({ key: m.id, said: m, replies, shown: replies.find((r) => r.id === wanted) ?? replies.at(-1) ?? null });
      } else if (!m.replyTo || !answered.has(m.replyTo)) {
        turns.push({ key: m.id, said: null, replies: [m], shown: m });
      }
    }
    return turns;
  });

  private variables(window: { after?: number; before?: number; first?: number; last?: number }) {
    return { id: this.id, at: this.at, branch: this.branch, ...window };
  }

  /** At which position each message was seen: answers may arrive in another order than they were given. */
  private readonly seen = new Map<string, number>();

  private merge(fresh: readonly Said[], position: number): void {
    const byId = new Map(this.items.value.map((m) => [m.id, m]));
    for (const m of fresh) {
      if ((this.seen.get(m.id) ?? 0) > position) continue;
      this.seen.set(m.id, position);
      byId.set(m.id, m);
    }
    this.items.value = [...byId.values()].sort((a, b) => a.position - b.position);
  }

  /** The newest part, or the part around a position. */
  async load(around?: number): Promise<void> {
    this.loading.value = true;
    try {
      const window = around ? { before: around + 1, last: PAGE / 2 } : { last: PAGE };
      const { data, kept } = await ask(ThreadDocument, this.variables(window), { keep: !around });
      if (this.over) return;
      let messages = data.conversation.messages;
      this.later.value = false;
      this.earlier.value = messages.length >= (around ? PAGE / 2 : PAGE);
      if (around) {
        const next = await ask(ThreadDocument, this.variables({ after: around, first: PAGE / 2 }));
        messages = [...messages, ...next.data.conversation.messages];
        this.later.value = next.data.conversation.messages.length >= PAGE / 2;
      }
      this.about.value = data.conversation.conversation;
      this.kept.value = kept ?? null;
      this.trouble.value = null;
      // What was heard in the meantime stays; what does not join on to this part goes.
      const start = messages[0]?.position ?? 0;
      const end = this.later.value ? (messages.at(-1)?.position ?? 0) : Infinity;
      this.items.value = this.items.value.filter((m) => m.position >= start && m.position <= end);
      this.merge(messages, data.conversation.basis.position);
      if (kept === undefined && !around) void this.join(data.conversation.basis.position);
    } catch (error) {
      this.trouble.value = error as Failure;
    } finally {
      this.loading.value = false;
    }
    if (this.behind) void this.catchUp();
  }

  /** Follows a reply that was being written when this window opened. */
  private async join(position: number): Promise<void> {
    if (this.at !== null) return;
    const { data } = await ask(RunningDocument, { after: Math.max(0, position - 400), branch: this.branch });
    const going = new Map<string, string>();
    for (const { type, stream, body } of data.events.items) {
      const { run, message } = (body ?? {}) as { run?: string; message?: string };
      if (!stream.endsWith(this.id) || !run || !message) continue;
      if (type === 'ReplyStarted') going.set(run, message);
      else going.delete(run);
    }
    if (!this.over) for (const [run, message] of going) this.begin(run, message);
  }

  /** What came while the server was away, or another window was in front. */
  async catchUp(): Promise<void> {
    const edge = this.items.value.at(-1);
    if (this.later.value || this.over) return;
    this.behind = this.loading.value;
    if (this.behind) return;
    if (!edge) return this.load();
    try {
      const { data } = await ask(ThreadDocument, this.variables({ last: PAGE }));
      if (this.over) return;
      const messages = data.conversation.messages;
      if (messages.length >= PAGE && messages[0]!.position > edge.position) return this.load();
      this.merge(messages, data.conversation.basis.position);
      await this.join(data.conversation.basis.position);
    } catch {
      /* The next time. */
    }
  }

  /** More of before, or of after what is loaded. */
  async more(way: 'earlier' | 'later'): Promise<void> {
    const edge = way === 'earlier' ? this.items.value[0] : this.items.value.at(-1);
    if (this.loading.value || !edge || !this[way].value) return;
    this.loading.value = true;
    try {
      const window = way === 'earlier' ? { before: edge.position, last: PAGE * 2 } : { after: edge.position, first: PAGE * 2 };
      const { data } = await ask(ThreadDocument, this.variables(window));
      if (this.over) return;
      this[way].value = data.conversation.messages.length >= PAGE * 2;
      this.merge(data.conversation.messages, data.conversation.basis.position);
    } catch {
      /* Scrolling there again asks again. */
    } finally {
      this.loading.value = false;
    }
  }

  private async refresh(message: string): Promise<void> {
    try {
      const { data } = await ask(OneMessageDocument, { id: message, at: this.at, branch: this.branch });
      if (!this.over && data.message.message.conversation === this.id) this.merge([data.message.message], data.message.basis.position);
    } catch {
      /* The next loading has it. */
    }
  }

  /** Something happened; here, perhaps. */
  async hear(event: Happening): Promise<void> {
    const body = event.body;
    if (!event.stream.endsWith(this.id) || !body || this.later.value) return;
    const id = (name: string): string | null => (typeof body[name] === 'string' ? (body[name] as string) : null);
    const [message, reply, run] = [id('message'), id('reply'), id('run')];
    if (event.type === 'ReplyStarted' && run && message) this.begin(run, message);
    if (['ReplyStarted', 'MessagePerceived', 'EmotionAppraised', 'MemoriesRecalled', 'SkillChosen', 'PromptComposed'].includes(event.type)) return;
    if (event.type === 'ConversationRenamed') return void this.rename();
    await Promise.all([...new Set([message, reply])].flatMap((known) => (known ? this.refresh(known) : [])));
    if (run && (event.type === 'ReplyCompleted' || event.type === 'ReplyInterrupted')) forget(run);
  }

  private async rename(): Promise<void> {
    const { data } = await ask(ThreadDocument, this.variables({ last: 1 }));
    this.about.value = data.conversation.conversation;
  }

  /** Shows a message at once that the server has taken. */
  add(message: string, text: string, position: number): void {
    if (this.items.value.some((m) => m.id === message)) return;
    const now = new Date().toISOString();
    const said: Said = {
      id: message, role: 'PERSON', speaker: null, text, thinking: null, erased: false, edited: false, occurredAt: now,
      position, replyTo: null, variants: [], selected: null, state: null, run: null, interrupted: null, attachments: [], feedback: [],
    };
    this.merge([said], position);
  }

  /** Follows a reply. */
  begin(run: string, message: string): void {
    newReply();
    watch(run, this.id, message, (end) => {
      const live = runs.value.get(run);
      if (live) sentence(live.text.value, true);
      status(end?.state === 'COMPLETED' ? t('says.ended') : end?.state === 'INTERRUPTED' ? t('says.stopped') : t('says.failed'));
      // What became of it, the log knows.
      if (!end || end.state === 'FAILED') return void this.catchUp();
      void Promise.all([this.refresh(message), end.reply ? this.refresh(end.reply) : undefined]).then(() => {
        if (this.items.value.some((m) => m.id === end.reply)) forget(run);
      });
    });
  }

  look(message: string, reply: string): void {
    this.looked.value = new Map(this.looked.value).set(message, reply);
  }

  /** Runs a command; says why when it is refused. */
  private async attempt(work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      const failure = error as Failure;
      toast(failure.kind === 'lost' ? t('trouble.lost') : failure.message, 'bad');
      return false;
    }
  }

  again(message: string): Promise<boolean> {
    return this.attempt(async () => {
      const next = new Map(this.looked.value);
      next.delete(message);
      this.looked.value = next;
      const { regenerate } = await tell(AgainDocument, { commandId: commandId(), conversation: this.id, message, branch: this.branch });
      this.begin(regenerate.run, message);
    });
  }

  edit(message: string, text: string): Promise<boolean> {
    return this.attempt(() => tell(EditDocument, { commandId: commandId(), conversation: this.id, message, text, branch: this.branch }));
  }

  choose(reply: string): Promise<boolean> {
    return this.attempt(() => tell(ChooseDocument, { commandId: commandId(), conversation: this.id, reply, branch: this.branch }));
  }

  judge(reply: string, reward: number, reason: string | null, text: string | null): Promise<boolean> {
    return this.attempt(() =>
      tell(JudgeDocument, { commandId: commandId(), conversation: this.id, reply, reward, reason, text, branch: this.branch }),
    );
  }

  stop(run: string): Promise<boolean> {
    return this.attempt(() => tell(StopDocument, { run }));
  }

  /** Nobody looks any more. */
  close(): void {
    this.over = true;
  }
}
