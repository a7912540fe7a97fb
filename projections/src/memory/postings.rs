//! Which entries hold a term, and how often: tantivy for what is committed, memory for what is fresh.

use std::collections::HashMap;
use std::path::Path;

use events::log::BoxError;
use tantivy::indexer::LogMergePolicy;
use tantivy::schema::{
    FAST, Field, IndexRecordOption, STORED, Schema, TantivyDocument, TextFieldIndexing, TextOptions, Value,
};
use tantivy::store::Compressor;
use tantivy::tokenizer::{PreTokenizedString, Token};
use tantivy::{DocSet, Index, IndexReader, IndexSettings, ReloadPolicy, Term};

use super::sealed::{SealedDirectory, Sealer};

/// Memory that a commit may use before it writes a segment. The least that tantivy allows.
const WRITER_BYTES: usize = 15_000_000;

/// A posting: the number of an entry, and how often it holds the term.
pub(crate) type Posting = (u32, u32);

/// The entries on the disk.
struct Committed {
    index: Index,
    reader: IndexReader,
    fields: Fields,
    /// Per segment, by its document numbers, the numbers of entries.
    numbers: Vec<Vec<u32>>,
}

#[derive(Clone, Copy)]
struct Fields {
    terms: Field,
    number: Field,
    stored: Field,
}

/// An entry that waits for a commit.
struct Fresh {
    number: u32,
    terms: Vec<String>,
    stored: Vec<u8>,
}

/// See the module.
pub(crate) struct Postings {
    committed: Option<Committed>,
    fresh: Vec<Fresh>,
    by_term: HashMap<String, Vec<Posting>>,
}

fn schema() -> (Schema, Fields) {
    let mut schema = Schema::builder();
    // The terms come ready, positions and lengths are not asked of tantivy: what is counted must be counted as of a basis.
    let indexing = TextFieldIndexing::default()
        .set_tokenizer("raw")
        .set_fieldnorms(false)
        .set_index_option(IndexRecordOption::WithFreqs);
    let terms = schema.add_text_field("terms", TextOptions::default().set_indexing_options(indexing));
    let number = schema.add_u64_field("number", FAST);
    let stored = schema.add_bytes_field("stored", STORED);
    (schema.build(), Fields { terms, number, stored })
}

impl Postings {
    /// Kept in memory alone.
    pub(crate) fn in_memory() -> Self {
        Self { committed: None, fresh: Vec::new(), by_term: HashMap::new() }
    }

    /// Kept in a folder of sealed files. `each` is told what was stored of every entry, in the order of their numbers,
    /// which are 0, 1, 2 ..., and how many come after it.
    pub(crate) fn open(
        folder: &Path,
        sealer: Sealer,
        mut each: impl FnMut(&[u8], usize) -> Result<(), BoxError>,
    ) -> Result<Self, BoxError> {
        let directory = SealedDirectory::open(folder, sealer)?;
        let (schema, fields) = schema();
        let index = if Index::exists(&directory)? {
            let index = Index::open(directory)?;
            if index.schema() != schema {
                return Err("it was written with other fields".into());
            }
            index
        } else {
            // Vectors do not shrink, and a sealed file would hide it if they did.
            let settings = IndexSettings { docstore_compression: Compressor::None, ..IndexSettings::default() };
            Index::create(directory, schema, settings)?
        };
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        let mut committed = Committed { index, reader, fields, numbers: Vec::new() };
        committed.reload()?;
        committed.each_stored(&mut each)?;
        Ok(Self { committed: Some(committed), ..Self::in_memory() })
    }

    /// What was handed over with the last commit.
    pub(crate) fn mark(&self) -> Result<Option<String>, BoxError> {
        self.committed.as_ref().map_or(Ok(None), |c| Ok(c.index.load_metas()?.payload))
    }

    /// Takes in an entry, which is found at once.
    pub(crate) fn add(&mut self, number: u32, terms: Vec<String>, stored: impl FnOnce() -> Vec<u8>) {
        let mut counts: HashMap<&str, u32> = HashMap::new();
        for term in &terms {
            *counts.entry(term).or_default() += 1;
        }
        for (term, count) in counts {
            match self.by_term.get_mut(term) {
                Some(postings) => postings.push((number, count)),
                None => {
                    self.by_term.insert(term.to_owned(), vec![(number, count)]);
                }
            }
        }
        if self.committed.is_some() {
            self.fresh.push(Fresh { number, terms, stored: stored() });
        }
    }

    /// Entries that wait for a commit.
    pub(crate) fn fresh(&self) -> usize {
        self.fresh.len()
    }

