//! Fitting a text to a template: greedily where that succeeds, else by a table of what fits from where.
//!
//! Taking the first place of the next literal is right whenever it leads to the end. When it does not, the table (parts
//! times bytes) finds the leftmost-shortest fit or that there is none, without trying combinations.

use super::template::{Part, Template};

/// Where the names of a template stand in a text; working memory too.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fit {
    /// Start and end of each name.
    pub(crate) ranges: Vec<(usize, usize)>,
    /// One row of bits per part: from which offsets the parts from there on fit to the end.
    table: Vec<u64>,
}

/// Bytes of the first character of `text`, if a name may stand for it.
fn step(text: &str, rest: bool) -> Option<usize> {
    text.chars().next().filter(|c| rest || *c != '/').map(char::len_utf8)
}

impl Template {
    /// Fits the whole of `text`; on success `fit.ranges` are the names'.
    pub(crate) fn fit(&self, text: &str, fit: &mut Fit) -> bool {
        fit.ranges.clear();
        if self.fit_greedily(text, &mut fit.ranges).is_some() {
            return true;
        }
        let names = self.names().len();
        // Without a name, or with one at the very end only, there was no choice to regret.
        if names == 0 || (names == 1 && matches!(self.parts.last(), Some(Part::Name { .. }))) {
            return false;
        }
        fit.ranges.clear();
        self.fit_by_table(text, fit).is_some()
    }

    fn fit_greedily(&self, text: &str, ranges: &mut Vec<(usize, usize)>) -> Option<()> {
        let mut at = 0;
        let mut parts = self.parts.iter().peekable();
        while let Some(part) = parts.next() {
            let left = text.get(at..)?;
            let rest = match part {
                Part::Literal(literal) => {
                    left.starts_with(&**literal).then_some(())?;
                    at += literal.len();
                    continue;
                }
                Part::Name { rest } => *rest,
            };
            let first = step(left, rest)?;
            let len = match parts.peek() {
                None => left.len(),
                Some(Part::Name { .. }) => first,
                Some(Part::Literal(next)) => {
                    first + memchr::memmem::find(left.as_bytes().get(first..)?, next.as_bytes())?
                }
            };
            if !rest && left.get(..len)?.contains('/') {
                return None;
            }
            ranges.push((at, at + len));
            at += len;
        }
        (at == text.len()).then_some(())
    }

    fn fit_by_table(&self, text: &str, fit: &mut Fit) -> Option<()> {
        let width = text.len() / 64 + 1;
        let bit = |table: &[u64], row: usize, at: usize| {
            table.get(row * width + at / 64).is_some_and(|word| word >> (at % 64) & 1 == 1)
        };
        fit.table.clear();
        fit.table.resize((self.parts.len() + 1) * width, 0);
        let set = |table: &mut [u64], row: usize, at: usize| {
            if let Some(word) = table.get_mut(row * width + at / 64) {
                *word |= 1 << (at % 64);
            }
        };
        set(&mut fit.table, self.parts.len(), text.len());
        for (row, part) in self.parts.iter().enumerate().rev() {
            for (at, _) in text.char_indices().rev() {
                let left = text.get(at..)?;
                let fits = match part {
                    Part::Literal(literal) => {
                        left.starts_with(&**literal) && bit(&fit.table, row + 1, at + literal.len())
                    }
                    Part::Name { rest } => step(left, *rest)
                        .is_some_and(|n| bit(&fit.table, row + 1, at + n) || bit(&fit.table, row, at + n)),
                };
                if fits {
                    set(&mut fit.table, row, at);
                }
            }
        }
        let mut at = 0;
        bit(&fit.table, 0, 0).then_some(())?;
        for (row, part) in self.parts.iter().enumerate() {
            match part {
                Part::Literal(literal) => at += literal.len(),
                Part::Name { rest } => {
                    let start = at;
                    at += step(text.get(at..)?, *rest)?;
                    while !bit(&fit.table, row + 1, at) {
                        at += step(text.get(at..)?, *rest)?;
                    }
                    fit.ranges.push((start, at));
                }
            }
        }
        Some(())
    }

    /// Where a text that does not fit stops fitting: the first place at which the furthest part fails.
    pub(crate) fn misfit(&self, text: &str) -> usize {
        // Offsets reachable before the part at hand, as a row of flags.
        let mut reach = vec![false; text.len() + 1];
        if let Some(start) = reach.first_mut() {
            *start = true;
        }
        for part in &self.parts {
            let mut next = vec![false; text.len() + 1];
            let mut inside = false;
            for (at, c) in text.char_indices() {
                let left = text.get(at..).unwrap_or_default();
                let here = reach.get(at).copied().unwrap_or_default();
                let to = match part {
                    Part::Literal(literal) => {
                        (here && left.starts_with(&**literal)).then_some(at + literal.len())
                    }
                    Part::Name { rest } => {
                        inside = (inside || here) && (*rest || c != '/');
                        inside.then_some(at + c.len_utf8())
                    }
                };
                if let Some(flag) = to.and_then(|to| next.get_mut(to)) {
                    *flag = true;
                }
            }
            if !next.contains(&true) {
                return reach.iter().position(|r| *r).unwrap_or_default();
            }
            reach = next;
        }
        // Everything was found, with text left over: it stops where the last part could reach at most.
        reach.iter().rposition(|r| *r).unwrap_or_default()
    }
}
