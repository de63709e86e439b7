//! The numbers at a path that stands in one array, side by side: many ranges are held against them.

use crate::json::fields::Fields;
use crate::json::trie::NONE;
use crate::pattern::Seen;

use super::matching::Outcome;

/// One number, and the place of its element in the array.
#[derive(Clone, Copy, Debug)]
struct Cell {
    number: f64,
    place: u32,
}

/// The cells of a path in one event.
#[derive(Clone, Copy, Debug, Default)]
struct Column {
    event: u32,
    start: u32,
    end: u32,
    /// `NONE` when the fields do not all stand directly in the first elements of one array.
    array: u32,
}

/// All columns asked for in one event.
#[derive(Debug, Default)]
pub(super) struct Columns {
    of: Vec<Column>,
    cells: Vec<Cell>,
}

impl Columns {
    pub(super) fn reset(&mut self, paths: usize) {
        self.cells.clear();
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
        let cells = self.cells.get(column.start as usize..column.end as usize)?;
        let elements = cells.iter().fold(0_u64, |all, cell| {
            all | (u64::from(low <= cell.number && cell.number <= high) << cell.place)
        });
        Some(if elements == 0 { Outcome::Fails } else { Outcome::Bound { array: column.array, elements } })
    }

    fn read(&mut self, path: u32, event: u32, text: &[u8], fields: &Fields) -> Column {
        let start = self.cells.len();
        let mut column = Column { event, start: start as u32, end: start as u32, array: NONE };
        for field in fields.at(path) {
            let Some(element) = fields.elements.get(field.element as usize) else {
                self.cells.truncate(start);
                return Column { array: NONE, ..column };
            };
            let first = fields.arrays.get(element.array as usize).map_or(0, |a| a.first);
            let place = field.element.wrapping_sub(first);
            if place >= 64 || (self.cells.len() > start && column.array != element.array) {
                self.cells.truncate(start);
                return Column { array: NONE, ..column };
            }
            column.array = element.array;
            let number = Seen::new(field, text, &fields.side).number().unwrap_or(f64::NAN);
            self.cells.push(Cell { number, place });
        }
        Column { end: self.cells.len() as u32, ..column }
    }
}
