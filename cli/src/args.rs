//! The command line: names and flags are a contract, pinned by `tests/help.rs`.

mod access;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use access::{Consent, Device, Login, SessionWhat, User};

/// A companion whose whole mind is an append-only event log on your own machine.
#[derive(Debug, Parser)]
#[command(name = "aico", version, propagate_version = true, arg_required_else_help = true)]
#[command(after_help = "\
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not found, 4 locked or not unlocked, 5 a check found something wrong.
Every error has a code; `aico explain CODE` says what it means and what to do.

Start with:  aico chat -m \"My sister Anna lives in Lisbon\"")]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// Flags of every command.
#[derive(Clone, Debug, Args)]
pub struct Global {
    /// Folder of the companion [default: $XDG_DATA_HOME/aico or ~/.local/share/aico]
    #[arg(long, global = true, env = "AICO_DATA_DIR", hide_env_values = true, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Ask the server as whoever signed in with `aico login`, instead of as the owner of the folder
    #[arg(long, global = true, env = "AICO_SESSION", hide_env_values = true, value_name = "FILE")]
    pub session: Option<PathBuf>,
    /// Print JSON for programs instead of text for people
    #[arg(long, global = true)]
    pub json: bool,
    /// See the companion as of a position (`42`), a time (`2026-11-23T13:00Z`, `2026-11-23`) or `latest`
    #[arg(long, global = true, value_name = "POSITION|TIME")]
    pub at: Option<String>,
    /// Look at, or write to, this line of history
    #[arg(long, global = true, value_name = "NAME", default_value = "main")]
    pub branch: String,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make the data folder, its owner and one companion
    Init(Init),
    /// Talk with the companion
    Chat(Chat),
    /// Serve the window and the GraphQL interface on loopback
    Serve(Serve),
    /// Open the window of the running server in a browser
    Open(Open),
    /// Look at the event log
    #[command(subcommand)]
    Log(Log),
    /// Prove that nothing in the log was changed, taken out or put in
    #[command(subcommand)]
    Audit(Audit),
    /// List whose data is here, give it out, erase it, and prove that
    #[command(subcommand)]
    Subject(Subject),
    /// Look after accounts: who may come in, and as what
    #[command(subcommand)]
    User(User),
    /// Look after sessions: who is in
    #[command(subcommand, name = "session")]
    SessionWhat(SessionWhat),
    /// Look after devices that talk for a person
    #[command(subcommand)]
    Device(Device),
    /// Say what of yours may leave this machine, and to whom
    #[command(subcommand)]
    Consent(Consent),
    /// Sign in to a running server with a PIN or password (asked for, or `AICO_SECRET`)
    Login(Login),
    /// Back up the log, and restore it; the key store is copied apart
    #[command(subcommand)]
    Backup(Backup),
    /// Change the passphrase that opens the keys; no event is touched
    Passphrase,
    /// Show what the companion knows and feels; without a name, list what can be shown
    State(State),
    /// Explain a reply down to the events that led to it
    Why(Why),
    /// Look after the read models
    #[command(subcommand)]
    Projection(Projection),
    /// Fork, compare and promote lines of history
    #[command(subcommand)]
    Branch(Branch),
    /// Take in conversations from a file
    Import(Import),
    /// Search what the companion remembers, and measure how well
    #[command(subcommand)]
    Memory(Memory),
    /// Look after the memory album: what you chose to keep
    #[command(subcommand)]
    Album(Album),
    /// Ask, correct and export the graph of people, places and things
    #[command(subcommand)]
    Graph(Graph),
    /// Look after language models
    #[command(subcommand)]
    Models(Models),
    /// Read a text for feeling, intent, language, names and danger; needs no companion
    Perceive(Perceive),
    /// Check the installation
    Doctor,
    /// Explain an error code
    Explain(Explain),
    /// Print a completion script for a shell
    Completions(Completions),
}

