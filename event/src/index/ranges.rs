//! Ranges of numbers at one path: all that contain a number, at the cost of the answer.
//!
//! The ranges lie sorted by their lower bound, in blocks that know the highest upper bound inside, and blocks of blocks.
//! New ones wait in a short list that is merged in when it has grown to a small part of the whole; each of them is looked at. The
//! numbers of one list are asked for together where few ranges begin between them, which are given too, perhaps in vain.

use wide::f64x4;

use crate::pattern::Range;

/// Ranges, or blocks, in a block.
const BLOCK: usize = 16;
/// New ranges that always may wait.
const WAITING: usize = 32;
/// One in so many may wait besides.
const WAITING_PART: usize = 64;

/// Ranges that may begin between the numbers of a list, besides those that hold anyway, so that these are taken together.
const MOST_BETWEEN: usize = 32;

/// From `low` to `high`, both included.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) atom: u32,
}

/// The least and the greatest number in a range.
pub(super) fn bounds(range: &Range) -> (f64, f64) {
    // There is no double between an excluded bound and its neighbour.
    let low = if range.low_in { range.low } else { range.low.next_up() };
    let high = if range.high_in { range.high } else { range.high.next_down() };
    (low, high)
}

impl Span {
    fn of(range: &Range, atom: u32) -> Span {
        let (low, high) = bounds(range);
        Span { low, high, atom }
    }

    fn before(&self, other: &Span) -> std::cmp::Ordering {
        self.low.total_cmp(&other.low).then(self.high.total_cmp(&other.high))
    }
}

/// Ranges side by side; where none is, there is no number.
#[derive(Clone, Copy, Debug)]
struct Four {
    low: [f64; 4],
    high: [f64; 4],
    atoms: [u32; 4],
}

impl Four {
    const EMPTY: Four = Four { low: [f64::NAN; 4], high: [f64::NAN; 4], atoms: [u32::MAX; 4] };

    /// One bit for each in which something from `least` to `greatest` may be.
    #[inline(always)]
    fn meeting(&self, (least, greatest): (f64x4, f64x4)) -> u32 {
        (f64x4::new(self.low).simd_le(greatest) & least.simd_le(f64x4::new(self.high))).to_bitmask()
    }

    fn span(&self, place: usize) -> Option<Span> {
        let (low, high) = (*self.low.get(place)?, *self.high.get(place)?);
        Some(Span { low, high, atom: *self.atoms.get(place)? })
    }

    fn put(&mut self, place: usize, span: Span) {
        if let (Some(low), Some(high), Some(atom)) =
            (self.low.get_mut(place), self.high.get_mut(place), self.atoms.get_mut(place))
        {
            (*low, *high, *atom) = (span.low, span.high, span.atom);
        }
    }
}

/// Ranges in no order.
#[derive(Clone, Debug, Default)]
struct Waiting {
    fours: Vec<Four>,
    len: usize,
}

/// So many fours have one bit for each range in a word.
const WORD: usize = 16;

impl Waiting {
    fn push(&mut self, span: Span) {
        if self.len == self.fours.len() * 4 {
            self.fours.push(Four::EMPTY);
        }
        self.put(self.len, span);
        self.len += 1;
    }

    fn put(&mut self, place: usize, span: Span) {
        if let Some(four) = self.fours.get_mut(place / 4) {
            four.put(place % 4, span);
        }
    }

