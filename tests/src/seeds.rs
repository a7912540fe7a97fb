//! Which seeds a test runs: the same few by default, more or others when the environment says so.

/// A way to list seeds.
#[derive(Debug)]
pub struct Seeds;

impl Seeds {
    /// The seeds `0..n`.
    pub fn first(n: u64) -> impl Iterator<Item = u64> {
        0..n
    }

    /// The seeds `0..n`, or what the variable names: a count (`500`), or a range (`120..121`) to repeat a failure.
    pub fn from_environment(variable: &str, n: u64) -> impl Iterator<Item = u64> {
        let named = std::env::var(variable).ok();
        let range = named.as_deref().and_then(|text| match text.split_once("..") {
            Some((from, to)) => Some(from.parse().ok()?..to.parse().ok()?),
            None => Some(0..text.parse().ok()?),
        });
        range.unwrap_or(0..n)
    }

    /// A number that belongs to a seed and a step (SplitMix64's finish).
    pub fn mix(seed: u64, step: u64) -> u64 {
        let mut z = seed.wrapping_add(step.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::Seeds;

    #[test]
    fn mixed_seeds_differ() {
        assert_ne!(Seeds::mix(0, 0), Seeds::mix(0, 1));
        assert_ne!(Seeds::mix(0, 0), Seeds::mix(1, 0));
        assert_eq!(Seeds::from_environment("AICO_NO_SUCH_VARIABLE", 3).collect::<Vec<_>>(), [0, 1, 2]);
    }
}