/// `aico perceive`
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, arg_required_else_help = true)]
pub struct Perceive {
    /// The text; `-` reads one text per line from standard input and gives one line for each
    #[arg(value_name = "TEXT", allow_hyphen_values = true)]
    pub text: Option<String>,
    #[command(subcommand)]
    pub what: Option<PerceiveWhat>,
}

/// `aico perceive eval`
#[derive(Debug, Subcommand)]
pub enum PerceiveWhat {
    /// Measure the classifiers on labelled files: macro-F1, calibration error, texts per second
    Eval {
        /// Texts with emotions: text, comma-separated label numbers, id, separated by tabs; `labels.txt` beside it
        #[arg(long, value_name = "FILE")]
        goemotions: Vec<PathBuf>,
        /// Texts with sentiment: JSON lines with `lang`, `text` and `label` (0 negative, 1 neutral, 2 positive)
        #[arg(long, value_name = "FILE")]
        sentiment: Vec<PathBuf>,
        /// Texts with emotions: CSV with `id`, `text` and one column of 0 and 1 per emotion
        #[arg(long, value_name = "FILE")]
        emotions: Vec<PathBuf>,
    },
}

/// `aico init`
#[derive(Debug, Args)]
pub struct Init {
    /// What the companion calls you
    #[arg(long, value_name = "NAME", default_value = "Friend")]
    pub name: String,
    /// What the companion is called
    #[arg(long, value_name = "NAME", default_value = "Aico")]
    pub companion: String,
}

/// `aico chat`
#[derive(Debug, Args)]
pub struct Chat {
    /// Say this, print the reply and leave; `-` reads it from standard input
    #[arg(short, long, value_name = "TEXT")]
    pub message: Option<String>,
    /// Go on with this conversation [default: the last one]
    #[arg(long, value_name = "ID")]
    pub conversation: Option<String>,
    /// Begin a new conversation
    #[arg(long, conflicts_with = "conversation")]
    pub new: bool,
    /// Begin a new conversation that never becomes memory
    #[arg(long, conflicts_with = "conversation")]
    pub private: bool,
}

/// `aico serve`
#[derive(Debug, Args)]
pub struct Serve {
    /// Address to listen on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8770")]
    pub bind: std::net::SocketAddr,
    /// Encrypt, and let in enrolled devices only; this machine is served at a loopback address besides
    #[arg(long)]
    pub tls: bool,
    /// Let other machines in without encryption, as behind a tunnel that encrypts
    #[arg(long, conflicts_with = "tls")]
    pub unencrypted: bool,
}

/// `aico open`
#[derive(Debug, Args)]
pub struct Open {
    /// Only print the link, which lets one browser in
    #[arg(long)]
    pub print: bool,
}

/// `aico log`
#[derive(Debug, Subcommand)]
pub enum Log {
    /// Show the newest events
    Tail {
        /// How many
        #[arg(short = 'n', long, default_value_t = 20, value_name = "COUNT")]
        lines: u32,
        /// Stay and show events as they come
        #[arg(short, long)]
        follow: bool,
        /// Only these types, separated by commas
        #[arg(long, value_delimiter = ',', value_name = "TYPES")]
        types: Vec<String>,
    },
    /// Show one event whole
    Show {
        /// Its position
        position: u64,
    },
    /// Check order, hashes and seals of every event
    Verify,
    /// Count events
    Stats,
    /// Write events as JSON lines
    Export {
        /// File to write; `-` is standard output
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Leave content sealed: headers and ciphertext only
        #[arg(long)]
        sealed: bool,
    },
}