    fn spans(&self) -> impl Iterator<Item = Span> + '_ {
        self.fours.iter().flat_map(|four| (0..4).filter_map(|place| four.span(place))).take(self.len)
    }

    /// Whether it was there.
    fn remove(&mut self, atom: u32) -> bool {
        let Some(place) = self.spans().position(|span| span.atom == atom) else { return false };
        self.len -= 1;
        let last = self.fours.get(self.len / 4).and_then(|four| four.span(self.len % 4));
        last.into_iter().for_each(|last| self.put(place, last));
        self.put(self.len, Span { low: f64::NAN, high: f64::NAN, atom: u32::MAX });
        self.fours.truncate(self.len.div_ceil(4));
        true
    }

    fn clear(&mut self) {
        self.fours.clear();
        self.len = 0;
    }

    #[inline(always)]
    fn meeting(&self, (least, greatest): (f64, f64), found: &mut impl FnMut(Span)) {
        let ends = (f64x4::splat(least), f64x4::splat(greatest));
        for fours in self.fours.chunks(WORD) {
            // Which of them it will be cannot be guessed, so all are asked first.
            let each = fours.iter().rev().map(|four| u64::from(four.meeting(ends)));
            let mut bits = each.fold(0, |bits, four| bits << 4 | four);
            while bits != 0 {
                let place = bits.trailing_zeros() as usize;
                fours.get(place / 4).and_then(|four| four.span(place % 4)).into_iter().for_each(&mut *found);
                bits &= bits - 1;
            }
        }
    }
}

/// The ranges of one path.
#[derive(Clone, Debug, Default)]
pub(super) struct Ranges {
    sorted: Vec<Span>,
    /// The highest upper bound of each block of `sorted`, of each block of blocks, and so on.
    tops: Vec<Vec<f64>>,
    waiting: Waiting,
    /// Removed from `sorted`: emptied in their place.
    gone: usize,
}

impl Ranges {
    pub(super) fn is_empty(&self) -> bool {
        self.sorted.len() == self.gone && self.waiting.len == 0
    }

    pub(super) fn add(&mut self, range: &Range, atom: u32) {
        self.waiting.push(Span::of(range, atom));
        if self.waiting.len > WAITING + self.sorted.len() / WAITING_PART {
            self.merge();
        }
    }

    pub(super) fn remove(&mut self, range: &Range, atom: u32) {
        if self.waiting.remove(atom) {
            return;
        }
        let span = Span::of(range, atom);
        let first = self.sorted.partition_point(|s| s.low.total_cmp(&span.low).is_lt());
        let same = self.sorted.iter_mut().skip(first).take_while(|s| s.low == span.low);
        for known in same.filter(|s| s.atom == atom) {
            (known.high, known.atom) = (f64::NEG_INFINITY, u32::MAX);
            self.gone += 1;
        }
        if self.gone > WAITING + self.sorted.len() / 2 {
            self.merge();
        }
    }

    fn merge(&mut self) {
        self.sorted.retain(|s| s.atom != u32::MAX);
        self.sorted.extend(self.waiting.spans());
        self.waiting.clear();
        self.sorted.sort_by(Span::before);
        self.gone = 0;
        self.tops.clear();
        let highest = |of: &mut dyn Iterator<Item = f64>| of.fold(f64::NEG_INFINITY, f64::max);
        let mut below: Vec<f64> =
            self.sorted.chunks(BLOCK).map(|c| highest(&mut c.iter().map(|s| s.high))).collect();
        while below.len() > 1 {
            let above = below.chunks(BLOCK).map(|c| highest(&mut c.iter().copied())).collect();
            self.tops.push(std::mem::replace(&mut below, above));
        }
        self.tops.push(below);
    }

    /// Gives the atom of every range that contains `n`.
    #[inline]
    pub(super) fn containing(&self, n: f64, found: &mut impl FnMut(u32)) {
        let found = &mut |span: Span| found(span.atom);
        self.waiting.meeting((n, n), found);
        let end = self.sorted.partition_point(|s| s.low <= n);
        if end > 0 {
            self.visit(self.tops.len(), 0, (end, n), found);
        }
    }

    /// Gives each range that one of so many numbers from `least` to `greatest` may be in, or more. False where those that begin in
    /// between are so many that they had better be asked for number by number: what was given then does not count.
    #[inline]
    pub(super) fn meeting(
        &self,
        (least, greatest): (f64, f64),
        numbers: usize,
        found: &mut impl FnMut(Span),
    ) -> bool {
        if least > greatest {
            return true;
        }
        self.waiting.meeting((least, greatest), found);
        let end = self.sorted.partition_point(|s| s.low <= least);
        // Those around the least number hold, and perhaps around each of the others.
        let mut around = 0;
        if end > 0 {
            self.visit(self.tops.len(), 0, (end, least), &mut |span| {
                around += 1;
                found(span);
            });
        }
        let later = self.sorted.get(end..).unwrap_or_default();
        let between = later.get(..later.partition_point(|s| s.low <= greatest)).unwrap_or_default();
        let together = between.len() <= MOST_BETWEEN + around * numbers;
        if together {
            between.iter().for_each(|span| found(*span));
        }
        together
    }

