//! Whether the rest of a text can hold another field, told by searching it for bytes that every such field needs.
//!
//! Once each path in use has shown a field, more come only when a member occurs again: duplicate names count in patterns.
//! A field needs the names that lead to it, in the names of members still to come. From inside the objects that are open
//! at least the first of them that is not open is among those. Where its bytes do not occur in the rest, nor `\u`, the
//! only escape that could hide them, there is nothing more to be found and reading ends.

use memchr::memchr;
use memchr::memmem::{self, Finder};

/// What to search for from inside the objects down to one node.
#[derive(Clone, Debug)]
pub(crate) struct Rest {
    names: Vec<Finder<'static>>,
}

impl Rest {
    /// Whether `rest`, what follows in a text of JSON, surely holds no field.
    pub(super) fn is_without(&self, rest: &[u8]) -> bool {
        let hidden = memchr(b'\\', rest).and_then(|at| memmem::find(rest.get(at..)?, br"\u"));
        hidden.is_none() && self.names.iter().all(|name| name.find(rest).is_none())
    }
}

/// Whether a name stands in a text as it is, or with `\u`.
pub(super) fn is_plain(name: &[u8]) -> bool {
    !name.is_empty() && name.iter().all(|byte| *byte >= b' ' && !matches!(byte, b'"' | b'\\' | b'/'))
}

/// For each node above an end what to search for there. A chain leads from the root to the end of a path in use; nothing is
/// given where a name might be spelt in several ways without `\u`.
pub(super) fn needles(chains: &[Vec<(u32, &[u8])>]) -> Vec<(u32, Rest)> {
    let mut all: Vec<(u32, Rest)> = Vec::new();
    if !chains.iter().flat_map(|chain| chain.iter().skip(1)).all(|(_, name)| is_plain(name)) {
        return all;
    }
    for chain in chains {
        for (depth, (node, _)) in chain.iter().enumerate().take(chain.len().saturating_sub(1)) {
            if all.iter().any(|(known, _)| known == node) {
                continue;
            }
            let open = chain.get(..=depth).unwrap_or_default();
            let mut texts: Vec<Vec<u8>> = chains.iter().filter_map(|path| next_name(path, open)).collect();
            texts.sort();
            texts.dedup();
            let names = texts.iter().map(|text| Finder::new(text).into_owned()).collect();
            all.push((*node, Rest { names }));
        }
    }
    all
}

/// The first name of `path` that is not open; with its quote when it is the last.
fn next_name(path: &[(u32, &[u8])], open: &[(u32, &[u8])]) -> Option<Vec<u8>> {
    // The end of a path is a value, which is never open.
    let above = path.len().saturating_sub(1);
    let shared = path.iter().take(above).zip(open).take_while(|(a, b)| a.0 == b.0).count();
    let mut text = path.get(shared)?.1.to_vec();
    if shared == above {
        text.push(b'"');
    }
    Some(text)
}
