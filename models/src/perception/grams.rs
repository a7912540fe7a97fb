//! Hashed n-grams of tokens: words, pairs of words, and runs of two to five characters inside words.
//!
//! Features as in Bojanowski et al. 2017; hashing by FNV-1a of 64 bits, folded to 32.

/// Characters of a word that give character n-grams.
const MAX_WORD: usize = 30;
const LONGEST: usize = 5;

/// The keys of a text's n-grams in ascending order, each with how often it occurs.
pub(super) fn grams(tokens: &[String]) -> Vec<(u32, u32)> {
    let mut keys = Vec::with_capacity(tokens.len() * 16);
    let mut framed: Vec<char> = Vec::new();
    for (i, token) in tokens.iter().enumerate() {
        keys.push(Fnv::new('w').text(token).key());
        if let Some(before) = i.checked_sub(1).and_then(|b| tokens.get(b)) {
            keys.push(Fnv::new('w').text(before).text(" ").text(token).key());
        }
        framed.clear();
        framed.push('<');
        framed.extend(token.chars().take(MAX_WORD));
        framed.push('>');
        if framed.len() < 4 {
            continue;
        }
        for start in 0..framed.len() - 1 {
            let mut hash = Fnv::new('c');
            for (n, c) in framed[start..].iter().take(LONGEST).enumerate() {
                hash = hash.char(*c);
                if n > 0 {
                    keys.push(hash.key());
                }
            }
        }
    }
    keys.sort_unstable();
    let mut counted: Vec<(u32, u32)> = Vec::with_capacity(keys.len());
    for key in keys {
        match counted.last_mut() {
            Some((last, times)) if *last == key => *times += 1,
            _ => counted.push((key, 1)),
        }
    }
    counted
}

#[derive(Clone, Copy)]
struct Fnv(u64);

impl Fnv {
    fn new(kind: char) -> Self {
        Self(0xcbf2_9ce4_8422_2325).char(kind)
    }

    fn byte(self, byte: u8) -> Self {
        Self((self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
    }

    fn text(self, text: &str) -> Self {
        text.bytes().fold(self, Self::byte)
    }

    fn char(self, c: char) -> Self {
        self.text(c.encode_utf8(&mut [0; 4]))
    }

    fn key(self) -> u32 {
        ((self.0 >> 32) ^ (self.0 & 0xffff_ffff)) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(tokens: &[&str]) -> Vec<(u32, u32)> {
        grams(&tokens.iter().map(|&t| t.to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn keys_are_folded_fnv() {
        assert_eq!(Fnv(0xcbf2_9ce4_8422_2325).text("a").0, 0xaf63_dc4c_8601_ec8c);
        assert_eq!(Fnv(0xcbf2_9ce4_8422_2325).text("foobar").0, 0x8594_4171_f739_67e8);
    }

    #[test]
    fn a_word_gives_itself_its_pairs_and_its_inside() {
        // "<a>" has one letter and no inside; "ab" gives <a <ab <ab> ab ab> b> and itself.
        assert_eq!(of(&["a"]).len(), 1);
        assert_eq!(of(&["ab"]).len(), 7);
        assert_eq!(of(&["a", "a"]), {
            let mut both = vec![(Fnv::new('w').text("a").key(), 2), (Fnv::new('w').text("a a").key(), 1)];
            both.sort_unstable();
            both
        });
        assert!(of(&[]).is_empty());
    }
}
