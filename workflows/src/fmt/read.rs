//! YAML text to a [`Document`]: the parser's events say what is there, the text itself says how it is written.

use saphyr_parser::{Event, Parser, ScalarStyle};

use super::cursor::Cursor;
use super::model::{Comment, Document, Entry, Group, Item, Shape};

/// A list or mapping that is not closed yet.
#[derive(Debug, Default)]
struct Open {
    group: Group,
    props: String,
    /// `a: b` in brackets, without braces of its own.
    pair: bool,
    /// Where its entries begin on their lines.
    column: usize,
    /// The entry whose value is to come.
    entry: Option<Entry>,
}

struct Reader<'t> {
    cursor: Cursor<'t>,
    open: Vec<Open>,
    document: Document,
    /// Comments of an empty list or mapping, which has no place for them.
    homeless: Vec<Comment>,
}

/// What the parser says about the place of an event: bytes, and the column of the first.
#[derive(Clone, Copy)]
struct Span {
    start: usize,
    end: usize,
    column: usize,
}

/// The anchor and tag of an event: how many words stand before the value.
type Props = usize;

/// Reads a text which the tree's reader has accepted. Nothing: it is written in a way that is not known here.
pub(super) fn read(text: &str) -> Option<Document> {
    let mut reader = Reader {
        cursor: Cursor::new(text),
        open: Vec::new(),
        document: Document::default(),
        homeless: Vec::new(),
    };
    let offsets: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.ok()?;
        let byte = |index: usize| offsets.get(index).copied().unwrap_or(text.len());
        let place =
            Span { start: byte(span.start.index()), end: byte(span.end.index()), column: span.start.col() };
        reader.event(&event, place)?;
    }
    reader.document.after.append(&mut reader.cursor.pending);
    reader.document.after.append(&mut reader.homeless);
    reader.cursor.at_end().then_some(reader.document)
}

