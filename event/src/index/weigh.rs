//! Which test of a sub-rule is its door: the one that holds least often, by the kind of its matchers and by how many
//! patterns name the same.

use super::book::{Atoms, Test, Tests};
use crate::pattern::{Excluded, Matcher, Range};

/// The weight of what always holds.
const ALWAYS: u64 = 1 << 16;
/// Of what hardly ever does: an exact value nobody else names.
const RARE: u64 = ALWAYS >> 12;
/// Sub-rules below which the numbers of uses say little.
const FEW: u64 = 8;

/// How often a matcher holds, from its kind alone.
fn guess(matcher: &Matcher) -> u64 {
    let by_length = |len: usize| (ALWAYS >> len.min(12)).max(RARE);
    match matcher {
        Matcher::Text(_)
        | Matcher::Address(..)
        | Matcher::Number(..)
        | Matcher::NumberText(_)
        | Matcher::EqualFold(_) => RARE,
        Matcher::Null => ALWAYS / 8,
        Matcher::True | Matcher::False => ALWAYS / 2,
        Matcher::Prefix(t) | Matcher::Suffix(t) => by_length(t.len()),
        Matcher::PrefixFold(f) | Matcher::SuffixFold(f) => by_length(f.text.len()),
        Matcher::Wildcard(glob) => {
            let ends = glob.first().len() + glob.last().len();
            // A literal that may stand anywhere is met more often, and looking for it costs more.
            by_length((ends + glob.inside().len() / 2).min(11))
        }
        Matcher::Numeric(Range { low, high, .. }) => match (low.is_finite(), high.is_finite()) {
            _ if low == high => RARE,
            (true, true) => ALWAYS / 8,
            _ => ALWAYS / 2,
        },
        Matcher::Cidr(block, _) => by_length((block.bits / 2) as usize),
        Matcher::Exists | Matcher::Absent => ALWAYS - ALWAYS / 16,
        Matcher::AnythingBut(_) => ALWAYS - ALWAYS / 32,
    }
}

/// How often a test holds, where `rules` sub-rules are known.
fn weight(atoms: &Atoms, test: &Test, rules: usize) -> u64 {
    let each = test.atoms.iter().filter_map(|id| atoms.get(*id)).map(|atom| {
        // Values that many patterns name are common in events.
        let named = u64::from(atom.uses.saturating_sub(1)) * ALWAYS / (rules as u64 + FEW);
        guess(atom.matcher()).max(named)
    });
    each.sum()
}

/// The place of the door in `tests`, or none when all of them may be absent. Among equals it is the later one:
/// `detail...` tells more than `source`.
pub(super) fn choose(atoms: &Atoms, all: &Tests, tests: &[u32], rules: usize) -> Option<usize> {
    let weights = tests.iter().enumerate().filter_map(|(place, id)| {
        let test = all.get(*id).filter(|t| !t.absent)?;
        Some((weight(atoms, test, rules), std::cmp::Reverse(place)))
    });
    weights.min().map(|(_, place)| place.0)
}

/// The place of a test among the others: first what is cheap for how often it fails.
pub(super) fn order(atoms: &Atoms, test: &Test, rules: usize) -> u64 {
    let fails = ALWAYS - weight(atoms, test, rules).min(ALWAYS - ALWAYS / 32);
    // What several sub-rules ask for is decided once.
    let cost = if test.uses > 1 { 1 } else { cost(test) as u64 };
    cost * ALWAYS / fails
}

/// What deciding a test costs, roughly in nanoseconds.
fn cost(test: &Test) -> usize {
    let each = test.matchers.iter().map(|matcher| match matcher {
        Matcher::Exists | Matcher::Absent | Matcher::True | Matcher::False | Matcher::Null => 1,
        Matcher::Text(_) | Matcher::Prefix(_) | Matcher::Suffix(_) => 2,
        Matcher::PrefixFold(_) | Matcher::SuffixFold(_) | Matcher::EqualFold(_) => 4,
        Matcher::Number(..) | Matcher::NumberText(_) | Matcher::Numeric(_) => 6,
        Matcher::Address(..) | Matcher::Cidr(..) => 10,
        Matcher::Wildcard(_) => 20,
        Matcher::AnythingBut(excluded) => match excluded {
            Excluded::Texts(list) | Excluded::Prefixes(list) | Excluded::Suffixes(list) => 2 * list.len(),
            Excluded::Numbers(list) => 6 + list.len(),
            Excluded::Folds(list) => 4 * list.len(),
            Excluded::Globs(list) => 20 * list.len(),
        },
    });
    each.sum()
}
