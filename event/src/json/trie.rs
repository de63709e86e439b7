//! The paths in use, as a trie over member names: what the scanner walks along, so that it keeps only what is asked for.
//!
//! Two kinds of places share it. A *path* of a pattern is names joined with dots, whatever the nesting they come from,
//! and goes through arrays. A *slot* of a capture is reached by exactly its names, never through an array or a name with
//! a dot in it. Nodes are the dot-separated parts of paths; a member name with dots takes several steps.

use std::sync::Arc;

use hashbrown::HashTable;

use super::cursor::Body;
use super::hash::{hash_bytes, tail_of, word_of};
use super::heading::Heading;
use super::rest::{Rest, is_plain, needles};

/// "No node", "no path", "no slot".
pub(crate) const NONE: u32 = u32::MAX;
/// Up to so many children are compared one by one; more are looked up by hash.
const NARROW: usize = 8;
/// Up to so many paths it is worth searching the rest of a text for their names.
const FEW: usize = 4;

#[derive(Clone, Debug)]
struct Child {
    /// The first bytes of its name, and the last ones where there are more.
    word: u64,
    tail: u64,
    len: u32,
    node: u32,
}

#[derive(Clone, Debug)]
pub(crate) struct Node {
    name: Box<[u8]>,
    /// How a member that leads here begins.
    pub(super) heading: Heading,
    pub(super) parent: u32,
    /// The pattern path that ends here.
    pub(crate) path: u32,
    /// The capture slot that ends here.
    pub(crate) slot: u32,
    /// Every slot here and below: forgotten when the member occurs again.
    pub(crate) slots_below: Vec<u32>,
    children: Vec<Child>,
    /// One bit for each length that a child's name has: most names nobody asks for are told by it.
    lengths: u64,
    /// Bytes of the shortest name with a dot that may lead somewhere, because some child had children.
    dotted: u32,
    /// What shows, inside an object here, that the rest of the text holds no field; few paths have it.
    pub(super) rest: Option<Box<Rest>>,
}

/// The bit of a name's length.
#[inline(always)]
fn length_bit(len: usize) -> u64 {
    1 << len.min(63)
}

impl Node {
    fn new(name: &[u8], parent: u32) -> Node {
        let (path, slot) = (NONE, NONE);
        Node {
            name: name.into(),
            heading: Heading::of(name),
            parent,
            path,
            slot,
            slots_below: Vec::new(),
            children: Vec::new(),
            lengths: 0,
            dotted: NONE,
            rest: None,
        }
    }

    /// Whether a member of this name may lead somewhere; false only when it surely does not.
    #[inline(always)]
    pub(crate) fn may_lead(&self, name: &Body) -> bool {
        self.may_lead_by_length(name.end.wrapping_sub(name.start)) || name.escaped
    }

    /// [`Node::may_lead`] for a name of so many bytes without escapes.
    #[inline(always)]
    pub(super) fn may_lead_by_length(&self, length: u32) -> bool {
        self.lengths & length_bit(length as usize) != 0 || length >= self.dotted
    }

    /// Whether anything is asked for inside an object at this place.
    pub(crate) fn has_children(&self) -> bool {
        !self.children.is_empty()
    }
}

#[derive(Clone, Debug)]
struct Path {
    text: Arc<str>,
    node: u32,
    uses: u32,
}

/// The trie. Node 0 is the root; it is never removed.
#[derive(Clone, Debug)]
pub(crate) struct Trie {
    nodes: Vec<Node>,
    free_nodes: Vec<u32>,
    paths: Vec<Path>,
    free_paths: Vec<u32>,
    /// (parent, child) of every edge, by parent and name.
    edges: HashTable<(u32, u32)>,
    slots: u32,
    /// Nodes that have a `rest`.
    rests: Vec<u32>,
    /// Another one whenever the paths have changed and somebody kept it.
    mark: Arc<()>,
}

impl Trie {
    pub(crate) fn new() -> Trie {
        Trie {
            nodes: vec![Node::new(b"", NONE)],
            free_nodes: Vec::new(),
            paths: Vec::new(),
            free_paths: Vec::new(),
            edges: HashTable::new(),
            slots: 0,
            rests: Vec::new(),
            mark: Arc::new(()),
        }
    }

    /// What is kept with anything that is known for these paths: it is the same one as long as they are the same.
    pub(super) fn mark(&self) -> &Arc<()> {
        &self.mark
    }

