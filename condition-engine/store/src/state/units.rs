//! What requests cost: sizes of items as such databases bill them, capacity units, and a count of requests.
//!
//! A write costs one unit for each KB begun of the larger of the item before and after it, a fresh read one for each 4 KB begun,
//! a stale read half of that; none costs less than one step. Reads are counted in halves, so that all figures are whole.

use std::collections::BTreeMap;
use std::fmt;

use super::port::Read;

const WRITE_STEP: usize = 1024;
const READ_STEP: usize = 4096;

/// Write units for a write of an item of so many bytes: the larger of before and after.
#[must_use]
pub fn write_units(bytes: usize) -> u64 {
    steps(bytes, WRITE_STEP)
}

/// Halves of read units for a read of so many bytes: of one item, or of everything a query looked at.
#[must_use]
pub fn read_halves(bytes: usize, read: Read) -> u64 {
    let each = match read {
        Read::Fresh => 2,
        Read::Stale => 1,
    };
    steps(bytes, READ_STEP).saturating_mul(each)
}

fn steps(bytes: usize, step: usize) -> u64 {
    u64::try_from(bytes.div_ceil(step).max(1)).unwrap_or(u64::MAX)
}

/// The size of an item, summed up field by field: the name, and what the value takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ItemSize(usize);

impl ItemSize {
    /// An item in its place: fields `pk` and `sk`, both text.
    #[must_use]
    pub fn new(path: &str, sort: &str) -> ItemSize {
        ItemSize::default().data("pk", path.len()).data("sk", sort.len())
    }

    /// A field of text or bytes.
    #[must_use]
    pub fn data(self, name: &str, bytes: usize) -> ItemSize {
        ItemSize(self.0.saturating_add(name.len()).saturating_add(bytes))
    }

    /// A field with a number that is not negative: a byte for two digits, and one more; zeros at the end are free.
    #[must_use]
    pub fn number(self, name: &str, value: u64) -> ItemSize {
        let mut significant = value;
        while significant != 0 && significant.is_multiple_of(10) {
            significant /= 10;
        }
        let digits = significant.checked_ilog10().map_or(0, |log| log.saturating_add(1));
        self.data(name, usize::try_from(digits.div_ceil(2)).unwrap_or(0).saturating_add(1))
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(self) -> usize {
        self.0
    }
}

/// Requests and units.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Requests by the name of the operation; one that is tried again counts again.
    pub requests: BTreeMap<&'static str, u64>,
    /// Write units.
    pub write_units: u64,
    /// Halves of read units.
    pub read_halves: u64,
    /// Conditional writes that did not hold; they cost as if they had.
    pub conflicts: u64,
    /// Requests that were told to come again later.
    pub throttled: u64,
}

impl Usage {
    /// One more request.
    pub fn request(&mut self, operation: &'static str) {
        let count = self.requests.entry(operation).or_default();
        *count = count.saturating_add(1);
    }

    /// A write of an item of so many bytes, the larger of before and after.
    pub fn wrote(&mut self, bytes: usize) {
        self.write_units = self.write_units.saturating_add(write_units(bytes));
    }

    /// A read of so many bytes.
    pub fn read(&mut self, bytes: usize, read: Read) {
        self.read_halves = self.read_halves.saturating_add(read_halves(bytes, read));
    }

    /// Everything since an earlier count.
    #[must_use]
    pub fn since(&self, earlier: &Usage) -> Usage {
        let mut requests = self.requests.clone();
        for (operation, count) in &mut requests {
            *count = count.saturating_sub(earlier.requests.get(operation).copied().unwrap_or(0));
        }
        requests.retain(|_, count| *count > 0);
        Usage {
            requests,
            write_units: self.write_units.saturating_sub(earlier.write_units),
            read_halves: self.read_halves.saturating_sub(earlier.read_halves),
            conflicts: self.conflicts.saturating_sub(earlier.conflicts),
            throttled: self.throttled.saturating_sub(earlier.throttled),
        }
    }
}

impl fmt::Display for Usage {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let half = if self.read_halves.is_multiple_of(2) { "" } else { ".5" };
        write!(out, "{} W + {}{half} R", self.write_units, self.read_halves / 2)?;
        for (operation, count) in &self.requests {
            write!(out, ", {operation} {count}")?;
        }
        write!(out, ", conflicts {}, throttled {}", self.conflicts, self.throttled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_begun() {
        assert_eq!([0, 1, 1024, 1025].map(write_units), [1, 1, 1, 2]);
        assert_eq!([0, 4096, 4097, 8193].map(|bytes| read_halves(bytes, Read::Stale)), [1, 1, 2, 3]);
        assert_eq!([0, 4096, 4097].map(|bytes| read_halves(bytes, Read::Fresh)), [2, 2, 4]);
    }

    #[test]
    fn numbers_take_a_byte_for_two_digits_and_one() {
        let size = |value| ItemSize::default().number("n", value).bytes();
        assert_eq!([0, 7, 10, 99, 101, 1_000_000, u64::MAX].map(size), [2, 3, 3, 3, 4, 3, 12]);
        assert_eq!(ItemSize::new("abc", "i").data("h", 10).bytes(), 5 + 3 + 11);
    }

    #[test]
    fn usage_is_counted_and_told() {
        let mut usage = Usage::default();
        usage.request("put");
        usage.wrote(1025);
        let before = usage.clone();
        usage.request("get");
        usage.read(1, Read::Stale);
        assert_eq!(usage.to_string(), "2 W + 0.5 R, get 1, put 1, conflicts 0, throttled 0");
        let since = usage.since(&before);
        assert_eq!((since.write_units, since.read_halves, since.requests.len()), (0, 1, 1));
    }
}
