//! The numbers at a path that stands in one array, side by side: many ranges are held against them.

use wide::f64x4;

use crate::json::fields::Fields;
use crate::json::trie::NONE;

use super::matching::Outcome;

/// Elements that have a bit in an outcome.
const ELEMENTS: u32 = 64;

/// The numbers of a path in one event.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Column {
    event: u32,
    /// Where among all they are; each stands where its element stands in the array.
    start: u32,
    end: u32,
    /// `NONE` when the fields do not stand one by one directly in the first elements of one array.
    array: u32,
    /// Between which they lie.
    pub(super) ends: (f64, f64),
}

impl Column {
    /// No more numbers are in it.
    pub(super) fn len(&self) -> usize {
        (self.end - self.start) as usize
    }
}

/// Between these lies nothing.
const NOTHING: (f64, f64) = (f64::INFINITY, f64::NEG_INFINITY);

/// All columns asked for in one event.
#[derive(Debug, Default)]
pub(super) struct Columns {
    of: Vec<Column>,
    /// As many as fours have; what is no number is none here either.
    numbers: Vec<f64>,
}

impl Columns {
    /// Forgets the numbers of the event before.
    pub(super) fn reset(&mut self) {
        self.numbers.clear();
    }

    /// Makes room for so many paths.
    pub(super) fn make_room(&mut self, paths: usize) {
        if self.of.len() < paths {
            self.of.resize(paths, Column::default());
        }
    }

    /// Forgets the numbers of all events.
    pub(super) fn clear(&mut self) {
        self.of.clear();
    }

    /// In which elements a number from `low` to `high` stands at `path`; none when this is no matter of one array.
    pub(super) fn within(
        &mut self,
        range: (f64, f64),
        (path, event): (u32, u32),
        (text, fields): (&[u8], &Fields),
    ) -> Option<Outcome> {
        let column = self.column((path, event), (text, fields))?;
        let elements = self.elements(&column, range);
        Some(if elements == 0 { Outcome::Fails } else { Outcome::Bound { array: column.array, elements } })
    }

    /// Whether a number from `low` to `high` stands in a column of this event.
    #[inline]
    pub(super) fn has(&self, column: &Column, range: (f64, f64)) -> bool {
        self.elements(column, range) != 0
    }

    /// One bit for each element in which a number of a range stands.
    #[inline(always)]
    fn elements(&self, column: &Column, (low, high): (f64, f64)) -> u64 {
        let numbers = self.numbers.get(column.start as usize..column.end as usize).unwrap_or_default();
        let (low, high) = (f64x4::splat(low), f64x4::splat(high));
        numbers.as_chunks().0.iter().rev().fold(0_u64, |all, four| {
            let four = f64x4::new(*four);
            all << 4 | u64::from((low.simd_le(four) & four.simd_le(high)).to_bitmask())
        })
    }

    /// The column of a path, read when it is first asked for; none when this is no matter of one array.
    #[inline]
    pub(super) fn column(
        &mut self,
        (path, event): (u32, u32),
        (text, fields): (&[u8], &Fields),
    ) -> Option<Column> {
        if self.of.get(path as usize)?.event != event {
            let column = self.read(path, event, text, fields);
            *self.of.get_mut(path as usize)? = column;
        }
        self.of.get(path as usize).copied().filter(|column| column.array != NONE)
    }

    #[inline(never)]
    fn read(&mut self, path: u32, event: u32, text: &[u8], fields: &Fields) -> Column {
        let start = self.numbers.len();
        let (array, ends) = self.fill(path, text, fields).unwrap_or((NONE, NOTHING));
        if array == NONE {
            self.numbers.truncate(start);
        }
        Column { event, start: start as u32, end: self.numbers.len() as u32, array, ends }
    }

    /// Adds the numbers of a path; gives their array, if it is one, and between which they lie.
    fn fill(&mut self, path: u32, text: &[u8], fields: &Fields) -> Option<(u32, (f64, f64))> {
        let last = fields.at(path).next()?;
        let array = fields.elements.get(last.element as usize)?.array;
        let first = fields.arrays.get(array as usize)?.first;
        let count = last.element.checked_sub(first).filter(|place| *place < ELEMENTS)? + 1;
        let start = self.numbers.len();
        self.numbers.resize(start + count.next_multiple_of(4) as usize, f64::NAN);
        let numbers = self.numbers.get_mut(start..)?;
        let (mut least, mut greatest) = NOTHING;
        for field in fields.at(path) {
            if fields.elements.get(field.element as usize)?.array != array {
                return None;
            }
            let known = numbers.get_mut(field.element.wrapping_sub(first) as usize)?;
            let Some(number) = field.number_inline(text) else { continue };
            if !known.is_nan() {
                return None;
            }
            *known = number;
            least = if number < least { number } else { least };
            greatest = if number > greatest { number } else { greatest };
        }
        Some((array, (least, greatest)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::scan::scan;
    use crate::json::trie::Trie;

    /// The elements in which a number from 2 to 3 stands at `l.n`; none when the column is no use.
    fn within(text: &str) -> Option<Vec<u64>> {
        let (mut trie, mut fields, mut columns) = (Trie::new(), Fields::default(), Columns::default());
        let path = trie.add_path(&"l.n".into());
        scan(text, &trie, &mut fields).unwrap();
        columns.make_room(1);
        match columns.within((2.0, 3.0), (path, 1), (text.as_bytes(), &fields))? {
            Outcome::Bound { elements, .. } => Some((0..64).filter(|bit| elements >> bit & 1 == 1).collect()),
            _ => Some(Vec::new()),
        }
    }

    #[test]
    fn each_number_counts_in_its_element() {
        assert_eq!(
            within(r#"{"l":[{"n":2},{"n":1},{"n":3},{"n":"2"},{"m":2},{"n":2.5}]}"#),
            Some(vec![0, 2, 5])
        );
        assert_eq!(within(r#"{"l":[{"n":1},{"n":4}]}"#), Some(vec![]));
        // No number, and one that is no double, beside one that is.
        assert_eq!(
            within(r#"{"l":[{"n":[null,2]},{"n":[9007199254740993,3]},{"n":"x"}]}"#),
            Some(vec![0, 1])
        );
        let long = |n: usize| format!(r#"{{"l":[{}{{"n":2}}]}}"#, r#"{"n":0},"#.repeat(n));
        assert_eq!(within(&long(63)), Some(vec![63]));
        assert_eq!(within(&long(64)), None);
    }

    #[test]
    fn what_is_no_column_is_none() {
        for text in [
            r#"{"l":{"n":2}}"#,
            r#"{"l":[{"n":[2,3]}]}"#,
            r#"{"l":[{"n":2},{"n":2,"n":3}]}"#,
            r#"{"l":[{"n":2}],"l":[{"n":3}]}"#,
            r#"{"l":[{"n":2}],"l":{"n":3}}"#,
            r#"{"l":[[{"n":2}],[{"n":3}]]}"#,
        ] {
            assert_eq!(within(text), None, "{text}");
        }
    }
}
