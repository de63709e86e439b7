//! Beginnings and ends of texts: a trie over bytes that a value walks once, collecting all that end on its way.
//!
//! One shape serves four: forwards or backwards, as written or in small letters. Chains of single children are one node.

use memchr::memchr;
use smallvec::SmallVec;

/// What is still open when a value has come past an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// Nothing: the atom holds.
    Nothing,
    /// That the value ends here.
    End,
    /// That the matcher itself accepts it.
    Check,
}

/// An atom at the end of its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) atom: u32,
    pub(super) need: Need,
}

#[derive(Clone, Debug, Default)]
struct Node {
    /// The bytes that lead here from the node above.
    label: SmallVec<[u8; 16]>,
    /// The first bytes of the children's labels, and the children.
    keys: SmallVec<[u8; 8]>,
    children: SmallVec<[u32; 4]>,
    entries: SmallVec<[Entry; 1]>,
}

impl Node {
    fn leaf(label: &[u8], entry: Entry) -> Node {
        Node { label: label.into(), entries: SmallVec::from_elem(entry, 1), ..Node::default() }
    }

    #[inline]
    fn child(&self, byte: u8) -> Option<u32> {
        self.children.get(memchr(byte, &self.keys)?).copied()
    }

    fn adopt(&mut self, byte: u8, child: u32) {
        self.keys.push(byte);
        self.children.push(child);
    }

    fn replace(&mut self, old: u32, new: u32) {
        self.children.iter_mut().filter(|c| **c == old).for_each(|c| *c = new);
    }

    fn disown(&mut self, child: u32) {
        if let Some(place) = self.children.iter().position(|c| *c == child) {
            self.children.swap_remove(place);
            self.keys.swap_remove(place);
        }
    }
}

/// The trie; node 0 is its root once it has any.
#[derive(Clone, Debug, Default)]
pub(super) struct Affixes {
    nodes: Vec<Node>,
    free: Vec<u32>,
}

#[inline]
fn byte<const BACK: bool, const FOLD: bool>(value: &[u8], i: usize) -> Option<u8> {
    let byte = if BACK { value.len().checked_sub(i + 1).and_then(|at| value.get(at)) } else { value.get(i) };
    byte.map(|b| if FOLD { b.to_ascii_lowercase() } else { *b })
}

