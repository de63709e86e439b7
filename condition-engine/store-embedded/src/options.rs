//! How a store is opened, and the protections which only tests can switch off.

use fanin_store::StoreError;

use crate::limits;

/// How a store is opened.
#[derive(Clone, Debug)]
pub struct Options {
    /// The engine's semantics number: what it makes of a frame. It reads this one and the one before.
    pub semantics: u32,
    /// Bytes of one segment, [`limits::MIN_SEGMENT_BYTES`] to [`limits::MAX_SEGMENT_BYTES`]. A frame has to fit into one.
    pub segment_bytes: u64,
    /// Bytes of history which stay readable: released segments, and the older snapshots they follow. 0: no history.
    pub retain_bytes: u64,
    /// Released segments which stay readable for replay.
    pub retain_segments: usize,
    /// Older snapshots which stay as bases of the history. 0: none.
    pub retain_bases: usize,
    /// Recycled segments kept ready, up to [`limits::MAX_SPARES`].
    pub spares: usize,
}

impl Options {
    /// The defaults for an engine with this semantics number.
    #[must_use]
    pub fn new(semantics: u32) -> Options {
        Options {
            semantics,
            segment_bytes: limits::DEFAULT_SEGMENT_BYTES,
            retain_bytes: limits::DEFAULT_RETAIN_BYTES,
            retain_segments: limits::DEFAULT_RETAIN_SEGMENTS,
            retain_bases: limits::DEFAULT_RETAIN_BASES,
            spares: limits::DEFAULT_SPARES,
        }
    }

    /// Whether older snapshots stay once two newer ones are committed.
    pub(crate) fn keeps_bases(&self) -> bool {
        self.retain_bytes > 0 && self.retain_bases > 0
    }

    pub(crate) fn check(&self) -> Result<(), StoreError> {
        let (least, most) = (limits::MIN_SEGMENT_BYTES, limits::MAX_SEGMENT_BYTES);
        if !(least..=most).contains(&self.segment_bytes) {
            return Err(StoreError::BadOption {
                option: "segment_bytes",
                found: self.segment_bytes,
                least,
                most,
            });
        }
        if self.spares > limits::MAX_SPARES {
            let (found, most) = (self.spares as u64, limits::MAX_SPARES as u64);
            return Err(StoreError::BadOption { option: "spares", found, least: 0, most });
        }
        Ok(())
    }
}

/// What keeps the remains of a torn write from becoming history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protection {
    /// Checksums are seeded by the segment's epoch and salt.
    Epoch = 1,
    /// A frame names the checksum of the one before.
    Chain = 2,
    /// Recovery begins a new segment.
    #[cfg(test)]
    FreshSegment = 4,
    /// A frame carries its number.
    Number = 8,
}

/// The protections in force: all of them, save in the tests which show what each is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Protections {
    #[cfg(test)]
    off: u8,
}

impl Protections {
    #[cfg(test)]
    pub(crate) fn without(off: &[Protection]) -> Protections {
        Protections { off: off.iter().fold(0, |mask, one| mask | *one as u8) }
    }

    #[cfg(test)]
    pub(crate) fn has(self, one: Protection) -> bool {
        self.off & one as u8 == 0
    }

    #[cfg(not(test))]
    #[expect(clippy::unused_self, reason = "the tests' twin looks at itself")]
    pub(crate) fn has(self, _one: Protection) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_bounded_on_both_sides() {
        let with = |segment_bytes, spares| Options { segment_bytes, spares, ..Options::new(1) }.check();
        assert!(with(limits::MIN_SEGMENT_BYTES, 0).is_ok());
        assert!(with(limits::MAX_SEGMENT_BYTES, limits::MAX_SPARES).is_ok());
        assert_eq!(with(limits::MIN_SEGMENT_BYTES - 1, 0).unwrap_err().code(), "S013");
        assert_eq!(with(limits::MAX_SEGMENT_BYTES + 1, 0).unwrap_err().code(), "S013");
        assert_eq!(with(limits::MIN_SEGMENT_BYTES, limits::MAX_SPARES + 1).unwrap_err().code(), "S013");
    }
}
