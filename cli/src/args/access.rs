//! `aico user`, `session`, `device`, `consent`, `login`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// What an account may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AccountRole {
    /// Looks after the install and its accounts
    Admin,
    /// Talks with a companion of their own
    Person,
    /// Checks the log and reads the report, and nobody's words
    Auditor,
}

impl AccountRole {
    /// As the interface has it.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Admin => "ADMIN",
            Self::Person => "PERSON",
            Self::Auditor => "AUDITOR",
        }
    }
}

/// `aico user`
#[derive(Debug, Subcommand)]
pub enum User {
    /// List the accounts
    List,
    /// Make an account, with a companion of its own; asks for a PIN or password, or takes `AICO_NEW_SECRET`
    Add {
        /// What the person signs in as
        name: String,
        /// What they may do
        #[arg(long, value_enum, default_value = "person")]
        role: AccountRole,
        /// Set no PIN or password yet: nobody can sign in until there is one
        #[arg(long)]
        no_secret: bool,
    },
    /// Let an account do something else from now on
    Role {
        /// Name or number
        user: String,
        /// What
        #[arg(value_enum)]
        role: AccountRole,
    },
    /// Close an account; what the person said stays until it is erased
    Remove {
        /// Name or number
        user: String,
    },
    /// Set a PIN (four to eight digits) or a password; asks for it, or takes `AICO_NEW_SECRET`
    Password {
        /// Name or number; your own without one
        user: Option<String>,
    },
}

/// `aico session`
#[derive(Debug, Subcommand)]
pub enum SessionWhat {
    /// List the open sessions of an account
    List {
        /// Name or number; your own without one
        user: Option<String>,
    },
    /// End a session at once, or all of an account but the one that asks
    Revoke {
        /// The session's number
        #[arg(required_unless_present = "user")]
        session: Option<String>,
        /// All of this account
        #[arg(long, value_name = "NAME", conflicts_with = "session")]
        user: Option<String>,
    },
}

/// `aico device`
#[derive(Debug, Subcommand)]
pub enum Device {
    /// List the devices of an account
    List {
        /// Name or number; your own without one
        user: Option<String>,
    },
    /// Make a certificate for a device and write all that it needs into a folder
    Enrol {
        /// What you call the device
        name: String,
        /// Folder to write into: `device.pem`, `device.key`, `authority.pem`, `refresh`
        folder: PathBuf,
        /// For whom it talks; for you without one
        #[arg(long, value_name = "NAME")]
        user: Option<String>,
        /// How long the certificate is good
        #[arg(long, value_name = "DAYS", default_value_t = 365)]
        days: u32,
    },
    /// Take a device out; its sessions end at once
    Revoke {
        /// The device's number
        device: String,
    },
}

/// What data may be used for, outside this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Purpose {
    /// Writing answers and summaries
    Answers,
    /// Making vectors for memory
    Vectors,
}

impl Purpose {
    /// As the interface has it.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Answers => "ANSWERS",
            Self::Vectors => "VECTORS",
        }
    }
}

/// `aico consent`
#[derive(Debug, Subcommand)]
pub enum Consent {
    /// List what you agreed to, and what no longer holds
    List,
    /// Agree that your words go to a server that is not on this machine
    Grant {
        /// What for
        #[arg(value_enum)]
        purpose: Purpose,
        /// The server's host, with its port if it has one of its own
        #[arg(value_name = "HOST")]
        recipient: String,
        /// Until when, for example `2027-01-01`; without it, until you take it back
        #[arg(long, value_name = "TIME")]
        until: Option<String>,
    },
    /// Take a consent back, at once
    Revoke {
        /// The consent's number
        consent: String,
    },
}

/// `aico login`
#[derive(Debug, Args)]
pub struct Login {
    /// Whom to sign in as
    pub name: String,
    /// The server [default: that of the data folder]
    #[arg(long, value_name = "URL")]
    pub server: Option<String>,
    /// Where the session is kept; pass it on with `--session`
    #[arg(long, value_name = "FILE")]
    pub file: PathBuf,
}