/// `aico audit`
#[derive(Debug, Subcommand)]
pub enum Audit {
    /// Print the newest signed checkpoint; keep it elsewhere, to show later that nothing was rewritten
    Checkpoint,
    /// Print the public key that checks checkpoints, proofs and exports
    Key,
    /// Tell who did what, to whose data; what was erased and given out; which models were used
    Report,
    /// Check every event, tile and checkpoint, and name the first bad position
    Verify {
        /// Check only what came after this checkpoint: a file with a note, or the size of one of ours
        #[arg(long, value_name = "FILE|SIZE")]
        since: Option<String>,
    },
    /// Write a proof file for one event, which anybody can check offline with the public key
    Prove {
        /// Position of an event, or id of a message
        #[arg(value_name = "POSITION|MESSAGE")]
        what: String,
        /// File to write; `-` is standard output
        #[arg(short, long, value_name = "FILE", default_value = "-")]
        output: PathBuf,
        /// Put the content and its data key into the file; the key opens everything else of the same person too
        #[arg(long)]
        disclose: bool,
    },
    /// Write a range of events with its proof as JSON lines, which `aico-verify` checks
    Export {
        /// File to write; `-` is standard output
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// First position
        #[arg(long, value_name = "POSITION")]
        from: Option<u64>,
        /// Last position
        #[arg(long, value_name = "POSITION")]
        through: Option<u64>,
        /// Show as well that the log goes on from this checkpoint: a file with a note, or a size
        #[arg(long, value_name = "FILE|SIZE")]
        since: Option<String>,
        /// Put contents and data keys into the file; without it everything stays sealed
        #[arg(long)]
        disclose: bool,
    },
}

/// `aico backup`
#[derive(Debug, Subcommand)]
pub enum Backup {
    /// Back up into a folder; only what no earlier backup has is written
    Create {
        /// Folder of the backups
        folder: PathBuf,
    },
    /// List the backups in a folder
    List {
        /// Folder of the backups
        folder: PathBuf,
    },
    /// Read a backup whole and compare it with its signed checkpoints
    Verify {
        /// Folder of the backups
        folder: PathBuf,
        /// Which one [default: the newest]
        name: Option<String>,
    },
    /// Make a new data folder from a backup and a copy of the key store
    Restore {
        /// Folder of the backups
        folder: PathBuf,
        /// Data folder to make
        #[arg(long, value_name = "DIR")]
        into: PathBuf,
        /// Which one [default: the newest]
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        /// Copy of `keys/keys.json` [default: that of `--data-dir`]
        #[arg(long, value_name = "FILE")]
        keys: Option<PathBuf>,
    },
    /// Remove backups beyond the newest of each of the last days, weeks and months
    Prune {
        /// Folder of the backups
        folder: PathBuf,
        /// Days
        #[arg(long, default_value_t = 7, value_name = "COUNT")]
        daily: u32,
        /// Weeks
        #[arg(long, default_value_t = 4, value_name = "COUNT")]
        weekly: u32,
        /// Months
        #[arg(long, default_value_t = 6, value_name = "COUNT")]
        monthly: u32,
    },
    /// Print a line for cron that backs up and prunes
    Schedule {
        /// Folder of the backups
        folder: PathBuf,
        /// Every so many hours
        #[arg(long, default_value_t = 24, value_name = "HOURS")]
        every: u32,
    },
}

