//! Whether the rest of a text can hold another field, told by searching it for bytes that every such field needs.
//!
//! Once each path in use has shown a field, more come only when a member occurs again: duplicate names count in patterns.
//! A field needs the names that lead to it, in the names of members still to come. From inside the objects that are open
//! at least the first of them that is not open is among those. Where its bytes do not occur in the rest, nor `\u`, the
//! only escape that could hide them, there is nothing more to be found and reading ends.

use fearless_simd::{Simd, dispatch, mask8x64, prelude::*, u8x64};
use memchr::memchr;
use memchr::memmem::{self, Finder};

use super::blocks::{BLOCK, chunk, level};

/// What to search for from inside the objects down to one node.
#[derive(Clone, Debug)]
pub(crate) struct Rest {
    names: Vec<Finder<'static>>,
    /// Of each name; none where one is too long. Up to three are searched together.
    probes: Vec<Probe>,
}

/// Two bytes of a name, so far from one another.
#[derive(Clone, Copy, Debug)]
struct Probe {
    first: u8,
    second: u8,
    offset: usize,
}

impl Probe {
    /// The first byte of a name and the last one that is no quote: quotes are everywhere.
    fn of(name: &[u8]) -> Option<Probe> {
        let last = name.len().checked_sub(1)?;
        let offset = if name.last() == Some(&b'"') && last > 1 { last - 1 } else { last };
        let (first, second) = (*name.first()?, *name.get(offset)?);
        (offset < BLOCK).then_some(Probe { first, second, offset })
    }
}

impl Rest {
    fn new(names: &[Vec<u8>]) -> Rest {
        let probes: Option<Vec<Probe>> = names.iter().map(|name| Probe::of(name)).collect();
        let names = names.iter().map(|name| Finder::new(name).into_owned()).collect();
        Rest { names, probes: probes.unwrap_or_default() }
    }

    /// Whether `rest`, what follows in a text of JSON, surely holds no field.
    pub(super) fn is_without(&self, rest: &[u8]) -> bool {
        let level = level();
        // The names together, as far as neither an escape nor what looks like one of them comes.
        let suspect = match *self.probes {
            [a] => dispatch!(level, simd => sweep(simd, rest, [a])),
            [a, b] => dispatch!(level, simd => sweep(simd, rest, [a, b])),
            [a, b, c] => dispatch!(level, simd => sweep(simd, rest, [a, b, c])),
            _ => Err(0),
        };
        let Err(from) = suspect else { return true };
        let rest = rest.get(from..).unwrap_or(rest);
        let hidden = memchr(b'\\', rest).and_then(|at| memmem::find(rest.get(at..)?, br"\u"));
        hidden.is_none() && self.names.iter().all(|name| name.find(rest).is_none())
    }
}

/// Whether there is neither an escape nor one of the names; an error is from where on there may be.
#[inline(always)]
fn sweep<S: Simd, const N: usize>(simd: S, rest: &[u8], probes: [Probe; N]) -> Result<(), usize> {
    let farthest = probes.iter().fold(0, |most, probe| most.max(probe.offset));
    let Some(last) = rest.len().checked_sub(BLOCK + farthest) else { return Err(0) };
    let block = |at: usize| -> Result<u8x64<S>, usize> {
        chunk(rest, at).map(|bytes| u8x64::simd_from(simd, *bytes)).ok_or(0)
    };
    let mut at = 0;
    while at < last {
        let here = block(at)?;
        let mut marks: mask8x64<S> = here.simd_eq(b'\\');
        for probe in probes {
            marks |= here.simd_eq(probe.first) & block(at + probe.offset)?.simd_eq(probe.second);
        }
        if marks.any_true() {
            return Err(at);
        }
        at += BLOCK;
    }
    // Each name ends elsewhere: none is looked at further than it can begin.
    let whole = rest.len() - BLOCK;
    while at < rest.len() {
        let mut marks: mask8x64<S> = block(at.min(whole))?.simd_eq(b'\\');
        for probe in probes {
            let start = at.min(whole - probe.offset);
            marks |= block(start)?.simd_eq(probe.first) & block(start + probe.offset)?.simd_eq(probe.second);
        }
        if marks.any_true() {
            return Err(last);
        }
        at += BLOCK;
    }
    Ok(())
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
            all.push((*node, Rest::new(&texts)));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_seen_wherever_it_stands() {
        let (long, most) = ("l".repeat(BLOCK + 6), "l".repeat(BLOCK));
        let sets: [&[&str]; 7] = [
            &["x\""],
            &["name", "x\""],
            &["first", "second\"", "t"],
            &["a", "b", "c", "dd"],
            &[&long],
            &[&most, "x\""],
            &["\u{e9}\u{e9}"],
        ];
        for names in sets {
            let texts: Vec<Vec<u8>> = names.iter().map(|name| name.as_bytes().to_vec()).collect();
            let rest = Rest::new(&texts);
            let what: Vec<&str> = names.iter().copied().chain(["\\u0061", "\\n"]).collect();
            for len in (0..BLOCK * 3 + 20).step_by(7) {
                // Looks like each of the names and is none.
                let filler: String = "fixtsandx\\b, "
                    .chars()
                    .filter(|c| len % 2 == 0 || *c != '\\')
                    .cycle()
                    .take(len)
                    .collect();
                assert!(
                    rest.is_without(filler.as_bytes()) != names.iter().any(|name| filler.contains(name)),
                    "{filler}"
                );
                for what in &what {
                    for at in 0..=len {
                        let text = format!("{}{what}{}", &filler[..at], &filler[at..]);
                        let seen = text.contains("\\u") || names.iter().any(|name| text.contains(name));
                        assert_eq!(rest.is_without(text.as_bytes()), !seen, "{names:?} in {text}");
                    }
                }
            }
        }
    }
}