    /// Paths in use, where it can be told early that no more fields come; none where it cannot.
    #[inline]
    pub(crate) fn few_paths(&self) -> Option<usize> {
        (!self.rests.is_empty()).then(|| self.paths.len() - self.free_paths.len())
    }

    /// After the paths have changed: works out for which bytes the rest of a text is searched.
    fn renew(&mut self) {
        if Arc::strong_count(&self.mark) > 1 {
            self.mark = Arc::new(());
        }
        for node in std::mem::take(&mut self.rests) {
            if let Some(node) = self.nodes.get_mut(node as usize) {
                node.rest = None;
            }
        }
        let count = self.paths.len() - self.free_paths.len();
        if count == 0 || count > FEW || self.slots > 0 {
            return;
        }
        let ends = self.paths.iter().filter(|path| path.uses > 0).map(|path| path.node);
        let chains: Vec<Vec<(u32, &[u8])>> = ends.map(|end| self.chain(end)).collect();
        for (node, rest) in needles(&chains) {
            if let Some(place) = self.nodes.get_mut(node as usize) {
                place.rest = Some(Box::new(rest));
                self.rests.push(node);
            }
        }
    }

    /// The nodes from the root to `end`, with their names.
    fn chain(&self, end: u32) -> Vec<(u32, &[u8])> {
        let mut chain = Vec::new();
        let mut at = end;
        while let Some(node) = self.node(at) {
            chain.push((at, &*node.name));
            at = node.parent;
        }
        chain.reverse();
        chain
    }

    pub(crate) fn node(&self, id: u32) -> Option<&Node> {
        self.nodes.get(id as usize)
    }

    /// One more than the highest path id in use.
    pub(crate) fn path_count(&self) -> usize {
        self.paths.len()
    }

    /// One more than the highest node id in use.
    pub(crate) fn node_count(&self) -> usize {
        self.nodes.len()
    }

    pub(crate) fn slot_count(&self) -> usize {
        self.slots as usize
    }

    /// The child of `parent` called `name`, a name without dots.
    #[inline]
    pub(crate) fn step(&self, parent: u32, name: &[u8]) -> Option<u32> {
        self.step_by_word(parent, name, word_of(name))
    }

    /// [`Trie::step`] for a name whose first bytes are known to be `word`.
    #[inline(always)]
    pub(crate) fn step_by_word(&self, parent: u32, name: &[u8], word: u64) -> Option<u32> {
        let node = self.nodes.get(parent as usize)?;
        if node.children.len() > NARROW {
            return self.step_wide(parent, name);
        }
        let (len, tail) = (name.len(), tail_of(name));
        // Up to sixteen bytes are in the head and the tail.
        let same = |child: &&Child| {
            child.word == word
                && child.tail == tail
                && child.len as usize == len
                && (len <= 16 || self.is_named(child.node, name))
        };
        node.children.iter().find(same).map(|child| child.node)
    }

    fn step_wide(&self, parent: u32, name: &[u8]) -> Option<u32> {
        let edge = |e: &(u32, u32)| e.0 == parent && self.is_named(e.1, name);
        self.edges.find(hash_bytes(parent, name), edge).map(|e| e.1)
    }

    /// The name of the one member that is asked for at a node, when there is only one, nothing is asked for inside of it, and it is
    /// written in one way unless with escapes.
    pub(super) fn only_child(&self, parent: u32) -> Option<&[u8]> {
        let parent = self.node(parent)?;
        let [child] = parent.children.as_slice() else { return None };
        let name = &self.node(child.node)?.name;
        (parent.dotted == NONE && is_plain(name)).then_some(name)
    }

    /// Whether a name with dots and of so many bytes may lead anywhere from here.
    #[inline(always)]
    pub(crate) fn takes_dots(&self, parent: u32, length: usize) -> bool {
        self.node(parent).is_some_and(|node| length >= node.dotted as usize)
    }

    /// The place of a member name which may have dots in it.
    pub(crate) fn step_dotted(&self, parent: u32, name: &[u8]) -> Option<u32> {
        name.split(|b| *b == b'.').try_fold(parent, |at, part| self.step(at, part))
    }

    fn is_named(&self, id: u32, name: &[u8]) -> bool {
        self.node(id).is_some_and(|n| *n.name == *name)
    }

