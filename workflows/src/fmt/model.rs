//! A file as its author wrote it: raw words, comments, blank lines, flow or block.

/// A comment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Comment {
    /// With its `#`, without what follows the last visible character.
    pub(super) text: String,
    /// Where it began on its line, in characters from 0. 0 for one beside a value: no column to keep.
    pub(super) column: usize,
    /// Whether a blank line stands above it.
    pub(super) blank: bool,
    /// Whether it has a line of its own.
    pub(super) own: bool,
}

/// One key with its value, or one entry of a list.
#[derive(Clone, Debug, Default)]
pub(super) struct Entry {
    /// Comments on lines of their own above it.
    pub(super) above: Vec<Comment>,
    /// Whether a blank line stands directly above it.
    pub(super) blank: bool,
    /// The key as written; none in a list.
    pub(super) key: Option<String>,
    /// Whether a `:` follows the key: `{ a }` is short for `{ a: }`.
    pub(super) colon: bool,
    /// Where the value begins on the line of its key, in characters; 0 if it stands elsewhere.
    pub(super) column: usize,
    pub(super) value: Item,
    /// The comment behind it.
    pub(super) beside: Option<Comment>,
}

/// A value.
#[derive(Clone, Debug, Default)]
pub(super) struct Item {
    /// Anchor and tag as written.
    pub(super) props: String,
    pub(super) shape: Shape,
}

/// What a value looks like.
#[derive(Clone, Debug, Default)]
pub(super) enum Shape {
    /// No text at all, which is null.
    #[default]
    Nothing,
    /// A scalar or an alias as written, with its quotes; it may go over several lines.
    Word(String),
    /// A block scalar: `|` or `>` with its signs, and its lines without their common indentation.
    Text { head: String, lines: Vec<String> },
    /// A list or a mapping.
    Group(Group),
}

/// A list or a mapping.
#[derive(Clone, Debug, Default)]
pub(super) struct Group {
    /// A mapping.
    pub(super) keyed: bool,
    /// In brackets; for JSON: on one line.
    pub(super) flow: bool,
    /// The comment behind what opens it.
    pub(super) head: Option<Comment>,
    pub(super) entries: Vec<Entry>,
    /// Comments after the last entry that are indented like it.
    pub(super) after: Vec<Comment>,
}

/// A file.
#[derive(Clone, Debug, Default)]
pub(super) struct Document {
    /// Directives (`%YAML 1.2`).
    pub(super) directives: Vec<String>,
    /// Comments before `---`, where that is written.
    pub(super) preamble: Vec<Comment>,
    /// Whether `---` is written.
    pub(super) marked: bool,
    /// Comments that stay at the top whatever is sorted below.
    pub(super) header: Vec<Comment>,
    pub(super) root: Item,
    /// Comments at the end that belong to nothing.
    pub(super) after: Vec<Comment>,
    /// Whether a value is repeated by an alias: then its place in the order counts.
    pub(super) aliases: bool,
}

impl Item {
    /// A scalar's text as written.
    pub(super) fn word(text: &str) -> Item {
        Item { props: String::new(), shape: Shape::Word(text.to_owned()) }
    }

    pub(super) fn group(&self) -> Option<&Group> {
        match &self.shape {
            Shape::Group(group) => Some(group),
            _ => None,
        }
    }

    pub(super) fn group_mut(&mut self) -> Option<&mut Group> {
        match &mut self.shape {
            Shape::Group(group) => Some(group),
            _ => None,
        }
    }

    /// Every comment in it.
    fn comments(&self, to: &mut Vec<String>) {
        let Some(group) = self.group() else { return };
        let mut take = |comment: &Comment| to.push(comment.text.clone());
        group.head.iter().chain(&group.after).for_each(&mut take);
        for entry in &group.entries {
            entry.above.iter().chain(&entry.beside).for_each(|c| to.push(c.text.clone()));
            entry.value.comments(to);
        }
    }
}

impl Group {
    /// Whether a comment stands anywhere inside.
    pub(super) fn commented(&self) -> bool {
        let inside = |entry: &Entry| {
            !entry.above.is_empty()
                || entry.beside.is_some()
                || entry.value.group().is_some_and(Group::commented)
        };
        self.head.is_some() || !self.after.is_empty() || self.entries.iter().any(inside)
    }

    /// The value of a key.
    pub(super) fn get_mut(&mut self, key: &str) -> Option<&mut Item> {
        self.entries.iter_mut().find(|e| e.name() == Some(key)).map(|e| &mut e.value)
    }
}

impl Entry {
    /// The key without its quotes.
    pub(super) fn name(&self) -> Option<&str> {
        let key = self.key.as_deref()?;
        let bare = |quote: char| key.strip_prefix(quote).and_then(|k| k.strip_suffix(quote));
        Some(bare('"').or_else(|| bare('\'')).unwrap_or(key))
    }

    /// Puts a comment behind it; where there is one, the older one goes above.
    pub(super) fn put_beside(&mut self, comment: Comment) {
        self.above.extend(self.beside.take());
        self.beside = Some(comment);
    }
}

impl Document {
    /// The texts of all comments, sorted.
    pub(super) fn comments(&self) -> Vec<String> {
        let outer = self.preamble.iter().chain(&self.header).chain(&self.after);
        let mut all: Vec<String> = outer.map(|c| c.text.clone()).collect();
        self.root.comments(&mut all);
        all.sort();
        all
    }
}
