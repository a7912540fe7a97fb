//! A sentence model: a BERT-like encoder whose token vectors become one.

use std::collections::HashSet;
use std::path::Path;
use std::sync::OnceLock;

use events::MadeBy;
use models::embedding::{Kind, Reading, WordPiece, to_bytes, to_unit_length};
use models::installed::{Installed, ModelKind, Pooling};
use models::{Embedder, EmbeddingError};

use crate::Runtime;
use crate::session::{Encoder, Output};

const MODEL: &str = "model.onnx";
const VOCABULARY: &str = "vocab.txt";
/// How near to the vector of its manifest's probe a model must come.
const PROBE_COSINE: f32 = 0.999;

/// See the module.
///
/// Each text goes through the model alone, so that its vector does not depend on the texts beside it: no padding, no
/// other order of addition. The model is loaded when the first vector is wanted, since many commands want none.
pub struct SentenceModel {
    installed: Installed,
    runtime: Runtime,
    loaded: OnceLock<Result<Loaded, String>>,
}

struct Loaded {
    encoder: Encoder,
    pieces: WordPiece,
    begin: u32,
    end: u32,
    unknown: u32,
    /// Tokens that say nothing by themselves.
    silent: HashSet<i64>,
}

/// English words that are not compared one by one. Words of other languages are cut into pieces by such a model anyway.
const FUNCTION_WORDS: &str = "a an the of to in on at for and or but is are was were be been am i you he she it we they \
    me him her us them my your his its our their this that these those do does did have has had will would can could \
    should with as by from not no so if then than too very just about into over out up down what who whom whose which \
    when where why how s t re ve ll d m ...";

impl SentenceModel {
    /// An installed sentence model.
    ///
    /// # Errors
    /// When it is of another kind, or lacks a file.
    pub fn new(installed: Installed, runtime: Runtime) -> Result<Self, EmbeddingError> {
        let name = installed.manifest.name.clone();
        let failed = |reason: String| EmbeddingError::Failed { model: name.clone(), reason };
        if installed.manifest.kind != ModelKind::Sentence {
            return Err(failed("it is no sentence model".to_owned()));
        }
        for file in [MODEL, VOCABULARY] {
            let Some(entry) = installed.manifest.files.get(file) else {
                return Err(failed(format!("its manifest names no {file}")));
            };
            let path = installed.folder.join(file);
            match std::fs::metadata(&path) {
                Ok(found) if found.len() == entry.bytes => {}
                Ok(found) => return Err(failed(format!("{file} has {} bytes of {}", found.len(), entry.bytes))),
                Err(error) => return Err(failed(format!("{}: {error}", path.display()))),
            }
        }
        Ok(Self { installed, runtime, loaded: OnceLock::new() })
    }

    fn failed(&self, reason: impl Into<String>) -> EmbeddingError {
        EmbeddingError::Failed { model: self.installed.manifest.name.clone(), reason: reason.into() }
    }

    fn loaded(&self) -> Result<&Loaded, EmbeddingError> {
        let loaded = self.loaded.get_or_init(|| {
            let loaded = Loaded::new(&self.installed.folder, &self.runtime)?;
            self.hold_against_probe(&loaded)?;
            Ok(loaded)
        });
        loaded.as_ref().map_err(|reason| self.failed(reason.as_str()))
    }

    /// Whether it runs here as it ran where it was prepared.
    fn hold_against_probe(&self, loaded: &Loaded) -> Result<(), String> {
        let Some(probe) = &self.installed.manifest.probe else { return Ok(()) };
        let vector = self.one(loaded, &probe.text)?.vector;
        let mut wanted = probe.vector.clone();
        to_unit_length(&mut wanted);
        let cosine: f32 = vector.iter().zip(&wanted).map(|(a, b)| a * b).sum();
        if cosine >= PROBE_COSINE {
            Ok(())
        } else {
            Err(format!("it does not give the vector that its manifest tells: cosine {cosine:.4}"))
        }
    }