    /// Registers one more use of the pattern path `text` and gives its id.
    pub(crate) fn add_path(&mut self, text: &Arc<str>) -> u32 {
        let mut at = 0;
        for part in text.as_bytes().split(|b| *b == b'.') {
            at = self.step_or_add(at, part);
        }
        let known = self.node(at).map_or(NONE, |n| n.path);
        if let Some(path) = self.paths.get_mut(known as usize) {
            path.uses += 1;
            return known;
        }
        let path = Path { text: text.clone(), node: at, uses: 1 };
        let id = match self.free_paths.pop() {
            Some(id) => {
                if let Some(place) = self.paths.get_mut(id as usize) {
                    *place = path;
                }
                id
            }
            None => {
                self.paths.push(path);
                (self.paths.len() - 1) as u32
            }
        };
        if let Some(node) = self.nodes.get_mut(at as usize) {
            node.path = id;
        }
        self.renew();
        id
    }

    /// The text of a path in use.
    pub(crate) fn path_text(&self, id: u32) -> Option<&str> {
        self.paths.get(id as usize).map(|p| &*p.text)
    }

    /// Gives back one use of a path; the last one frees its id and its nodes.
    pub(crate) fn remove_path(&mut self, id: u32) {
        let Some(path) = self.paths.get_mut(id as usize) else { return };
        path.uses = path.uses.saturating_sub(1);
        if path.uses > 0 {
            return;
        }
        let at = path.node;
        path.text = Arc::from("");
        self.free_paths.push(id);
        if let Some(node) = self.nodes.get_mut(at as usize) {
            node.path = NONE;
        }
        self.prune(at);
        self.renew();
    }

    /// Registers a capture slot at exactly these names (none has a dot) and gives its id; equal names share one.
    pub(crate) fn add_slot(&mut self, names: &[&str]) -> u32 {
        let mut at = 0;
        for name in names {
            at = self.step_or_add(at, name.as_bytes());
        }
        let slot = match self.node(at) {
            Some(node) if node.slot != NONE => return node.slot,
            _ => self.slots,
        };
        self.slots += 1;
        if let Some(node) = self.nodes.get_mut(at as usize) {
            node.slot = slot;
        }
        let mut place = at;
        while let Some(node) = self.nodes.get_mut(place as usize) {
            node.slots_below.push(slot);
            place = node.parent;
        }
        self.renew();
        slot
    }

    fn step_or_add(&mut self, parent: u32, name: &[u8]) -> u32 {
        if let Some(known) = self.step(parent, name) {
            return known;
        }
        let fresh = Node::new(name, parent);
        let id = match self.free_nodes.pop() {
            Some(id) => {
                if let Some(place) = self.nodes.get_mut(id as usize) {
                    *place = fresh;
                }
                id
            }
            None => {
                self.nodes.push(fresh);
                (self.nodes.len() - 1) as u32
            }
        };
        // The parent's name, a dot, and this one.
        let (above, length) = self.node(parent).map_or((NONE, 0), |node| (node.parent, node.name.len()));
        if let Some(node) = self.nodes.get_mut(above as usize) {
            node.dotted = node.dotted.min((length + 1 + name.len()) as u32);
        }
        if let Some(node) = self.nodes.get_mut(parent as usize) {
            node.children.push(Child {
                word: word_of(name),
                tail: tail_of(name),
                len: name.len() as u32,
                node: id,
            });
            node.lengths |= length_bit(name.len());
        }
        let nodes = &self.nodes;
        self.edges.insert_unique(hash_bytes(parent, name), (parent, id), |e| edge_hash(nodes, *e));
        id
    }

    /// Removes `at` and what above it nobody needs any more.
    fn prune(&mut self, mut at: u32) {
        while let Some(node) = self.node(at) {
            let needed = node.path != NONE || !node.slots_below.is_empty() || node.has_children();
            if at == 0 || needed {
                return;
            }
            let parent = node.parent;
            let hash = hash_bytes(parent, &node.name);
            if let Ok(edge) = self.edges.find_entry(hash, |e| e.1 == at) {
                edge.remove();
            }
            if let Some(above) = self.nodes.get_mut(parent as usize) {
                above.children.retain(|c| c.node != at);
                above.lengths = above.children.iter().fold(0, |all, c| all | length_bit(c.len as usize));
            }
            if let Some(node) = self.nodes.get_mut(at as usize) {
                // Nobody's child: a guess must not lead here.
                node.parent = NONE;
            }
            self.free_nodes.push(at);
            at = parent;
        }
    }

    #[cfg(test)]
    pub(crate) fn live_nodes(&self) -> usize {
        self.nodes.len() - self.free_nodes.len()
    }
}

fn edge_hash(nodes: &[Node], (parent, child): (u32, u32)) -> u64 {
    nodes.get(child as usize).map_or(0, |n| hash_bytes(parent, &n.name))
}
