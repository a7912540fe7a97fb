//! How long a text is for a model, without its tokeniser.

/// Estimates tokens: a quarter of the characters, and one for each character of scripts written without spaces.
///
/// Real tokenisers give 3.5 to 4.5 characters a token for European text, and about one for Chinese, Japanese and Korean.
pub fn token_estimate(text: &str) -> u32 {
    let (mut dense, mut other) = (0u32, 0u32);
    for c in text.chars() {
        if is_dense(c) { dense += 1 } else { other += 1 }
    }
    dense + other.div_ceil(4)
}

fn is_dense(c: char) -> bool {
    matches!(c as u32, 0x3040..=0x30FF | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xAC00..=0xD7AF | 0x20000..=0x2FA1F)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dense_scripts_count_by_character() {
        assert_eq!(token_estimate(""), 0);
        assert_eq!(token_estimate("abcde"), 2);
        assert_eq!(token_estimate("日本語"), 3);
    }
}
