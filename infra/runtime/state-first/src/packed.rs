//! Long parts of a cell, deflated: a kilobyte is what a write costs, and envelopes are long and regular.

use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::decompress_to_vec_with_limit;

use crate::limits::{DEFLATE_FROM, MAX_INFLATED};

/// How hard to deflate: the tenth of a second counts more than the last percent.
const LEVEL: u8 = 6;

/// The bytes deflated; none when they are too short to gain anything, or too long to be inflated again.
pub(crate) fn deflate(bytes: &[u8]) -> Option<Vec<u8>> {
    (DEFLATE_FROM..MAX_INFLATED).contains(&bytes.len()).then(|| compress_to_vec(bytes, LEVEL))
}

/// What was deflated; none when it is damaged or longer than anything that was.
pub(crate) fn inflate(bytes: &[u8]) -> Option<Vec<u8>> {
    decompress_to_vec_with_limit(bytes, MAX_INFLATED).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_of_the_limits() {
        for (length, is_deflated) in
            [(DEFLATE_FROM - 1, false), (DEFLATE_FROM, true), (MAX_INFLATED - 1, true), (MAX_INFLATED, false)]
        {
            let bytes = vec![b'y'; length];
            let deflated = deflate(&bytes);
            assert_eq!(deflated.is_some(), is_deflated, "{length}");
            assert!(deflated.is_none_or(|deflated| inflate(&deflated) == Some(bytes)), "{length}");
        }
    }

    #[test]
    fn damage_and_what_was_never_deflated_here() {
        assert_eq!(inflate(&[0xff; 40]), None);
        assert_eq!(inflate(&compress_to_vec(&vec![0; MAX_INFLATED + 1], LEVEL)), None);
    }
}