fn common(a: &[u8], b: &[u8]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

impl Affixes {
    /// Whether there is nothing in it.
    pub(super) fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Gives every entry whose text `value` begins with, and whether the value ends there.
    #[inline]
    pub(super) fn walk<const BACK: bool, const FOLD: bool>(
        &self,
        value: &[u8],
        mut found: impl FnMut(Entry, bool),
    ) {
        let mut at = 0;
        let mut next = self.nodes.first();
        while let Some(node) = next {
            let same =
                node.label.iter().enumerate().all(|(i, b)| byte::<BACK, FOLD>(value, at + i) == Some(*b));
            if !same {
                return;
            }
            at += node.label.len();
            for entry in &node.entries {
                found(*entry, at == value.len());
            }
            let child = byte::<BACK, FOLD>(value, at).and_then(|b| node.child(b));
            next = child.and_then(|id| self.nodes.get(id as usize));
        }
    }

    pub(super) fn add(&mut self, text: &[u8], entry: Entry) {
        if self.nodes.is_empty() {
            self.nodes.push(Node::default());
        }
        let (mut at, mut rest) = (0_u32, text);
        while let Some((first, _)) = rest.split_first() {
            let Some(child) = self.node(at).and_then(|n| n.child(*first)) else {
                let leaf = super::book::put(&mut self.nodes, &mut self.free, Node::leaf(rest, entry));
                self.edit(at, |n| n.adopt(*first, leaf));
                return;
            };
            let shared = self.node(child).map_or(0, |n| common(&n.label, rest));
            if self.node(child).is_some_and(|n| shared < n.label.len()) {
                self.split(at, child, shared);
                continue;
            }
            (at, rest) = (child, rest.get(shared..).unwrap_or_default());
        }
        self.edit(at, |n| n.entries.push(entry));
    }

    /// Puts a node between `above` and `child`, after the first `shared` bytes of the label.
    fn split(&mut self, above: u32, child: u32, shared: usize) {
        let Some(node) = self.nodes.get_mut(child as usize) else { return };
        let (head, tail) = node.label.split_at_checked(shared).unwrap_or_default();
        let (head, tail) = (SmallVec::from_slice(head), SmallVec::<[u8; 16]>::from_slice(tail));
        let mut middle = Node { label: head, ..Node::default() };
        middle.adopt(tail.first().copied().unwrap_or_default(), child);
        node.label = tail;
        let middle = super::book::put(&mut self.nodes, &mut self.free, middle);
        self.edit(above, |n| n.replace(child, middle));
    }

    /// Takes out what was added with the same text and atom.
    pub(super) fn remove(&mut self, text: &[u8], atom: u32) {
        let (mut at, mut above, mut rest) = (0_u32, 0_u32, text);
        while let Some((first, _)) = rest.split_first() {
            let Some(child) = self.node(at).and_then(|n| n.child(*first)) else { return };
            let Some(label) = self.node(child).map(|n| n.label.len()) else { return };
            (above, at, rest) = (at, child, rest.get(label..).unwrap_or_default());
        }
        self.edit(at, |n| n.entries.retain(|e| e.atom != atom));
        self.tidy(above, at);
        if above != 0 {
            self.join(above);
        }
        if self.node(0).is_some_and(|root| root.children.is_empty() && root.entries.is_empty()) {
            *self = Affixes::default();
        }
    }

    /// Removes a node that is of no use any more.
    fn tidy(&mut self, above: u32, at: u32) {
        let Some(node) = self.node(at) else { return };
        if at == 0 || !node.entries.is_empty() {
            return;
        }
        if node.children.is_empty() {
            self.edit(above, |n| n.disown(at));
            self.edit(at, |n| *n = Node::default());
            self.free.push(at);
        } else {
            self.join(at);
        }
    }

    /// Makes one node of a node without entries and its only child.
    fn join(&mut self, at: u32) {
        let Some(node) = self.node(at) else { return };
        let &[child] = node.children.as_slice() else { return };
        if !node.entries.is_empty() {
            return;
        }
        let mut label = node.label.clone();
        let Some(below) = self.nodes.get_mut(child as usize).map(std::mem::take) else { return };
        label.extend_from_slice(&below.label);
        self.edit(at, |n| *n = Node { label, ..below });
        self.free.push(child);
    }

    fn node(&self, id: u32) -> Option<&Node> {
        self.nodes.get(id as usize)
    }

    fn edit(&mut self, id: u32, change: impl FnOnce(&mut Node)) {
        if let Some(node) = self.nodes.get_mut(id as usize) {
            change(node);
        }
    }

    #[cfg(test)]
    fn live(&self) -> usize {
        self.nodes.len() - self.free.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(atom: u32) -> Entry {
        Entry { atom, need: Need::Nothing }
    }

    fn walked(trie: &Affixes, value: &str) -> Vec<u32> {
        let mut all = Vec::new();
        trie.walk::<false, false>(value.as_bytes(), |e, _| all.push(e.atom));
        all
    }

    #[test]
    fn a_value_meets_all_its_beginnings() {
        let mut trie = Affixes::default();
        for (atom, text) in ["", "ab", "abc", "abd", "a", "x", "abc"].iter().enumerate() {
            trie.add(text.as_bytes(), entry(atom as u32));
        }
        assert_eq!(walked(&trie, "abcd"), [0, 4, 1, 2, 6]);
        assert_eq!(
            (walked(&trie, ""), walked(&trie, "xy"), walked(&trie, "b")),
            (vec![0], vec![0, 5], vec![0])
        );
        trie.remove(b"ab", 1);
        assert_eq!(walked(&trie, "abd"), [0, 4, 3]);
        let mut back = Affixes::default();
        back.add(b"vsc.", entry(0));
        let mut hits = 0;
        back.walk::<true, true>(b"A.CSV", |_, end| hits += 1 + usize::from(end));
        assert_eq!(hits, 1);
    }

    #[test]
    fn removal_leaves_what_insertion_would_have_made() {
        let words = ["a", "ab", "abcd", "abce", "abx", "b", "ba", "", "abcdefgh"];
        for skip in 0..words.len() {
            let (mut trie, mut fresh) = (Affixes::default(), Affixes::default());
            words.iter().enumerate().for_each(|(i, w)| trie.add(w.as_bytes(), entry(i as u32)));
            trie.remove(words[skip].as_bytes(), skip as u32);
            for (i, word) in words.iter().enumerate().filter(|(i, _)| *i != skip) {
                fresh.add(word.as_bytes(), entry(i as u32));
            }
            assert_eq!(trie.live(), fresh.live(), "without {}", words[skip]);
            for word in words {
                assert_eq!(walked(&trie, word), walked(&fresh, word), "{word} without {}", words[skip]);
            }
        }
        let mut trie = Affixes::default();
        words.iter().enumerate().for_each(|(i, w)| trie.add(w.as_bytes(), entry(i as u32)));
        words.iter().enumerate().for_each(|(i, w)| trie.remove(w.as_bytes(), i as u32));
        assert!(trie.is_empty());
    }
}