    /// Visits block `block` of a level; below the levels are the ranges themselves.
    fn visit(&self, level: usize, block: usize, (end, n): (usize, f64), found: &mut impl FnMut(Span)) {
        let from = block * BLOCK;
        let Some(tops) = level.checked_sub(1).and_then(|l| self.tops.get(l)) else {
            let spans = self.sorted.get(from..(from + BLOCK).min(end)).unwrap_or_default();
            spans.iter().filter(|s| n <= s.high).for_each(|s| found(*s));
            return;
        };
        let here = tops.get(from..(from + BLOCK).min(tops.len())).unwrap_or_default();
        // Ranges under one entry of this level: what starts behind the number is not looked at.
        let width = BLOCK.pow(level as u32);
        for (i, top) in here.iter().enumerate() {
            if (from + i) * width >= end {
                return;
            }
            if *top >= n {
                self.visit(level - 1, from + i, (end, n), found);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(ranges: &Ranges, n: f64) -> Vec<u32> {
        let mut all = Vec::new();
        ranges.containing(n, &mut |atom| all.push(atom));
        all.sort_unstable();
        all
    }

    /// Those that something in between may be in, and that they are such; none where there are too many.
    fn met(ranges: &Ranges, ends: (f64, f64)) -> Option<Vec<u32>> {
        let mut all = Vec::new();
        let told = ranges.meeting(ends, 2, &mut |span| {
            if span.low <= ends.1 && ends.0 <= span.high {
                all.push(span.atom);
            }
        });
        all.sort_unstable();
        told.then_some(all)
    }

    #[test]
    fn all_and_only_the_ranges_around_a_number() {
        let mut seed = 7_u64;
        let mut random = |below: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % below
        };
        let mut known: Vec<Option<Range>> = Vec::new();
        let (mut ranges, mut together) = (Ranges::default(), 0);
        for atom in 0..3_000 {
            let low = random(400) as f64 - 200.0;
            let high = low + random(60) as f64 + 1.0;
            let mut range = Range { low, low_in: random(2) == 0, high, high_in: random(2) == 0 };
            match random(10) {
                0 => range = Range { low: f64::NEG_INFINITY, low_in: true, ..range },
                1 => range = Range { high: f64::INFINITY, high_in: true, ..range },
                2 => range = Range { low, low_in: true, high: low, high_in: true },
                _ => {}
            }
            ranges.add(&range, atom);
            known.push(Some(range));
            if random(3) == 0 {
                let gone = random(known.len() as u64) as usize;
                if let Some(range) = known[gone].take() {
                    ranges.remove(&range, gone as u32);
                }
            }
            if atom % 37 == 0 || atom > 2_950 {
                for n in [-300.0, -200.0, -1.0, 0.0, 0.5, 17.0, 200.0, 260.0, 1e9] {
                    let inside = |r: &Option<Range>| r.as_ref().is_some_and(|r| r.contains(n));
                    let expected: Vec<u32> =
                        (0..known.len()).filter(|i| inside(&known[*i])).map(|i| i as u32).collect();
                    assert_eq!(found(&ranges, n), expected, "{n} of {}", known.len());
                    // With the neighbours are found those that begin between, which one of them alone is in.
                    if let Some(met) = met(&ranges, (n, n + 0.5)) {
                        let either = [found(&ranges, n), found(&ranges, n + 0.5)].concat();
                        assert!(either.iter().all(|atom| met.binary_search(atom).is_ok()));
                        together += 1;
                    }
                }
            }
        }
        assert!(together > 100 && met(&ranges, (-1e9, 200.0)).is_none());
        known.iter().enumerate().for_each(|(i, r)| r.iter().for_each(|r| ranges.remove(r, i as u32)));
        assert!(ranges.is_empty() && found(&ranges, 0.0).is_empty());
    }
}
