//! Cutting bytes into frames: lines of NDJSON, or the data of server-sent events (WHATWG HTML, section 9.2.6).
//!
//! Chunks of a body end anywhere, in the middle of a character too. Bytes are therefore collected up to the end of a
//! line and only then read as UTF-8.

use std::collections::VecDeque;

/// How a body is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// One frame per line that is not blank.
    Lines,
    /// One frame per event: its `data` lines, joined by line feeds. Comments and other fields are dropped.
    Events,
}

/// Why bytes are no frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Damage {
    TooLong,
    NotUtf8,
}

/// Takes chunks, gives frames.
#[derive(Debug)]
pub(super) struct Frames {
    framing: Framing,
    /// The most bytes of one frame.
    limit: usize,
    line: Vec<u8>,
    data: Option<String>,
    /// The last byte was CR: a LF after it ends the same line.
    after_cr: bool,
    at_start: bool,
}

impl Frames {
    pub(super) fn new(framing: Framing, limit: usize) -> Self {
        Self { framing, limit, line: Vec::new(), data: None, after_cr: false, at_start: true }
    }

    /// Takes the next chunk. Frames that were whole before the damage are in `out` even when this fails.
    pub(super) fn push(&mut self, chunk: &[u8], out: &mut VecDeque<String>) -> Result<(), Damage> {
        let mut rest = chunk;
        if self.after_cr && !rest.is_empty() {
            self.after_cr = false;
            rest = rest.strip_prefix(b"\n").unwrap_or(rest);
        }
        while let Some(at) = rest.iter().position(|b| matches!(b, b'\n' | b'\r')) {
            self.collect(&rest[..at])?;
            let cr = rest[at] == b'\r';
            rest = &rest[at + 1..];
            if cr {
                match rest.strip_prefix(b"\n") {
                    Some(after) => rest = after,
                    None => self.after_cr = rest.is_empty(),
                }
            }
            self.end_line(out)?;
        }
        self.collect(rest)
    }

    /// The body is over. A last frame without its line end is taken too: servers leave it out.
    pub(super) fn end(&mut self, out: &mut VecDeque<String>) -> Result<(), Damage> {
        self.end_line(out)?;
        out.extend(self.data.take());
        Ok(())
    }

    fn collect(&mut self, bytes: &[u8]) -> Result<(), Damage> {
        let held = self.line.len() + self.data.as_ref().map_or(0, String::len);
        if held + bytes.len() > self.limit {
            return Err(Damage::TooLong);
        }
        self.line.extend_from_slice(bytes);
        Ok(())
    }

    fn end_line(&mut self, out: &mut VecDeque<String>) -> Result<(), Damage> {
        let line = String::from_utf8(std::mem::take(&mut self.line)).map_err(|_| Damage::NotUtf8)?;
        let line = if std::mem::take(&mut self.at_start) { line.trim_start_matches('\u{feff}') } else { &line };
        match self.framing {
            Framing::Lines => {
                let line = line.trim();
                if !line.is_empty() {
                    out.push_back(line.to_owned());
                }
            }
            Framing::Events if line.is_empty() => out.extend(self.data.take()),
            Framing::Events => {
                let (field, value) = line.split_once(':').unwrap_or((line, ""));
                if field == "data" {
                    let value = value.strip_prefix(' ').unwrap_or(value);
                    match &mut self.data {
                        Some(data) => {
                            data.push('\n');
                            data.push_str(value);
                        }
                        none => *none = Some(value.to_owned()),
                    }
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cut(framing: Framing, chunks: &[&[u8]]) -> Vec<String> {
        let (mut frames, mut out) = (Frames::new(framing, 1_000), VecDeque::new());
        for chunk in chunks {
            frames.push(chunk, &mut out).unwrap();
        }
        frames.end(&mut out).unwrap();
        out.into()
    }

    #[test]
    fn lines_end_with_lf_crlf_or_the_body() {
        assert_eq!(cut(Framing::Lines, &[b"{1}\n{2}\r\n\r\n  \n{3}"]), ["{1}", "{2}", "{3}"]);
    }

    #[test]
    fn events_join_their_data_and_drop_the_rest() {
        let body = "\u{feff}: hello\r\nevent: x\r\nid: 7\r\ndata: a\r\ndata:b\r\n\r\n:\rretry: 1\rdata:  c\r\rdata\n\ndata: d";
        assert_eq!(cut(Framing::Events, &[body.as_bytes()]), ["a\nb", " c", "", "d"]);
    }

    #[test]
    fn too_long_and_not_text_are_damage_after_the_frames_before_them() {
        let (mut frames, mut out) = (Frames::new(Framing::Lines, 4), VecDeque::new());
        assert_eq!(frames.push(b"ok\n12345", &mut out), Err(Damage::TooLong));
        assert_eq!(out, ["ok"]);
        let (mut frames, mut out) = (Frames::new(Framing::Lines, 9), VecDeque::new());
        assert_eq!(frames.push(b"ok\n\xff\n", &mut out), Err(Damage::NotUtf8));
        assert_eq!(out, ["ok"]);
        let (mut frames, mut out) = (Frames::new(Framing::Events, 9), VecDeque::new());
        assert_eq!(frames.push(b"data:12\ndata:34\ndata:5678\n", &mut out), Err(Damage::TooLong));
    }

    proptest! {
        /// Where a body is cut into chunks makes no difference.
        #[test]
        fn chunk_boundaries_do_not_matter(
            body in "(data: ?|:|é|日|x|\r\n|\n|\r| ){0,40}",
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
            events in any::<bool>(),
        ) {
            let framing = if events { Framing::Events } else { Framing::Lines };
            let bytes = body.as_bytes();
            let mut at: Vec<usize> = cuts.iter().map(|c| c.index(bytes.len() + 1)).collect();
            at.extend([0, bytes.len()]);
            at.sort_unstable();
            let chunks: Vec<&[u8]> = at.windows(2).map(|w| &bytes[w[0]..w[1]]).collect();
            prop_assert_eq!(cut(framing, &chunks), cut(framing, &[bytes]));
        }
    }
}
