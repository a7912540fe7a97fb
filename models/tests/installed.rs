//! Installing models from folders, archives and a real HTTP server.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use events::{Code, codec};
use models::installed::{Installing, Manifest};
use models::testing::{Answer, FakeServer};
use models::{InstallError, Library};
use serde_json::json;
use tempfile::TempDir;

const WEIGHTS: &[u8] = b"not really weights, but as many bytes as it takes";

fn sha(bytes: &[u8]) -> String {
    codec::sha256(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

fn manifest(version: &str) -> Vec<u8> {
    let entry = |bytes: &[u8]| json!({ "bytes": bytes.len(), "sha256": sha(bytes) });
    json!({
        "format": 1, "name": "tiny", "version": version, "kind": "sentence", "dimensions": 2, "max_tokens": 8,
        "licence": "none", "source": "a test", "files": { "model.onnx": entry(WEIGHTS), "vocab.txt": entry(b"a\nb\n") },
    })
    .to_string()
    .into_bytes()
}

fn files(version: &str) -> Vec<(&'static str, Vec<u8>)> {
    vec![("model.json", manifest(version)), ("vocab.txt", b"a\nb\n".to_vec()), ("model.onnx", WEIGHTS.to_vec())]
}

fn folder(files: &[(&str, Vec<u8>)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    files.iter().for_each(|(name, bytes)| fs::write(folder.path().join(name), bytes).unwrap());
    folder
}

fn tar_of(files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = tar::Header::new_gnu();
        // As an attacker writes it: the library itself would refuse such a name.
        let place = &mut header.as_old_mut().name;
        place[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_entry_type(if name.ends_with(".link") {
            tar::EntryType::Symlink
        } else {
            tar::EntryType::Regular
        });
        header.set_cksum();
        tar.append(&header, bytes.as_slice()).unwrap();
    }
    tar.into_inner().unwrap()
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}

struct Place {
    root: TempDir,
    library: Library,
}

impl Place {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let library = Library::at(root.path().join("models"));
        Self { root, library }
    }

    fn archive(&self, bytes: &[u8]) -> PathBuf {
        let path = self.root.path().join("model.tar");
        fs::write(&path, bytes).unwrap();
        path
    }

    fn unpack(&self, bytes: &[u8]) -> Result<(), InstallError> {
        self.library.install_archive(&self.archive(bytes), None, &mut |_| ()).map(|_| ())
    }

    fn versions(&self) -> Vec<String> {
        self.library.list().unwrap().into_iter().map(|m| m.unwrap().manifest.version).collect()
    }

    /// What lies in the folder of the models besides locks and the models themselves.
    fn litter(&self) -> Vec<String> {
        let all = fs::read_dir(self.root.path().join("models")).unwrap().map(|e| e.unwrap().file_name());
        let mut all: Vec<String> = all.map(|n| n.to_string_lossy().into_owned()).collect();
        all.retain(|n| n != "tiny" && !n.ends_with("lock"));
        all
    }
}

#[test]
fn a_model_is_installed_replaced_verified_and_removed() {
    let place = Place::new();
    assert!(place.library.list().unwrap().is_empty());
    assert!(matches!(place.library.get("tiny"), Err(InstallError::NotInstalled { .. })));
    let mut told = Vec::new();
    let from = folder(&files("1"));
    let installed = place.library.install_folder(from.path(), &mut |p| told.push(p)).unwrap();
    assert_eq!(fs::read(installed.folder.join("model.onnx")).unwrap(), WEIGHTS);
    assert_eq!(told.last(), Some(&Installing { done: WEIGHTS.len() as u64 + 4, total: WEIGHTS.len() as u64 + 4 }));
    place.unpack(&tar_of(&files("2"))).unwrap();
    assert_eq!(place.versions(), ["2"]);
    assert!(place.library.verify("tiny").unwrap().iter().all(|f| f.wrong.is_none()));
    fs::write(installed.folder.join("vocab.txt"), "a\nc\n").unwrap();
    let wrong: Vec<_> = place.library.verify("tiny").unwrap().into_iter().filter(|f| f.wrong.is_some()).collect();
    assert_eq!(wrong.iter().map(|f| f.file.as_str()).collect::<Vec<_>>(), ["vocab.txt"]);
    place.library.remove("tiny").unwrap();
    assert!(place.library.list().unwrap().is_empty());
    assert!(matches!(place.library.remove("tiny"), Err(InstallError::NotInstalled { .. })));
    assert!(matches!(place.library.remove("../models"), Err(InstallError::NotInstalled { .. })));
    assert_eq!(place.litter(), Vec::<String>::new());
}

#[test]
fn weights_of_another_version_have_another_exact_version() {
    let one = Manifest::parse(&manifest("1")).unwrap();
    let mut other = one.clone();
    other.files.get_mut("model.onnx").unwrap().sha256 = "0".repeat(64);
    assert_ne!(one.exact_version(), other.exact_version());
}

#[test]
fn a_wrong_checksum_is_refused_and_nothing_is_lost() {
    let place = Place::new();
    place.unpack(&packed(&tar_of(&files("1")))).unwrap();
    let mut damaged = files("2");
    damaged[2].1[3] ^= 1;
    let error = place.unpack(&tar_of(&damaged)).unwrap_err();
    assert_eq!(error.code(), Code::ModelChecksumWrong);
    assert!(error.to_string().contains(&sha(WEIGHTS)), "{error}");
    let from = folder(&damaged);
    let error = place.library.install_folder(from.path(), &mut |_| ()).unwrap_err();
    assert_eq!(error.code(), Code::ModelChecksumWrong);
    let whole = tar_of(&files("2"));
    let path = place.archive(&whole);
    let error = place.library.install_archive(&path, Some(&"0".repeat(64)), &mut |_| ()).unwrap_err();
    assert_eq!(error.code(), Code::ModelChecksumWrong);
    assert_eq!((place.versions(), place.litter()), (vec!["1".to_owned()], vec![]));
    place.library.install_archive(&path, Some(&sha(&whole)), &mut |_| ()).unwrap();
    assert_eq!(place.versions(), ["2"]);
}

#[test]
fn an_archive_that_leads_elsewhere_is_refused() {
    let place = Place::new();
    for name in ["../evil", "/etc/evil", "a/b/c", "tiny/../../evil", "evil.link", "surprise"] {
        let mut all = files("1");
        all.push((name, b"x".to_vec()));
        let error = place.unpack(&tar_of(&all)).unwrap_err();
        assert_eq!(error.code(), Code::ModelFileDamaged, "{name}: {error}");
        let mut all = files("1");
        all.insert(0, (name, b"x".to_vec()));
        assert_eq!(place.unpack(&tar_of(&all)).unwrap_err().code(), Code::ModelFileDamaged, "{name}");
    }
    assert!(!place.root.path().join("evil").exists() && !Path::new("/etc/evil").exists());
    assert_eq!((place.versions(), place.litter()), (vec![], vec![]));
}

#[test]
fn an_archive_that_unfolds_to_more_than_it_says_is_refused() {
    let place = Place::new();
    let mut all = files("1");
    all[2].1.extend(vec![0; 16 << 20]);
    let bomb = packed(&tar_of(&all));
    assert!(bomb.len() < 1 << 20);
    assert_eq!(place.unpack(&bomb).unwrap_err().code(), Code::ModelFileDamaged);
    // Nor is a manifest without end read.
    let endless = packed(&tar_of(&[("model.json", vec![b' '; 16 << 20])]));
    assert_eq!(place.unpack(&endless).unwrap_err().code(), Code::ModelFileDamaged);
    assert_eq!((place.versions(), place.litter()), (vec![], vec![]));
}

#[test]
fn a_half_written_archive_is_refused() {
    let place = Place::new();
    for whole in [tar_of(&files("1")), packed(&tar_of(&files("1")))] {
        // The last kilobyte of an archive is its end mark, which says nothing.
        for cut in [0, 1, 100, whole.len() / 2] {
            let error = place.unpack(&whole[..cut]).unwrap_err();
            assert_eq!(error.code(), Code::ModelFileDamaged, "{cut}: {error}");
        }
    }
    let mut missing = files("1");
    missing.remove(1);
    let error = place.unpack(&tar_of(&missing)).unwrap_err();
    assert!(error.to_string().contains("vocab.txt is missing"), "{error}");
    assert_eq!((place.versions(), place.litter()), (vec![], vec![]));
}

#[test]
fn two_installations_at_once_do_not_mix() {
    let place = Place::new();
    let from = folder(&files("1"));
    let mut busy = None;
    let library = place.library.clone();
    place
        .library
        .install_folder(from.path(), &mut |_| {
            busy.get_or_insert_with(|| library.install_folder(from.path(), &mut |_| ()).unwrap_err().code());
        })
        .unwrap();
    assert_eq!(busy, Some(Code::DataDirLocked));
    assert_eq!(place.versions(), ["1"]);
}

const ROUTE: &str = "GET /tiny.tar";

#[tokio::test(flavor = "multi_thread")]
async fn a_model_comes_from_a_server() {
    let place = Place::new();
    let whole = tar_of(&files("1"));
    let server = FakeServer::start([(ROUTE, vec![Answer::ok().chunk(&whole)])]).await;
    let url = format!("{}/tiny.tar", server.url());
    let wrong = place.library.install_url(&url, Some(&"0".repeat(64)), &mut |_| ()).await.unwrap_err();
    assert_eq!(wrong.code(), Code::ModelChecksumWrong);
    assert_eq!((place.versions(), place.litter()), (vec![], vec![]));
    place.library.install_url(&url, Some(&sha(&whole)), &mut |_| ()).await.unwrap();
    assert_eq!((place.versions(), place.litter()), (vec!["1".to_owned()], vec![]));
    let missing = place.library.install_url(&format!("{}/no", server.url()), None, &mut |_| ()).await.unwrap_err();
    assert_eq!(missing.code(), Code::ModelFailed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_that_broke_off_goes_on_where_it_stopped() {
    let place = Place::new();
    let whole = tar_of(&files("1"));
    let part = |status: u16, from: usize, to: usize| {
        let range = format!("bytes {from}-{}/{}", whole.len() - 1, whole.len());
        let answer = Answer::status(status).header("etag", "\"v1\"").header("content-range", &range);
        answer.chunk(&whole[from..to])
    };
    let answers = vec![
        part(200, 0, 700).cut(),
        part(206, 700, 1_500).cut(),
        Answer::status(403),
        part(206, 1_500, whole.len()),
    ];
    let mut server = FakeServer::start([(ROUTE, answers)]).await;
    let url = format!("{}/tiny.tar", server.url());
    let error = place.library.install_url(&url, None, &mut |_| ()).await.unwrap_err();
    assert_eq!((error.code(), place.versions()), (Code::ModelFailed, vec![]));
    let ranges: Vec<_> = server.requests().into_iter().map(|r| r.headers.get("range").cloned()).collect();
    assert_eq!(ranges[1].as_deref(), Some("bytes=700-"));
    assert_eq!(ranges[2].as_deref(), Some("bytes=1500-"));
    // The next time what is there is not fetched again.
    place.library.install_url(&url, Some(&sha(&whole)), &mut |_| ()).await.unwrap();
    let again = server.request().await;
    assert_eq!((again.headers["range"].as_str(), again.headers["if-range"].as_str()), ("bytes=1500-", "\"v1\""));
    assert_eq!((place.versions(), place.litter()), (vec!["1".to_owned()], vec![]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_changed_on_the_server_is_fetched_anew() {
    let place = Place::new();
    let whole = tar_of(&files("2"));
    let old = Answer::ok().header("etag", "\"v1\"").chunk(&tar_of(&files("1"))[..700]).cut();
    let new = Answer::ok().header("etag", "\"v2\"").chunk(&whole);
    let server = FakeServer::start([(ROUTE, vec![old, new])]).await;
    let url = format!("{}/tiny.tar", server.url());
    place.library.install_url(&url, Some(&sha(&whole)), &mut |_| ()).await.unwrap();
    assert_eq!(place.versions(), ["2"]);
}