    /// Writes what is fresh, durably and as a whole, together with a mark.
    pub(crate) fn commit(&mut self, mark: &str) -> Result<(), BoxError> {
        let Some(committed) = &mut self.committed else { return Ok(()) };
        let mut writer = committed.index.writer_with_num_threads(1, WRITER_BYTES)?;
        writer.set_merge_policy(Box::new(LogMergePolicy::default()));
        for fresh in &self.fresh {
            let mut document = TantivyDocument::new();
            let token =
                |(position, text): (usize, &String)| Token { text: text.clone(), position, ..Token::default() };
            let tokens = fresh.terms.iter().enumerate().map(token).collect();
            let terms = PreTokenizedString { text: String::new(), tokens };
            document.add_pre_tokenized_text(committed.fields.terms, terms);
            document.add_u64(committed.fields.number, fresh.number.into());
            document.add_bytes(committed.fields.stored, &fresh.stored);
            writer.add_document(document)?;
        }
        let mut prepared = writer.prepare_commit()?;
        prepared.set_payload(mark);
        prepared.commit()?;
        writer.wait_merging_threads()?;
        committed.reload()?;
        self.fresh.clear();
        self.by_term.clear();
        Ok(())
    }

    /// The entries that hold a term, in no order.
    pub(crate) fn of(&self, term: &str) -> Result<Vec<Posting>, BoxError> {
        let mut found = self.by_term.get(term).cloned().unwrap_or_default();
        if let Some(committed) = &self.committed {
            let wanted = Term::from_field_text(committed.fields.terms, term);
            for (segment, numbers) in committed.reader.searcher().segment_readers().iter().zip(&committed.numbers) {
                let inverted = segment.inverted_index(committed.fields.terms)?;
                let Some(mut postings) = inverted.read_postings(&wanted, IndexRecordOption::WithFreqs)? else {
                    continue;
                };
                let mut document = postings.doc();
                while document != tantivy::TERMINATED {
                    let number = numbers.get(document as usize).ok_or("a posting of an entry that is not there")?;
                    found.push((*number, tantivy::postings::Postings::term_freq(&postings)));
                    document = postings.advance();
                }
            }
        }
        Ok(found)
    }

    /// Tells every term with its entries; a term may come more than once.
    pub(crate) fn each(&self, mut tell: impl FnMut(&str, Posting)) -> Result<(), BoxError> {
        for (term, postings) in &self.by_term {
            postings.iter().for_each(|posting| tell(term, *posting));
        }
        let Some(committed) = &self.committed else { return Ok(()) };
        for (segment, numbers) in committed.reader.searcher().segment_readers().iter().zip(&committed.numbers) {
            let inverted = segment.inverted_index(committed.fields.terms)?;
            let mut terms = inverted.terms().stream()?;
            while let Some((term, info)) = terms.next() {
                let term = std::str::from_utf8(term)?;
                let mut postings = inverted.read_postings_from_terminfo(info, IndexRecordOption::WithFreqs)?;
                let mut document = postings.doc();
                while document != tantivy::TERMINATED {
                    let number = numbers.get(document as usize).ok_or("a posting of an entry that is not there")?;
                    tell(term, (*number, tantivy::postings::Postings::term_freq(&postings)));
                    document = postings.advance();
                }
            }
        }
        Ok(())
    }
}

impl Committed {
    /// Read one by one, so that opening a large index needs little more memory than the open index.
    fn each_stored(&self, each: &mut impl FnMut(&[u8], usize) -> Result<(), BoxError>) -> Result<(), BoxError> {
        let searcher = self.reader.searcher();
        let mut stores = Vec::new();
        let mut order: Vec<(u32, u32, u32)> = Vec::new();
        for ((index, segment), numbers) in (0..).zip(searcher.segment_readers()).zip(&self.numbers) {
            stores.push(segment.get_store_reader(1)?);
            order.extend((0..).zip(numbers).map(|(document, number)| (*number, index, document)));
        }
        order.sort_unstable();
        for (expected, (number, index, document)) in order.iter().enumerate() {
            if *number as usize != expected {
                return Err(format!("entry {expected} is missing").into());
            }
            let store = stores.get(*index as usize).ok_or("a segment is missing")?;
            let document: TantivyDocument = store.get(*document)?;
            let stored = document.get_first(self.fields.stored).and_then(|v| v.as_bytes());
            each(stored.ok_or("an entry has no stored part")?, order.len() - expected - 1)?;
        }
        Ok(())
    }

    fn reload(&mut self) -> Result<(), BoxError> {
        self.reader.reload()?;
        self.numbers.clear();
        for segment in self.reader.searcher().segment_readers() {
            let numbers = segment.fast_fields().u64("number")?;
            let of = |document| numbers.first(document).and_then(|n| u32::try_from(n).ok());
            let all: Option<Vec<u32>> = (0..segment.max_doc()).map(of).collect();
            self.numbers.push(all.ok_or("an entry has no number")?);
        }
        Ok(())
    }
}
