//! A tiny sentence model run by the runtime that is compiled in, against what ONNX Runtime makes of it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};

use models::embedding::{readings, vectors};
use models::installed::Installed;
use models::{Embedder, Library};
use onnx::{Runtime, SentenceModel};
use serde_json::Value;

fn tiny() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tiny")
}

/// The model, installed into a folder of its own.
fn installed() -> (tempfile::TempDir, Installed) {
    let root = tempfile::tempdir().unwrap();
    let installed = Library::at(root.path()).install_folder(&tiny(), &mut |_| ()).unwrap();
    (root, installed)
}

fn model(installed: Installed) -> SentenceModel {
    SentenceModel::new(installed, Runtime::choose(None).unwrap()).unwrap()
}

#[test]
fn vectors_are_those_of_another_runtime() {
    let (_root, installed) = installed();
    let model = model(installed);
    assert_eq!((model.dimensions(), model.token_dimensions()), (8, 4));
    let golden: Vec<Value> = serde_json::from_slice(&fs::read(tiny().join("golden.json")).unwrap()).unwrap();
    for golden in golden {
        let text = golden["text"].as_str().unwrap();
        let vector = vectors(&model, &[text]).unwrap().remove(0);
        for (is, should) in vector.iter().zip(golden["vector"].as_array().unwrap()) {
            assert!(
                (f64::from(*is) - should.as_f64().unwrap()).abs() < 1e-4,
                "{text:?}: {vector:?} and not {golden}"
            );
        }
    }
}

#[test]
fn a_vector_does_not_depend_on_the_texts_beside_it() {
    let (_root, installed) = installed();
    let model = model(installed);
    let texts = ["porto", "", "My sister Anna lives in Lisbon.", "日本語", "where? where? where?"];
    let together = readings(&model, &texts).unwrap();
    for (text, reading) in texts.iter().zip(&together) {
        assert_eq!(readings(&model, &[text]).unwrap()[0], *reading, "{text:?}");
    }
    // Nothing of these is known: near to nothing.
    assert!(together[1].vector.iter().chain(&together[3].vector).all(|x| *x == 0.0));
    // `por` and `##to`; of the other, what is no function word and no mark.
    assert_eq!(together[0].tokens.len(), 2 * 4);
    assert_eq!(together[2].tokens.len(), 4 * 4);
}

#[test]
fn a_model_that_runs_wrong_or_is_cut_short_is_told() {
    let (_root, installed) = installed();
    let mut other = installed.clone();
    other.manifest.probe.as_mut().unwrap().vector.reverse();
    let error = vectors(&model(other), &["porto"]).unwrap_err();
    assert!(error.to_string().contains("does not give the vector that its manifest tells"), "{error}");
    let mut other = installed.clone();
    other.manifest.probe = None;
    other.manifest.dimensions = 7;
    let error = vectors(&model(other), &["porto"]).unwrap_err();
    assert!(error.to_string().contains("and 7 were promised"), "{error}");
    let weights = installed.folder.join("model.onnx");
    let whole = fs::read(&weights).unwrap();
    // As long as it should be, and no model.
    fs::write(&weights, vec![7; whole.len()]).unwrap();
    assert!(vectors(&model(installed.clone()), &["porto"]).is_err());
    fs::write(&weights, &whole[..whole.len() / 2]).unwrap();
    let error = SentenceModel::new(installed, Runtime::choose(None).unwrap()).err().unwrap();
    assert!(error.to_string().contains("bytes of"), "{error}");
}

#[test]
fn the_identity_tells_weights_and_runtime() {
    let (_root, installed) = installed();
    let mut other = installed.clone();
    other.manifest.files.get_mut("model.onnx").unwrap().sha256 = "0".repeat(64);
    let (one, two) = (model(installed).identity(), model(other).identity());
    assert_eq!(one.name, "tiny");
    assert!(one.version.ends_with("(tract 0.23)") && one.version != two.version, "{one:?} {two:?}");
}
