//! Changes of a text by the places of its values: entries of lists and mappings go or come, in brackets or on lines.

use super::UpdateError;
use super::render::Notation;
use crate::tree::{Entry, Node, Place};

/// Columns up to which a new list stands in brackets on one line.
const WIDTH: usize = 100;

/// A text and the changes to make.
pub(super) struct Text<'t> {
    text: &'t str,
    /// How its lines end.
    newline: &'static str,
    changes: Vec<(Place, String)>,
}

impl<'t> Text<'t> {
    pub(super) fn new(text: &'t str) -> Text<'t> {
        Text { text, newline: if text.contains("\r\n") { "\r\n" } else { "\n" }, changes: Vec::new() }
    }

    pub(super) fn slice(&self, place: Place) -> &'t str {
        self.text.get(place.start..place.end).unwrap_or_default()
    }

    /// Writes `new` in place of what stands there.
    pub(super) fn replace(&mut self, place: Place, new: String) -> Result<(), UpdateError> {
        if self.text.get(place.start..place.end).is_none() {
            return Err(UpdateError::Form("its place is not known"));
        }
        self.changes.push((place, new));
        Ok(())
    }

    /// The changed text; none when changes overlap.
    pub(super) fn finish(mut self) -> Option<String> {
        self.changes.sort_by_key(|(place, _)| (place.start, place.end));
        let mut out = String::with_capacity(self.text.len());
        let mut at = 0;
        for (place, new) in &self.changes {
            out.push_str(self.text.get(at..place.start)?);
            out.push_str(new);
            at = place.end;
        }
        out.push_str(self.text.get(at..)?);
        Some(out)
    }

    fn in_brackets(&self, node: &Node) -> bool {
        self.slice(node.place).starts_with(['[', '{'])
    }

    /// Takes entries out of a list. At least one stays.
    pub(super) fn remove(&mut self, list: &Node, nodes: &[Node], gone: &[usize]) -> Result<(), UpdateError> {
        let places: Vec<Place> = nodes.iter().map(|node| node.place).collect();
        if self.in_brackets(list) {
            self.out_of_brackets(&places, gone)
        } else {
            self.out_of_lines(&places, gone, '-')
        }
    }

    /// Takes fields out of a mapping. At least one stays.
    pub(super) fn remove_fields(
        &mut self,
        map: &Node,
        entries: &[Entry],
        gone: &[usize],
    ) -> Result<(), UpdateError> {
        let places: Vec<Place> = entries
            .iter()
            .map(|e| Place { start: e.place.start, end: e.value.place.end.max(e.place.end) })
            .collect();
        if self.in_brackets(map) {
            self.out_of_brackets(&places, gone)
        } else {
            self.out_of_lines(&places, gone, ' ')
        }
    }

    /// Each with the comma after it, the last ones with the comma before them.
    fn out_of_brackets(&mut self, places: &[Place], gone: &[usize]) -> Result<(), UpdateError> {
        let last = (0..places.len()).rev().find(|place| !gone.contains(place));
        for index in gone {
            let Some(place) = places.get(*index) else { continue };
            let (before, after) = (index.checked_sub(1).and_then(|i| places.get(i)), places.get(index + 1));
            let cut = match (before, after) {
                (_, Some(next)) if last.is_some_and(|last| last > *index) => {
                    Place { start: place.start, end: next.start }
                }
                (Some(previous), _) => Place { start: previous.end, end: place.end },
                _ => return Err(UpdateError::Form("nothing would be left")),
            };
            self.replace(cut, String::new())?;
        }
        Ok(())
    }

    /// The whole lines of each.
    fn out_of_lines(&mut self, places: &[Place], gone: &[usize], mark: char) -> Result<(), UpdateError> {
        for place in gone.iter().filter_map(|index| places.get(*index)) {
            let start = self.line_start(place.start);
            let lead = self.text.get(start..place.start).unwrap_or_default();
            if !lead.chars().all(|c| c == ' ' || c == mark) {
                return Err(UpdateError::Form("an entry shares its line with something else"));
            }
            let end = self.line_end(place.end);
            let ended = self.text.get(end..).is_some_and(|t| t.starts_with(self.newline));
            let end = if ended { end + self.newline.len() } else { end };
            self.replace(Place { start, end }, String::new())?;
        }
        Ok(())
    }