    fn one(&self, loaded: &Loaded, text: &str) -> Result<Reading, String> {
        let manifest = &self.installed.manifest;
        let mut vector = vec![0.0; manifest.dimensions];
        let pieces = loaded.pieces.tokens(text);
        if pieces.iter().all(|p| *p == loaded.unknown) {
            return Ok(Reading { vector, tokens: vec![] });
        }
        let read = pieces.into_iter().take(manifest.max_tokens.saturating_sub(2));
        let ids: Vec<i64> = [loaded.begin].into_iter().chain(read).chain([loaded.end]).map(i64::from).collect();
        let mut outputs = loaded.encoder.run(&ids, &vec![0; ids.len()])?.into_iter();
        let Output { shape, values } = outputs.next().ok_or("it gives nothing")?;
        let dimensions = manifest.dimensions as i64;
        match (shape.as_slice(), manifest.pooling) {
            ([1, length, width], Pooling::Mean) if *length == ids.len() as i64 && *width == dimensions => {
                for token in values.chunks_exact(manifest.dimensions) {
                    vector.iter_mut().zip(token).for_each(|(sum, x)| *sum += x);
                }
            }
            ([1, _, width], Pooling::First) if *width == dimensions => {
                vector.copy_from_slice(values.get(..manifest.dimensions).unwrap_or_default());
            }
            // Some exports pool by themselves.
            ([1, width], _) if *width == dimensions => vector.copy_from_slice(&values),
            (other, _) => {
                return Err(format!("it gives numbers of the shape {other:?}, and {dimensions} were promised"));
            }
        }
        to_unit_length(&mut vector);
        let tokens = match (manifest.token_dimensions, outputs.next()) {
            (0, _) => vec![],
            (size, Some(output)) if output.shape == [1, ids.len() as i64, size as i64] => {
                loaded.telling(&ids, output.values, size)
            }
            (size, other) => {
                let shape = other.map(|o| o.shape).unwrap_or_default();
                return Err(format!("its second output has the shape {shape:?}, and {size} per token were promised"));
            }
        };
        Ok(Reading { vector, tokens })
    }
}

impl Loaded {
    fn new(folder: &Path, runtime: &Runtime) -> Result<Self, String> {
        let path = folder.join(VOCABULARY);
        let words = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        let pieces = WordPiece::new(words);
        let mark = |name: &str| pieces.id(name).ok_or_else(|| format!("{VOCABULARY} holds no {name}"));
        let (begin, end, unknown) = (mark("[CLS]")?, mark("[SEP]")?, mark("[UNK]")?);
        let mut silent: HashSet<i64> =
            FUNCTION_WORDS.split(' ').filter_map(|w| pieces.id(w)).map(i64::from).collect();
        silent.extend(
            (0x21_u8..0x7f)
                .map(char::from)
                .filter(char::is_ascii_punctuation)
                .filter_map(|c| pieces.id(c.encode_utf8(&mut [0; 4])).map(i64::from)),
        );
        silent.extend([begin, end, unknown].map(i64::from));
        Ok(Self { encoder: Encoder::load(&folder.join(MODEL), runtime)?, pieces, silent, begin, end, unknown })
    }

    /// The vectors of the tokens that say something by themselves.
    fn telling(&self, ids: &[i64], mut values: Vec<f32>, size: usize) -> Vec<i8> {
        let mut bytes = Vec::new();
        for (id, token) in ids.iter().zip(values.chunks_exact_mut(size)) {
            if !self.silent.contains(id) {
                to_unit_length(token);
                bytes.extend(to_bytes(token));
            }
        }
        bytes
    }
}

impl Embedder for SentenceModel {
    fn identity(&self) -> MadeBy {
        let manifest = &self.installed.manifest;
        let version = format!("{} ({})", manifest.exact_version(), self.runtime.name());
        MadeBy { name: manifest.name.clone(), version }
    }

    fn dimensions(&self) -> usize {
        self.installed.manifest.dimensions
    }

    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbeddingError> {
        let loaded = self.loaded()?;
        texts.iter().map(|text| self.one(loaded, text).map(|r| r.vector).map_err(|e| self.failed(e))).collect()
    }

    fn token_dimensions(&self) -> usize {
        self.installed.manifest.token_dimensions
    }

    fn read(&self, texts: &[&str]) -> Result<Vec<Reading>, EmbeddingError> {
        let loaded = self.loaded()?;
        texts.iter().map(|text| self.one(loaded, text).map_err(|e| self.failed(e))).collect()
    }

    fn kind(&self) -> Kind {
        Kind::Sentences
    }
}