impl Reader<'_> {
    fn event(&mut self, event: &Event<'_>, span: Span) -> Option<()> {
        match event {
            Event::Nothing | Event::StreamStart => {}
            Event::DocumentStart(marked) => self.document_start(*marked)?,
            Event::DocumentEnd | Event::StreamEnd => {
                self.cursor.skip(false);
                self.cursor.eat("...");
                self.cursor.skip(false);
            }
            Event::Alias(_) => {
                self.begin(true)?;
                self.settle_comments();
                self.document.aliases = true;
                let word = self.cursor.until(|c| c.is_whitespace() || ",[]{}".contains(c));
                self.put(Item::word(&word))?;
            }
            Event::Scalar(text, style, anchor, tag) => {
                let props = usize::from(*anchor != 0) + usize::from(tag.is_some());
                self.scalar((text, *style), props, span)?;
            }
            Event::SequenceStart(anchor, tag) => {
                self.start(false, usize::from(*anchor != 0) + usize::from(tag.is_some()))?;
            }
            Event::MappingStart(anchor, tag) => {
                self.start(true, usize::from(*anchor != 0) + usize::from(tag.is_some()))?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.end()?,
        }
        Some(())
    }

    fn document_start(&mut self, marked: bool) -> Option<()> {
        self.cursor.skip(false);
        while self.cursor.peek() == Some('%') {
            self.document.directives.push(self.cursor.until(|c| c == '\n').trim_end().to_owned());
            self.cursor.skip(false);
        }
        if marked {
            self.document.preamble.append(&mut self.cursor.pending);
            self.document.marked = true;
            return self.cursor.eat("---").then_some(());
        }
        Some(())
    }

    /// Goes to where a value stands; `text` is false for a value without any.
    fn begin(&mut self, text: bool) -> Option<()> {
        let Some(open) = self.open.last_mut() else {
            self.cursor.skip(false);
            return Some(());
        };
        let flow = open.group.flow;
        if !open.group.keyed {
            self.cursor.skip(flow);
            start_entry(open, &mut self.cursor);
            if !flow && !self.cursor.eat("-") {
                return None;
            }
        } else if let Some(entry) = &mut open.entry {
            self.cursor.skip(false);
            entry.colon = self.cursor.eat(":");
            let from = self.cursor.at;
            if text {
                self.cursor.skip(false);
                if self.cursor.since(from).bytes().all(|b| b == b' ') {
                    entry.column = self.cursor.column();
                }
            }
            return Some(());
        } else {
            self.cursor.skip(flow && !open.pair);
            start_entry(open, &mut self.cursor);
            if self.cursor.indicator('?') {
                self.cursor.eat("?");
            }
        }
        if text {
            self.cursor.skip(false);
        }
        Some(())
    }

    /// Comments between a key and a value that has no room for them go above the key.
    fn settle_comments(&mut self) {
        if let Some(entry) = self.open.last_mut().and_then(|open| open.entry.as_mut()) {
            entry.above.append(&mut self.cursor.pending);
        }
    }

    fn props(&mut self, count: Props, text: bool) -> Option<String> {
        let mut words = Vec::new();
        while words.len() < count {
            if !matches!(self.cursor.peek(), Some('&' | '!')) {
                return None;
            }
            words.push(self.cursor.until(|c| c.is_whitespace() || ",[]{}".contains(c)));
            if text || words.len() < count {
                self.cursor.skip(false);
            }
        }
        Some(words.join(" "))
    }

    fn scalar(&mut self, (text, style): (&str, ScalarStyle), props_count: Props, span: Span) -> Option<()> {
        let something = !text.is_empty() || style != ScalarStyle::Plain;
        self.begin(something || props_count > 0)?;
        if something || props_count > 0 {
            self.settle_comments();
        }
        let props = self.props(props_count, something)?;
        let shape = match style {
            ScalarStyle::Plain if !something => Shape::Nothing,
            // Where the parser sees something else than the cursor, nothing is sure.
            ScalarStyle::Plain if props_count == 0 && self.cursor.at != span.start => return None,
            ScalarStyle::Plain => Shape::Word(self.cursor.take_to(span.end)?),
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Shape::Word(self.cursor.quoted()?),
            ScalarStyle::Literal | ScalarStyle::Folded => {
                let head = self.cursor.until(char::is_whitespace);
                let lines = self.cursor.lines(span.end, span.column, head.contains('+'))?;
                if let Some(entry) = self.open.last_mut().and_then(|open| open.entry.as_mut()) {
                    entry.beside = self.cursor.pending.pop();
                }
                Shape::Text { head, lines }
            }
        };
        self.put(Item { props, shape })
    }

    fn start(&mut self, keyed: bool, props: Props) -> Option<()> {
        self.begin(true)?;
        let props = self.props(props, true)?;
        let within_flow = self.open.last().is_some_and(|open| open.group.flow);
        let flow = self.cursor.peek() == Some(if keyed { '{' } else { '[' });
        let pair = within_flow && !flow;
        if flow {
            self.settle_comments();
            self.cursor.eat(if keyed { "{" } else { "[" });
        }
        let group = Group { keyed, flow: flow || pair, ..Group::default() };
        let column = self.cursor.column();
        self.open.push(Open { group, props, pair, column, entry: None });
        Some(())
    }

    fn end(&mut self) -> Option<()> {
        let mut open = self.open.pop()?;
        if open.pair {
            return self.put(Item { props: open.props, shape: Shape::Group(open.group) });
        }
        self.cursor.skip(open.group.flow);
        take_beside(&mut open.group, &mut self.cursor);
        if open.group.flow {
            open.group.after.append(&mut self.cursor.pending);
            if !self.cursor.eat(if open.group.keyed { "}" } else { "]" }) {
                return None;
            }
            if open.group.entries.is_empty() {
                self.homeless.extend(open.group.head.take());
                self.homeless.append(&mut open.group.after);
            }
        } else {
            let count = self.comments_inside(open.column);
            open.group.after.extend(self.cursor.pending.drain(..count));
        }
        self.put(Item { props: open.props, shape: Shape::Group(open.group) })
    }

    /// How many of the comments here still belong to a block whose entries begin at `column`: those that are indented like
    /// it, deeper than what follows. A paragraph directly above the next entry of a list is about that entry.
    fn comments_inside(&self, column: usize) -> usize {
        let pending = &self.cursor.pending;
        let next = if self.cursor.at_end() { None } else { Some(self.cursor.column()) };
        let inside = |c: &Comment| c.column >= column && next.is_none_or(|next| c.column > next);
        let count = pending.iter().take_while(|c| inside(c)).count();
        let list = self.open.last().filter(|open| !open.group.keyed && Some(open.column) == next);
        match pending.iter().rposition(|c| c.blank) {
            Some(paragraph) if list.is_some() && self.cursor.newlines < 2 => count.min(paragraph),
            _ => count,
        }
    }

    /// Hands a finished value to what it stands in.
    fn put(&mut self, item: Item) -> Option<()> {
        let Some(open) = self.open.last_mut() else {
            self.document.root = item;
            return Some(());
        };
        let mut entry = open.entry.take()?;
        entry.above.append(&mut self.homeless);
        if open.group.keyed && entry.key.is_none() {
            let Shape::Word(word) = item.shape else { return None };
            entry.key = Some(if item.props.is_empty() { word } else { format!("{} {word}", item.props) });
            open.entry = Some(entry);
        } else {
            entry.value = item;
            open.group.entries.push(entry);
        }
        Some(())
    }
}

/// The comment behind the last entry, or behind what opens the group.
fn take_beside(group: &mut Group, cursor: &mut Cursor<'_>) {
    if cursor.pending.first().is_none_or(|comment| comment.own) {
        return;
    }
    let comment = cursor.pending.remove(0);
    match group.entries.last_mut() {
        Some(entry) => entry.put_beside(comment),
        None => group.head = Some(comment),
    }
}

/// Begins an entry with the comments above it.
fn start_entry(open: &mut Open, cursor: &mut Cursor<'_>) {
    take_beside(&mut open.group, cursor);
    let above = std::mem::take(&mut cursor.pending);
    open.entry = Some(Entry { above, blank: cursor.newlines > 1, ..Entry::default() });
}