/// `aico subject`
#[derive(Debug, Subcommand)]
pub enum Subject {
    /// List everybody who has, or had, a data key here
    List,
    /// Write everything about a person into a folder: `data.md` to read, `data.jsonl` for programs
    Export {
        /// Id or name, or `me`
        #[arg(value_name = "WHO")]
        who: String,
        /// Folder to write into
        folder: PathBuf,
    },
    /// Erase a person for ever: keys, read models and every byte that was derived
    Erase {
        /// Id or name, or `me`
        #[arg(value_name = "WHO")]
        who: String,
        /// Why; stored readably, so without personal data
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
        /// Only show what would be touched
        #[arg(long)]
        preview: bool,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Print the signed receipt of an erasure
    Receipt {
        /// Id, or `me`
        #[arg(value_name = "WHO")]
        who: String,
    },
}

/// `aico state`
#[derive(Debug, Args)]
pub struct State {
    /// What to show
    pub name: Option<String>,
    /// Show what changed between `--at` and this position or time
    #[arg(long, value_name = "POSITION|TIME")]
    pub diff: Option<String>,
}

/// `aico why`
#[derive(Debug, Args)]
pub struct Why {
    /// Id of a reply or a message, or `last` for the last reply
    #[arg(value_name = "MESSAGE_ID")]
    pub message: String,
    /// Show the prompt as well, rebuilt from the log
    #[arg(long)]
    pub prompt: bool,
}

/// `aico projection`
#[derive(Debug, Subcommand)]
pub enum Projection {
    /// List the read models with their positions
    List,
    /// Build a read model anew from the log, beside the one in use
    Rebuild {
        /// Which one [default: all]
        name: Option<String>,
    },
    /// Compare live, rebuilt and as-of at random positions
    Verify {
        /// How many positions
        #[arg(long, default_value_t = 8, value_name = "COUNT")]
        samples: u32,
        /// Seed of the choice; printed, so that it can be repeated
        #[arg(long, value_name = "NUMBER")]
        seed: Option<u64>,
    },
    /// Print the digest of each read model
    Digest {
        /// Which one [default: all]
        name: Option<String>,
    },
}

/// `aico branch`
#[derive(Debug, Subcommand)]
pub enum Branch {
    /// Fork the line of `--branch` at `--at`; nothing is copied
    Create {
        /// Name of the new branch
        name: String,
        /// Decide again, with today's deciders, all that came after `--at`, and show the differences
        #[arg(long)]
        redecide: bool,
    },
    /// List the lines of history
    List,
    /// Compare a branch with its parent, or with another
    Diff {
        /// The branch
        name: String,
        /// What to compare it with [default: its parent]
        #[arg(long, value_name = "NAME")]
        against: Option<String>,
    },
    /// Take the events of a branch over as new events of its parent
    Promote {
        /// The branch
        name: String,
    },
    /// Put a branch away; its events stay in the log
    Drop {
        /// The branch
        name: String,
    },
}

/// `aico import`
#[derive(Debug, Args)]
pub struct Import {
    /// Shape of the file
    #[arg(long, value_enum)]
    pub format: Format,
    /// The file; nothing is taken in when any of it is damaged
    pub file: PathBuf,
}

/// Shapes that can be imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "lower")]
pub enum Format {
    /// AICO's own JSON lines
    Jsonl,
    /// LoCoMo conversations
    Locomo,
    /// `conversations.json` of a ChatGPT export
    Chatgpt,
    /// A SillyTavern chat
    Sillytavern,
    /// Memories of mem0
    Mem0,
    /// A Letta agent file
    Letta,
    /// Plain Markdown
    Markdown,
    /// A character card (V1, V2, V3), as JSON or PNG: becomes the companion's name and character
    Card,
}

/// `aico memory`
#[derive(Debug, Subcommand)]
pub enum Memory {
    /// Find what was said or learned, by words and meaning
    Search {
        /// The question
        query: String,
        /// The most results
        #[arg(short = 'n', long, default_value_t = 10, value_name = "COUNT")]
        limit: u32,
        /// Show what each score is made of
        #[arg(long)]
        explain: bool,
    },
    /// Show what is known of you and of whom you speak
    Profile {
        /// Also what no longer holds
        #[arg(long)]
        past: bool,
        /// The most facts
        #[arg(short = 'n', long, default_value_t = 50, value_name = "COUNT")]
        limit: u32,
    },
    /// Show what talk settled into
    Episodes {
        /// The most episodes
        #[arg(short = 'n', long, default_value_t = 20, value_name = "COUNT")]
        limit: u32,
    },
    /// Let talk that has come to rest settle into episodes now
    Consolidate {
        /// Talk that is still going on, too
        #[arg(long)]
        all: bool,
    },
    /// Show one message with all that happened to it and came of it
    Show {
        /// Its id
        #[arg(value_name = "MESSAGE_ID")]
        message: String,
    },
    /// Forget one message, and what was learned from it
    Forget {
        /// Its id
        #[arg(value_name = "MESSAGE_ID")]
        message: String,
        /// Only say what would go and what would stay
        #[arg(long)]
        dry_run: bool,
    },
    /// Count what is in memory
    Stats,
    /// Write everything, sealed, into one archive that another machine can take in
    Export {
        /// File to write; appears whole or not at all
        file: PathBuf,
    },
    /// Take an archive into a data folder that is empty, or holds an earlier state of the same companion
    Import {
        /// The archive
        file: PathBuf,
    },
    /// Measure recall on conversations with questions whose evidence is known
    Eval {
        /// Shape of the file
        #[arg(long, value_enum)]
        format: Questions,
        /// Write every question with its results here, as JSON lines
        #[arg(long, value_name = "FILE")]
        results: Option<PathBuf>,
        /// The file
        file: PathBuf,
    },
}

/// Shapes of files with questions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "lower")]
pub enum Questions {
    /// LoCoMo conversations with their questions
    Locomo,
}

/// `aico album`
#[derive(Debug, Subcommand)]
pub enum Album {
    /// Keep a message, a part of one, or a conversation
    Keep {
        /// Id of the message; `last` is the last reply
        #[arg(value_name = "MESSAGE_ID", required_unless_present = "conversation")]
        message: Option<String>,
        /// Keep this whole conversation
        #[arg(long, value_name = "ID", conflicts_with_all = ["message", "quote", "from", "to"])]
        conversation: Option<String>,
        /// Keep only the part that reads like this
        #[arg(long, value_name = "TEXT", conflicts_with_all = ["from", "to"])]
        quote: Option<String>,
        /// Keep only the part from this character on, counted from 0
        #[arg(long, value_name = "NUMBER", requires = "to")]
        from: Option<u32>,
        /// Keep only the part before this character
        #[arg(long, value_name = "NUMBER", requires = "from")]
        to: Option<u32>,
        /// A note
        #[arg(long, value_name = "TEXT")]
        note: Option<String>,
        #[command(flatten)]
        said: AlbumWords,
        /// A tag; may be given several times
        #[arg(long = "tag", value_name = "TAG")]
        tags: Vec<String>,
        /// Make it a favourite
        #[arg(long)]
        favourite: bool,
    },
    /// List what was kept, the last first
    List {
        #[command(flatten)]
        said: AlbumWords,
        /// Only with this tag
        #[arg(long, value_name = "TAG")]
        tag: Option<String>,
        /// Only favourites
        #[arg(long)]
        favourites: bool,
        /// Only from this conversation
        #[arg(long, value_name = "ID")]
        conversation: Option<String>,
        /// Only of this kind
        #[arg(long, value_enum)]
        content: Option<AlbumContent>,
        /// The most entries
        #[arg(short = 'n', long, default_value_t = 50, value_name = "COUNT")]
        limit: u32,
        /// Leave out so many at the beginning
        #[arg(long, default_value_t = 0, value_name = "COUNT")]
        offset: u32,
    },
    /// Show one entry
    Show {
        /// Its id
        memory: String,
    },
    /// Write a note about an entry; an empty one takes the note away
    Note {
        /// Its id
        memory: String,
        /// The note
        text: Option<String>,
        #[command(flatten)]
        said: AlbumWords,
    },
    /// Give an entry these tags and no others; none takes them all away
    Tag {
        /// Its id
        memory: String,
        /// The tags
        tags: Vec<String>,
    },
    /// Make an entry a favourite
    Favourite {
        /// Its id
        memory: String,
        /// Make it none any more
        #[arg(long)]
        off: bool,
    },
    /// Come back to an entry: shows it and counts the visit
    Revisit {
        /// Its id
        memory: String,
    },
    /// Take an entry out; what was said stays where it was said
    Remove {
        /// Its id
        memory: String,
    },
}

/// What is said about an entry of the album.
#[derive(Debug, Args)]
pub struct AlbumWords {
    /// What it means
    #[arg(long = "type", value_enum, value_name = "TYPE")]
    pub memory_type: Option<MemoryType>,
    /// What it is about
    #[arg(long, value_enum, value_name = "WHAT")]
    pub about: Option<FactType>,
    /// A heading of your own
    #[arg(long, value_name = "TEXT")]
    pub category: Option<String>,
}

/// What an entry of the album means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "lower")]
pub enum MemoryType {
    Fact,
    Insight,
    Moment,
    Milestone,
    Wisdom,
}

/// What an entry of the album is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "lower")]
pub enum FactType {
    Identity,
    Preference,
    Relationship,
    Temporal,
}

/// What can be kept in the album.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "lower")]
pub enum AlbumContent {
    Message,
    Excerpt,
    Conversation,
}

/// `aico graph`
#[derive(Debug, Subcommand)]
pub enum Graph {
    /// Show what is known: all of it, or what is around a name
    Show {
        /// A name or an id; `you` is you
        name: Option<String>,
        /// How many steps around the name
        #[arg(long, default_value_t = 1, value_name = "STEPS")]
        depth: u32,
        /// Show what held then: a time, or `now` [default: of every time]
        #[arg(long, value_name = "TIME")]
        valid: Option<String>,
        /// How to print it
        #[arg(long, value_enum, default_value_t = GraphFormat::Table)]
        format: GraphFormat,
    },
    /// Show who and what is within some steps of a name
    Neighbours {
        /// A name or an id
        name: String,
        /// How many steps
        #[arg(long, default_value_t = 1, value_name = "STEPS")]
        depth: u32,
        /// Show what held then: a time, or `now` [default: of every time]
        #[arg(long, value_name = "TIME")]
        valid: Option<String>,
        /// How to print it
        #[arg(long, value_enum, default_value_t = GraphFormat::Table)]
        format: GraphFormat,
    },
    /// Find a shortest way between two names
    Path {
        /// A name or an id
        from: String,
        /// A name or an id
        to: String,
        /// Use what held then: a time, or `now` [default: of every time]
        #[arg(long, value_name = "TIME")]
        valid: Option<String>,
        /// Every way that visits nothing twice
        #[arg(long)]
        all: bool,
        /// The most steps of a way of `--all`
        #[arg(long, default_value_t = 4, value_name = "STEPS")]
        longest: u32,
    },
    /// Ask a query in openCypher, such as 'MATCH (p:Person)-[:LIVES_IN]->(c) RETURN p.name, c.name'
    Query(GraphQuery),
    /// Show who stands in the middle, what hangs together and what is missing
    Analytics {
        /// Of what held then: a time, or `now` [default: of every time]
        #[arg(long, value_name = "TIME")]
        valid: Option<String>,
        /// The most entries of each list
        #[arg(long, default_value_t = 10, value_name = "N")]
        first: u32,
    },
    /// Show names that may mean the same, to be merged or kept apart
    Doubts {
        /// The most pairs
        #[arg(long, default_value_t = 50, value_name = "N")]
        first: u32,
    },
    /// Show what became known between a moment and `--at`
    Changes {
        /// A position or a time
        #[arg(long, value_name = "POSITION|TIME")]
        since: String,
        /// What held then, compared with `--valid` [default: the same]
        #[arg(long, value_name = "TIME")]
        valid_since: Option<String>,
        /// What held then: a time, or `now` [default: of every time]
        #[arg(long, value_name = "TIME")]
        valid: Option<String>,
    },
    /// Show who was spoken of, and how close
    People {
        /// As of this time of life [default: the moment of `--at`]
        #[arg(long, value_name = "TIME")]
        valid: Option<String>,
    },
    /// Take two names for the same; `split` undoes it
    Merge {
        /// This one is the other
        from: String,
        /// The other
        into: String,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// Let a name stand for itself again
    Split {
        /// The name
        from: String,
        /// What it was taken for
        into: String,
    },
    /// Say how it is, or that it is not so; outranks whatever was said before
    Correct {
        /// About whom; `you` is you
        subject: String,
        /// A predicate of `aico graph stats --vocabulary`
        predicate: String,
        /// Whom or what
        object: String,
        /// It is not so and never was
        #[arg(long)]
        not: bool,
        /// Since when
        #[arg(long, value_name = "TIME")]
        from: Option<String>,
        /// Until when
        #[arg(long, value_name = "TIME")]
        until: Option<String>,
    },
    /// Let what a message said count no more
    Forget {
        /// Id of the message
        #[arg(value_name = "MESSAGE_ID")]
        message: String,
    },
    /// Count what is in the graph
    Stats {
        /// List the predicates instead
        #[arg(long)]
        vocabulary: bool,
    },
    /// Print the whole graph
    Export {
        /// In this format
        #[arg(long, value_enum, default_value_t = GraphFormat::Json)]
        format: GraphFormat,
        /// What held then: a time, or `now` [default: of every time]
        #[arg(long, value_name = "TIME")]
        valid: Option<String>,
    },
    /// Measure how well messages are read, on sentences with known answers
    Eval {
        /// Files of `text || kind:name; ... || subject >predicate> object; ...`
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
}

/// `aico graph query`
#[derive(Debug, Args)]
pub struct GraphQuery {
    /// The query; `-` reads it from standard input
    pub query: String,
    /// What held then: a time, or `now` [default: of every time]
    #[arg(long, value_name = "TIME")]
    pub valid: Option<String>,
    /// Values of `$name`, as a JSON object
    #[arg(long, value_name = "JSON")]
    pub params: Option<String>,
    /// How to print it
    #[arg(long, value_enum, default_value_t = QueryFormat::Table)]
    pub format: QueryFormat,
    /// The most rows; more are an error [default: 10000]
    #[arg(long, value_name = "N")]
    pub rows: Option<u32>,
    /// The most seconds [default: 10]
    #[arg(long, value_name = "SECONDS")]
    pub timeout: Option<f64>,
}

/// How an answer is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "lower")]
pub enum QueryFormat {
    /// For people
    Table,
    /// For programs
    Json,
    /// For spreadsheets
    Csv,
}

/// How a graph is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "lower")]
pub enum GraphFormat {
    /// For people
    Table,
    /// For programs
    Json,
    /// For spreadsheets: relations only
    Csv,
    /// For graph programs; in `export`
    Graphml,
}

/// `aico models`
#[derive(Debug, Subcommand)]
pub enum Models {
    /// List the models that can answer, and those that are installed
    List,
    /// Say which model answers now, and why
    Status,
    /// Fetch a model into Ollama
    Pull {
        /// Its name, for example `llama3.2:1b`
        model: String,
    },
    /// Install a model that makes memory better, such as a sentence model
    Install {
        /// A folder or archive on this machine, the URL of an archive, or a name from `model_sources` in `config.json`
        source: String,
        /// The SHA-256 that the archive must have
        #[arg(long, value_name = "HEX")]
        sha256: Option<String>,
    },
    /// Remove an installed model
    Remove {
        /// Its name
        model: String,
    },
    /// Hold installed models against their checksums, and try them
    Verify {
        /// Its name [default: all]
        model: Option<String>,
    },
}

/// `aico explain`
#[derive(Debug, Args)]
pub struct Explain {
    /// For example `AICO-1005`; without one, all codes are listed
    pub code: Option<String>,
}

/// `aico completions`
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell
    pub shell: clap_complete::Shell,
}