    /// Adds entries behind the last of a list that has some.
    pub(super) fn add(&mut self, list: &Node, nodes: &[Node], lines: &[String]) -> Result<(), UpdateError> {
        let (Some(first), Some(last)) = (nodes.first(), nodes.last()) else { return Ok(()) };
        if lines.is_empty() {
            return Ok(());
        }
        let start = self.line_start(first.place.start);
        let lead = self.text.get(start..first.place.start).unwrap_or_default();
        if self.in_brackets(list) {
            let own_lines = !lead.is_empty() && lead.trim().is_empty();
            let between = if own_lines { format!(",{}{lead}", self.newline) } else { ", ".to_owned() };
            let new: String = lines.iter().map(|line| format!("{between}{line}")).collect();
            return self.replace(Place { start: last.place.end, end: last.place.end }, new);
        }
        let dash = lead.rfind('-').ok_or(UpdateError::Form("a list without dashes"))?;
        let indent = " ".repeat(dash);
        let new: String =
            lines.iter().map(|line| format!("{}{indent}- {}", self.newline, bare(line))).collect();
        let end = self.line_end(last.place.end);
        self.replace(Place { start: end, end }, new)
    }

    /// Makes a list a new one with these entries.
    pub(super) fn new_list(
        &mut self,
        (case, list): (&Node, &Entry),
        lines: &[String],
    ) -> Result<(), UpdateError> {
        let column = list.place.start - self.line_start(list.place.start);
        let new = self.list(case, column, lines);
        self.replace(Place { start: list.place.end, end: list.value.place.end }, new)
    }

    /// Adds a key with a list as the last one of a mapping.
    pub(super) fn add_key(
        &mut self,
        map: &Node,
        (key, lines): (&str, &[String]),
        notation: Notation,
    ) -> Result<(), UpdateError> {
        let crate::tree::Value::Map(entries) = &map.value else { return Err(UpdateError::Missing) };
        let (Some(first), Some(last)) = (entries.first(), entries.last()) else {
            return Err(UpdateError::Form("an empty test"));
        };
        let start = self.line_start(first.place.start);
        let column = first.place.start - start;
        let key = if notation == Notation::Json { format!("\"{key}\"") } else { key.to_owned() };
        let list = self.list(map, column, lines);
        let end = last.value.place.end.max(last.place.end);
        if self.in_brackets(map) {
            let lead = self.text.get(start..first.place.start).unwrap_or_default();
            let own_lines = lead.trim().is_empty() && !lead.is_empty();
            let between = if own_lines { format!(",{}{lead}", self.newline) } else { ", ".to_owned() };
            return self.replace(Place { start: end, end }, format!("{between}{key}{list}"));
        }
        let end = self.line_end(end);
        self.replace(Place { start: end, end }, format!("{}{}{key}{list}", self.newline, " ".repeat(column)))
    }

    /// What follows the key of a new list: in brackets, or a line each where the mapping it stands in has lines.
    fn list(&self, map: &Node, column: usize, lines: &[String]) -> String {
        let joined = lines.join(", ");
        if lines.is_empty() {
            ": []".to_owned()
        } else if self.in_brackets(map) {
            format!(": [{joined}]")
        } else if lines.len() == 1 && column + joined.len() < WIDTH {
            format!(": [ {joined} ]")
        } else {
            let indent = " ".repeat(column + 2);
            let each: String =
                lines.iter().map(|line| format!("{}{indent}- {}", self.newline, bare(line))).collect();
            format!(":{each}")
        }
    }

    fn line_start(&self, at: usize) -> usize {
        self.text.get(..at).and_then(|t| t.rfind('\n')).map_or(0, |newline| newline + 1)
    }

    fn line_end(&self, at: usize) -> usize {
        let length = self.text.get(at..).and_then(|t| t.find('\n'));
        let end = length.map_or(self.text.len(), |length| at + length);
        if self.text.get(..end).is_some_and(|t| t.ends_with('\r')) { end - 1 } else { end }
    }
}

/// An entry behind a dash: an event needs no brackets around it there.
fn bare(line: &str) -> &str {
    let inner = line.strip_prefix("{ ").and_then(|l| l.strip_suffix(" }")).unwrap_or(line);
    if inner.starts_with("invoke: ") { line } else { inner }
}
