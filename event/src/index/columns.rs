//! The numbers at a path that stands in one array, side by side: many ranges are held against them.

use wide::f64x4;

use crate::json::fields::Fields;
use crate::json::trie::NONE;

use super::matching::Outcome;

/// Elements that have a bit in an outcome.
const ELEMENTS: u32 = 64;

/// The numbers of a path in one event.
#[derive(Clone, Copy, Debug, Default)]
struct Column {
    event: u32,
    /// Where among all they are; each stands where its element stands in the array.
    start: u32,
    end: u32,
    /// `NONE` when the fields do not stand one by one directly in the first elements of one array.
    array: u32,
}

/// All columns asked for in one event.
#[derive(Debug, Default)]
pub(super) struct Columns {
    of: Vec<Column>,
    /// What is no number is none here either.
    numbers: Vec<[f64; 4]>,
}

impl Columns {
    pub(super) fn reset(&mut self, paths: usize) {
        self.numbers.clear();
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
        (low, high): (f64, f64),
        (path, event): (u32, u32),
        (text, fields): (&[u8], &Fields),
    ) -> Option<Outcome> {
        let mut column = self.of.get(path as usize).copied()?;
        if column.event != event {
            column = self.read(path, event, text, fields);
            if let Some(place) = self.of.get_mut(path as usize) {
                *place = column;
            }
        }
        if column.array == NONE {
            return None;
        }
        let numbers = self.numbers.get(column.start as usize..column.end as usize)?;
        let (low, high) = (f64x4::splat(low), f64x4::splat(high));
        let elements = numbers.iter().rev().fold(0_u64, |all, four| {
            let four = f64x4::new(*four);
            all << 4 | u64::from((low.simd_le(four) & four.simd_le(high)).to_bitmask())
        });
        Some(if elements == 0 { Outcome::Fails } else { Outcome::Bound { array: column.array, elements } })
    }

    fn read(&mut self, path: u32, event: u32, text: &[u8], fields: &Fields) -> Column {
        let start = self.numbers.len();
        let array = self.fill(path, text, fields).unwrap_or(NONE);
        if array == NONE {
            self.numbers.truncate(start);
        }
        Column { event, start: start as u32, end: self.numbers.len() as u32, array }
    }

    /// Adds the numbers of a path; gives their array, if it is one.
    fn fill(&mut self, path: u32, text: &[u8], fields: &Fields) -> Option<u32> {
        let (start, mut array) = (self.numbers.len(), NONE);
        for field in fields.at(path) {
            let element = fields.elements.get(field.element as usize)?;
            let place = field.element.checked_sub(fields.arrays.get(element.array as usize)?.first)?;
            if place >= ELEMENTS || (array != NONE && array != element.array) {
                return None;
            }
            array = element.array;
            let four = start + place as usize / 4;
            if self.numbers.len() <= four {
                self.numbers.resize(four + 1, [f64::NAN; 4]);
            }
            let Some(number) = field.number(text, &fields.side) else { continue };
            let known = self.numbers.get_mut(four)?.get_mut(place as usize % 4)?;
            if !known.is_nan() {
                return None;
            }
            *known = number;
        }
        Some(array)
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
        columns.reset(1);
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
