//! A PostgreSQL server of our own, from the installed programs, in a temporary folder.

use std::fs;
use std::io;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tokio::io::{AsyncBufReadExt, BufReader};

/// Whether a commit waits for the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// As a server is run.
    Full,
    /// Faster, for tests that do not cut the power.
    None,
}

/// A running server. It listens on a socket in its own folder only.
///
/// It is stopped and its folder removed when this is dropped, and as well when the process that started it dies in any
/// other way: a test that is killed leaves nothing behind.
#[derive(Debug)]
pub struct TestCluster {
    folder: PathBuf,
    caretaker: Child,
}

/// The programs are not installed.
pub const NOT_INSTALLED: &str = "PostgreSQL's server programs are not installed (Debian: apt-get install postgresql)";

impl TestCluster {
    /// Starts a server; `None` when PostgreSQL is not installed and `AICO_REQUIRE_POSTGRES` is not set.
    ///
    /// # Errors
    /// When it is required and missing, or does not start.
    pub async fn start(durability: Durability) -> io::Result<Option<Self>> {
        let Some(programs) = programs() else {
            let required = std::env::var_os("AICO_REQUIRE_POSTGRES").is_some_and(|v| v != "0");
            return if required { Err(io::Error::new(io::ErrorKind::NotFound, NOT_INSTALLED)) } else { Ok(None) };
        };
        let folder = tempfile::Builder::new().prefix("aico-pg-").tempdir()?;
        // PostgreSQL refuses to run as root, so root lends it an unprivileged user.
        let user = if fs::metadata("/proc/self").map(|m| std::os::unix::fs::MetadataExt::uid(&m))? == 0 {
            Some(unprivileged_user()?)
        } else {
            None
        };
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700))?;
        if let Some((uid, gid)) = user {
            chown(folder.path(), Some(uid), Some(gid))?;
        }
        let data = folder.path().join("data");
        let made = command(&programs.join("initdb"), user, folder.path())
            .args(["--auth=trust", "--encoding=UTF8", "--locale=C", "--username=aico", "--no-sync", "-D"])
            .arg(&data)
            .output()?;
        if !made.status.success() {
            return Err(io::Error::other(String::from_utf8_lossy(&made.stderr).into_owned()));
        }
        let mut start = command(&programs.join("postgres"), user, folder.path());
        start.arg("-D").arg(&data).arg("-k").arg(folder.path()).args(["-c", "listen_addresses="]);
        start.args(["-c", "log_destination=stderr", "-c", "logging_collector=off", "-c", "max_connections=200"]);
        if durability == Durability::None {
            start.args(["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]);
        }
        start.stderr(Stdio::piped()).stdout(Stdio::null()).stdin(Stdio::null()).process_group(0);
        let caretaker = caretaker(&programs, user, folder.path(), &data)?;
        // From here on the caretaker removes the folder.
        let cluster = Self { folder: folder.keep(), caretaker };
        let mut server = tokio::process::Command::from(start).spawn()?;
        let Some(stderr) = server.stderr.take() else { return Err(io::Error::other("no stderr")) };
        let mut lines = BufReader::new(stderr).lines();
        let mut said = String::new();
        loop {
            match lines.next_line().await? {
                Some(line) if line.contains("ready to accept connections") => break,
                Some(line) => said.push_str(&format!("{line}\n")),
                None => return Err(io::Error::other(format!("the server did not start:\n{said}"))),
            }
        }
        // What it says later is read and dropped, so that the pipe never fills; then its end is awaited.
        tokio::spawn(async move {
            while let Ok(Some(_)) = lines.next_line().await {}
            server.wait().await
        });
        Ok(Some(cluster))
    }

    /// Where to connect to a database; `postgres` is there from the start.
    pub fn url(&self, database: &str) -> String {
        format!("postgres:///{database}?host={}&user=aico", self.folder.display())
    }

    /// Where the server keeps its data and its socket.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for TestCluster {
    fn drop(&mut self) {
        drop(self.caretaker.stdin.take());
        let _gone = self.caretaker.wait();
    }
}

/// A process that waits for the end of its input, which is the end of this process or the drop of the cluster, and
/// then stops the server and removes the folder.
///
/// Why not `Drop` alone: a test that is killed or leaves by `exit` drops nothing, and a server that nobody stops keeps
/// its memory and its folder for ever. It leads a process group of its own, so that a signal to the tests' group does
/// not reach it. A killed server leaves shared memory behind; an ordered stop does not.
fn caretaker(programs: &Path, user: Option<(u32, u32)>, folder: &Path, data: &Path) -> io::Result<Child> {
    command(Path::new("sh"), user, folder)
        .args([
            "-c",
            r#"cat >/dev/null; "$1" stop --mode=immediate --wait --silent -D "$2"; cd /; rm -rf "$3""#,
            "sh",
        ])
        .args([&programs.join("pg_ctl"), data, folder])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .process_group(0)
        .spawn()
}

fn command(program: &Path, user: Option<(u32, u32)>, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).env("LC_ALL", "C");
    if let Some((uid, gid)) = user {
        command.uid(uid).gid(gid);
    }
    command
}

/// The folder of the newest installed server, or where `initdb` is on the path.
fn programs() -> Option<PathBuf> {
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut versions: Vec<(u32, PathBuf)> = debian
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    versions.sort();
    let newest_first = versions.into_iter().rev().map(|(_, folder)| folder);
    let path = std::env::var_os("PATH").unwrap_or_default();
    newest_first
        .chain(std::env::split_paths(&path))
        .find(|folder| ["initdb", "postgres", "pg_ctl"].iter().all(|p| folder.join(p).exists()))
}

fn unprivileged_user() -> io::Result<(u32, u32)> {
    let users = fs::read_to_string("/etc/passwd")?;
    let find = |name: &str| {
        let line = users.lines().find(|l| l.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    find("postgres").or_else(|| find("nobody")).ok_or_else(|| io::Error::other("no user `postgres` or `nobody`"))
}
