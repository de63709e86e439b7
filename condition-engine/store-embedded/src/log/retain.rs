//! What retention keeps of the history: whole units, each a base and the released segments up to the next base.

use fanin_store::Seq;

use crate::options::Options;
use crate::snapshot::Base;

/// A released segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Covered {
    /// The number of its last frame.
    pub(super) end: Seq,
    pub(super) bytes: u64,
}

/// The frame after which the kept history begins: 0 for a log that is there from its beginning, else a base, or `floor`, the older
/// of the two snapshots that count, when no unit fits. `first` is the first frame of the log; a base before which the log does
/// not begin leads nowhere.
pub(super) fn history_start(
    options: &Options,
    (first, floor): (Seq, Seq),
    covered: &[Covered],
    bases: &[Base],
) -> Seq {
    let beginning = (first <= 1 && floor > 0).then_some(Base { at: 0, bytes: 0 });
    let leading = bases.iter().rev().filter(|base| base.at.saturating_add(1) >= first && base.at > 0);
    let mut rest = covered.iter().rev().peekable();
    let (mut start, mut bytes, mut segments) = (floor, 0u64, 0usize);
    for (older, base) in leading.copied().chain(beginning).enumerate() {
        bytes = bytes.saturating_add(base.bytes);
        while let Some(segment) = rest.next_if(|segment| segment.end > base.at) {
            bytes = bytes.saturating_add(segment.bytes);
            segments = segments.saturating_add(1);
        }
        let many = base.at > 0 && older >= options.retain_bases;
        if bytes > options.retain_bytes || segments > options.retain_segments || many {
            break;
        }
        start = base.at;
    }
    start
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Segments of 100 bytes and ten frames each up to 100, bases of 50 bytes at 15, 35 and 55; the older snapshot at 75.
    fn start(options: &Options, first: Seq) -> Seq {
        let covered: Vec<Covered> =
            (first.div_ceil(10)..=7).map(|n| Covered { end: n * 10, bytes: 100 }).collect();
        let bases = [15, 35, 55].map(|at| Base { at, bytes: 50 });
        history_start(options, (first, 75), &covered, &bases)
    }

    fn bytes(retain_bytes: u64) -> Options {
        Options { retain_bytes, ..Options::new(1) }
    }

    #[test]
    fn whole_units_go_when_the_bytes_do_not_suffice() {
        // After 55: segments that end at 60 and 70, and the base. After 35: three more, and so on.
        for (budget, wanted) in
            [(0, 75), (249, 75), (250, 55), (499, 55), (500, 35), (749, 35), (750, 15), (849, 15), (850, 0)]
        {
            assert_eq!(start(&bytes(budget), 1), wanted, "{budget} bytes");
        }
    }

    #[test]
    fn segments_and_bases_have_bounds_of_their_own() {
        let segments = |retain_segments| start(&Options { retain_segments, ..Options::new(1) }, 1);
        assert_eq!([1, 2, 3, 4, 6, 7].map(segments), [75, 55, 55, 35, 15, 0]);
        let bases = |retain_bases| start(&Options { retain_bases, ..Options::new(1) }, 1);
        assert_eq!([0, 1, 2, 3].map(bases), [75, 55, 35, 0]);
    }

    #[test]
    fn a_base_the_log_does_not_reach_back_to_is_none() {
        let all = bytes(1 << 30);
        assert_eq!(start(&all, 11), 15, "the log begins before the base");
        assert_eq!(start(&all, 21), 35);
        assert_eq!(history_start(&all, (21, 75), &[], &[Base { at: 20, bytes: 1 }]), 20, "right after it");
        assert_eq!(history_start(&all, (22, 75), &[], &[Base { at: 20, bytes: 1 }]), 75);
    }

    #[test]
    fn without_an_older_snapshot_nothing_goes() {
        assert_eq!(history_start(&bytes(0), (1, 0), &[], &[]), 0);
    }
}
