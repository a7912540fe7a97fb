//! Stable error codes. Each has a page in `docs/errors/`, shown by `aico explain CODE`.

use std::fmt;
use std::str::FromStr;

macro_rules! codes {
    ($( $(#[$doc:meta])* $name:ident = $text:literal ),* $(,)?) => {
        /// A stable error code. Never renumber one; retire it with a note on its page.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code { $( $(#[$doc])* $name ),* }

        impl Code {
            /// Every code, in order.
            pub const ALL: &'static [Self] = &[$( Self::$name ),*];

            /// For example `AICO-1001`.
            pub fn as_str(self) -> &'static str {
                match self { $( Self::$name => $text ),* }
            }

            /// The page in `docs/errors/`, in Markdown.
            pub fn page(self) -> &'static str {
                match self { $( Self::$name => include_str!(concat!("../../docs/errors/", $text, ".md")) ),* }
            }
        }
    };
}

codes! {
    // 1xxx: the log and its files.
    /// A stream moved on meanwhile.
    LogWrongVersion = "AICO-1001",
    /// An append or a body is over its limit.
    LogTooLarge = "AICO-1002",
    /// The log was closed.
    LogClosed = "AICO-1003",
    /// Whether an append happened is unknown.
    LogUnknownOutcome = "AICO-1004",
    /// Stored bytes are not what was written.
    LogDamaged = "AICO-1005",
    /// The store cannot be read.
    LogUnreadable = "AICO-1006",
    /// The disk is full.
    DiskFull = "AICO-1007",
    /// Another process holds the data folder.
    DataDirLocked = "AICO-1008",
    /// The database was made by a newer AICO.
    DatabaseTooNew = "AICO-1009",
    /// The data folder holds no companion yet.
    NotInitialised = "AICO-1010",
    /// The data folder cannot be used.
    DataDirUnusable = "AICO-1011",
    /// Log, tiles and checkpoints do not fit together.
    LedgerDamaged = "AICO-1012",
    /// A checkpoint that is not one of this log.
    BadCheckpoint = "AICO-1013",
    // 2xxx: keys.
    /// The passphrase is wrong.
    WrongPassphrase = "AICO-2001",
    /// No way to unlock: no keyring, no passphrase, no terminal.
    NoPassphrase = "AICO-2002",
    /// A data key is missing.
    KeyMissing = "AICO-2003",
    /// The key store is damaged or cannot be written.
    KeyStoreDamaged = "AICO-2004",
    /// The subject was erased.
    SubjectErased = "AICO-2005",
    /// The operating system's keyring refused.
    KeyringFailed = "AICO-2006",
    // 3xxx: asking and travelling.
    /// A position past the head.
    PositionPastHead = "AICO-3001",
    /// A time before the first event.
    TimeBeforeFirstEvent = "AICO-3002",
    /// Text that is neither a position nor a time.
    BadAsOf = "AICO-3003",
    /// No such branch.
    NoSuchBranch = "AICO-3004",
    /// The trunk cannot be dropped or promoted.
    TrunkBranch = "AICO-3005",
    /// The branch name is taken.
    BranchNameTaken = "AICO-3006",
    /// A promotion would run over newer events of the trunk.
    BranchConflict = "AICO-3007",
    /// A read model stopped at an event.
    ProjectionFailed = "AICO-3008",
    /// A read model's file is damaged.
    ReadModelDamaged = "AICO-3009",
    /// No such read model or state.
    NoSuchProjection = "AICO-3010",
    /// A read model did not catch up in time.
    ProjectionBehind = "AICO-3011",
    // 4xxx: talking.
    /// No such conversation, or it is not yours.
    NoSuchConversation = "AICO-4001",
    /// No such message, or it is not yours.
    NoSuchMessage = "AICO-4002",
    /// An empty message.
    EmptyMessage = "AICO-4003",
    /// A message over the limit.
    MessageTooLong = "AICO-4004",
    /// Text that is not UTF-8.
    NotUtf8 = "AICO-4005",
    /// The command does not fit the state of things.
    Rejected = "AICO-4006",
    /// No such person or companion.
    NoSuchPerson = "AICO-4007",
    /// No such entry in the album, or it is not yours.
    NoSuchMemory = "AICO-4020",
    // 5xxx: models.
    /// The model's server cannot be reached.
    ModelUnreachable = "AICO-5001",
    /// The model's server refused or failed.
    ModelFailed = "AICO-5002",
    /// The model's stream broke off.
    ModelStreamBroken = "AICO-5003",
    /// The model took too long.
    ModelTimeout = "AICO-5004",
    /// The model's server said something that its protocol does not allow.
    ModelProtocol = "AICO-5005",
    /// No such model, or models cannot be managed here.
    NoSuchModel = "AICO-5006",
    /// The configuration of the model makes no sense.
    ModelMisconfigured = "AICO-5007",
    /// No vector could be made of a text.
    EmbeddingFailed = "AICO-5008",
    /// A vector of another size than its embedder makes.
    WrongVectorSize = "AICO-5015",
    /// A file of a model has another checksum than its manifest says.
    ModelChecksumWrong = "AICO-5016",
    /// A model's manifest or archive is not what it should be.
    ModelFileDamaged = "AICO-5017",
    /// The models that notice feeling and language cannot be used.
    PerceptionFailed = "AICO-5018",
    // 6xxx: the interface.
    /// No token or a wrong one.
    Unauthorised = "AICO-6001",
    /// A host or origin that is not allowed.
    OriginRefused = "AICO-6002",
    /// A request that is malformed or over a limit.
    BadRequest = "AICO-6003",
    /// The server cannot be reached.
    ServerUnreachable = "AICO-6004",
    /// Something failed inside that has no better code.
    Internal = "AICO-6005",
    // 7xxx: import and export.
    /// An import file is damaged; nothing of it was taken in.
    ImportDamaged = "AICO-7001",
    /// A file cannot be read or written.
    FileUnusable = "AICO-7002",
    /// An archive is damaged, cut or changed.
    ArchiveDamaged = "AICO-7010",
    /// An archive belongs to another log than the one that is here.
    ArchiveOther = "AICO-7011",
    /// An archive was written by a newer AICO.
    ArchiveTooNew = "AICO-7012",
    /// A backup is damaged or not complete.
    BackupDamaged = "AICO-7020",
    /// A backup was made by another install.
    BackupForeign = "AICO-7021",
    // 8xxx: the graph.
    /// A text that is no reading query.
    GraphQueryUnreadable = "AICO-8001",
    /// A value that a query cannot work with.
    GraphQueryValue = "AICO-8002",
    /// A query that reached a limit.
    GraphQueryLimit = "AICO-8003",
    /// Nobody and nothing of that name in the graph.
    NoSuchEntity = "AICO-8010",
    // 9xxx: people and access.
    /// A name or a secret is wrong.
    SignInRefused = "AICO-9001",
    /// Too many failures: nobody is let in for a while.
    AccountLocked = "AICO-9002",
    /// The caller's role does not reach this.
    Forbidden = "AICO-9003",
    /// An access token ended.
    TokenExpired = "AICO-9004",
    /// The session is over.
    SessionOver = "AICO-9005",
    /// Too many requests, or too many connections.
    TooMany = "AICO-9006",
    /// Data would leave this machine, and its person has not agreed.
    ConsentMissing = "AICO-9007",
    /// No such account.
    NoSuchAccount = "AICO-9008",
    /// No such session, device or consent, or it is not yours.
    NoSuchGrant = "AICO-9009",
    /// Other machines could listen in.
    TlsRequired = "AICO-9010",
    /// A certificate cannot be used.
    CertificateUnusable = "AICO-9011",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that is no code.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is not an error code of AICO")]
pub struct UnknownCode(pub String);

impl FromStr for Code {
    type Err = UnknownCode;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wanted = text.trim().to_ascii_uppercase();
        Self::ALL.iter().copied().find(|c| c.as_str() == wanted).ok_or_else(|| UnknownCode(text.to_owned()))
    }
}
