//! YAML text to a tree, from the parser's events. Aliases are expanded, within the budget.

use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, Tag};

use super::scalar::plain;
use super::{Budget, Entry, Node, Place, Value};
use crate::codes;
use crate::report::Mistake;

/// Reads one document.
pub(super) fn read(text: &str) -> Result<Node, Box<Mistake>> {
    let mut builder = Builder {
        offsets: Offsets::of(text),
        text,
        open: Vec::new(),
        anchors: BTreeMap::new(),
        budget: Budget::default(),
        root: None,
        documents: 0,
    };
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| Box::new(builder.syntax(&error)))?;
        builder.event(event, span).map_err(Box::new)?;
    }
    let place = Place { start: 0, end: 0 };
    Ok(builder.root.unwrap_or(Node { value: Value::Null, place }))
}

/// Byte offsets of characters; an ASCII text needs no table.
struct Offsets(Option<Vec<usize>>);

impl Offsets {
    fn of(text: &str) -> Offsets {
        Offsets((!text.is_ascii()).then(|| text.char_indices().map(|(at, _)| at).collect()))
    }

    fn byte(&self, index: usize, text: &str) -> usize {
        match &self.0 {
            None => index.min(text.len()),
            Some(table) => table.get(index).copied().unwrap_or(text.len()),
        }
    }
}

/// A list or mapping that is not closed yet.
struct Open {
    node: Node,
    key: Option<(String, Place)>,
    anchor: usize,
    size: usize,
}

struct Builder<'t> {
    offsets: Offsets,
    text: &'t str,
    open: Vec<Open>,
    /// Finished anchored values and how many values each is.
    anchors: BTreeMap<usize, (Node, usize)>,
    budget: Budget,
    root: Option<Node>,
    documents: usize,
}

impl Builder<'_> {
    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), Mistake> {
        let place = self.place(span);
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    let mistake = Mistake::new(codes::UNSUPPORTED, place, "a second document in one file");
                    return Err(mistake.help("write one workflow a file, without `---` between"));
                }
                Ok(())
            }
            Event::Scalar(text, style, anchor, tag) => {
                let value = scalar(text.into_owned(), style, tag.as_deref(), place)?;
                self.budget.take(1, place)?;
                self.finish(Node { value, place }, anchor, 1)
            }
            Event::SequenceStart(anchor, tag) => {
                self.start(Value::List(Vec::new()), place, (anchor, tag.as_deref()))
            }
            Event::MappingStart(anchor, tag) => {
                self.start(Value::Map(Vec::new()), place, (anchor, tag.as_deref()))
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(place),
            Event::Alias(anchor) => self.alias(anchor, place),
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
        }
    }

    fn start(
        &mut self,
        value: Value,
        place: Place,
        (anchor, tag): (usize, Option<&Tag>),
    ) -> Result<(), Mistake> {
        if let Some(tag) = tag.filter(|tag| !tag.is_yaml_core_schema()) {
            return Err(unknown_tag(tag, place));
        }
        if let Some(Open { node: Node { value: Value::Map(_), .. }, key: None, .. }) = self.open.last() {
            let mistake = Mistake::new(codes::UNSUPPORTED, place, "a list or mapping as a key");
            return Err(mistake.help("a key is a text; put templates with braces into quotes: \"{name}\""));
        }
        Budget::depth(self.open.len() + 1, place)?;
        self.budget.take(1, place)?;
        self.open.push(Open { node: Node { value, place }, key: None, anchor, size: 1 });
        Ok(())
    }

    fn end(&mut self, place: Place) -> Result<(), Mistake> {
        let Some(Open { mut node, anchor, size, .. }) = self.open.pop() else { return Ok(()) };
        let last = match &node.value {
            Value::List(nodes) => nodes.last().map(|n| n.place.end),
            Value::Map(entries) => entries.last().map(|e| e.value.place.end),
            _ => None,
        };
        // A block has no closing mark: it ends where its last value does. Its first key is its beginning.
        // The parser counts a comment after a closing bracket to it.
        let closed = self.text.get(place.start..place.end).is_some_and(|t| t.starts_with([']', '}']));
        node.place.end = if closed { place.start + 1 } else { last.unwrap_or(place.start) };
        if let Value::Map(entries) = &node.value
            && let Some(first) = entries.first()
            && !closed
        {
            node.place.start = first.place.start;
        }
        node.place.end = node.place.end.max(node.place.start);
        self.finish(node, anchor, size)
    }

    fn alias(&mut self, anchor: usize, place: Place) -> Result<(), Mistake> {
        let Some((node, size)) = self.anchors.get(&anchor) else {
            let mistake = Mistake::new(codes::UNSUPPORTED, place, "an alias inside the value it stands for");
            return Err(mistake.help("write the value out"));
        };
        self.budget.take(*size, place)?;
        Budget::depth(self.open.len() + height(node), place)?;
        let (node, size) = (node.clone(), *size);
        self.finish(node, 0, size)
    }

    /// Hands a finished value to what it stands in.
    fn finish(&mut self, node: Node, anchor: usize, size: usize) -> Result<(), Mistake> {
        if anchor != 0 {
            // The copy that is kept counts like one that is used.
            self.budget.take(size, node.place)?;
            self.anchors.insert(anchor, (node.clone(), size));
        }
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        open.size += size;
        match (&mut open.node.value, open.key.take()) {
            (Value::List(nodes), _) => nodes.push(node),
            (Value::Map(entries), Some((key, place))) => entries.push(Entry { key, place, value: node }),
            (_, _) => open.key = Some((key_text(&node, self.text)?, node.place)),
        }
        Ok(())
    }

    fn place(&self, span: Span) -> Place {
        let start = self.offsets.byte(span.start.index(), self.text);
        let end = self.offsets.byte(span.end.index(), self.text).max(start);
        // The parser counts the white space and line ends after some scalars to them.
        let slice = self.text.get(start..end).unwrap_or_default();
        Place { start, end: start + quoted(slice).unwrap_or_else(|| slice.trim_end()).len() }
    }

    fn syntax(&self, error: &ScanError) -> Mistake {
        let start = self.offsets.byte(error.marker().index(), self.text);
        let width = self.text.get(start..).and_then(|t| t.chars().next()).map_or(0, char::len_utf8);
        let before = self.text.get(..start).unwrap_or_default();
        let (what, help) = plainly(error.info(), before, self.text);
        let message = format!("this is not YAML: {what}");
        Mistake::new(codes::SYNTAX, Place { start, end: start + width }, message).help(help)
    }
}

/// A text in quotes up to its closing one: the parser counts a comment after it to it.
fn quoted(slice: &str) -> Option<&str> {
    let quote = slice.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let mut rest = slice.char_indices().skip(1).peekable();
    while let Some((at, c)) = rest.next() {
        let doubled = quote == '\'' && rest.peek().is_some_and(|(_, next)| *next == quote);
        if (c == '\\' && quote == '"') || (c == quote && doubled) {
            rest.next();
        } else if c == quote {
            return slice.get(..=at);
        }
    }
    None
}

/// What the parser says, in words for people, and what to do.
fn plainly<'e>(info: &'e str, before: &str, text: &str) -> (&'e str, &'static str) {
    let line = before.rsplit('\n').next().unwrap_or_default();
    let has = |part: &str| info.contains(part);
    // `s3: bucket/{job}` in braces: the brace of the template ends the text.
    let unquoted = line.trim_end().ends_with(|c: char| !",:[{".contains(c))
        && text.get(before.len()..).is_some_and(|t| t.starts_with('{'));
    if text.contains('\0') {
        (
            "the file holds a NUL character",
            "it is no text file, or was written in another encoding; save it as UTF-8",
        )
    } else if line.contains('\t') || has("tabs disallowed") {
        ("a tab is used for indentation", "indent with spaces; YAML does not allow tabs")
    } else if unquoted && has("did not find expected") {
        ("a text with braces stands here without quotes", "put the whole text into quotes: \"bucket/{job}\"")
    } else if has("expected ',' or '}'") {
        (
            "a mapping in braces is not closed, or something stands in it that is no `key: value`",
            "close it with `}`; separate its entries with commas, and put texts with `: `, braces or commas into quotes",
        )
    } else if has("expected ',' or ']'") {
        ("a list in brackets is not closed", "close it with `]`, and separate its entries with commas")
    } else if has("mapping values are not allowed") {
        (
            "a `key:` cannot stand here",
            "indent it like the key above it, and put texts with `: ` in them into quotes",
        )
    } else if has("did not find expected key") {
        (
            "this line fits neither the one above nor the block around it",
            "indent it like its neighbours; a text that begins with a brace or a quote ends with it, so quote the whole of it",
        )
    } else if has("simple key expect") {
        (
            "a line above is no `key: value`",
            "put a blank behind the colon: `name: shop`, and see that each key has one",
        )
    } else if has("trailing content after") || has("unexpected end of stream") {
        (
            "a quote is not closed, here or on a line above",
            "close it; a quote inside of a quoted text is written \\\" in double quotes and '' in single ones",
        )
    } else if has("unknown anchor") {
        ("`*` begins an alias, and there is no anchor of this name", "put the text into quotes: \"*.csv\"")
    } else if has("unexpected character") {
        ("a text cannot begin with this character", "put the text into quotes")
    } else {
        (info, "check the indentation, and put texts with `:`, `{`, `[`, `#`, `*` or `&` in them into quotes")
    }
}

fn height(node: &Node) -> usize {
    match &node.value {
        Value::List(nodes) => 1 + nodes.iter().map(height).max().unwrap_or(0),
        Value::Map(entries) => 1 + entries.iter().map(|e| height(&e.value)).max().unwrap_or(0),
        _ => 0,
    }
}

fn scalar(text: String, style: ScalarStyle, tag: Option<&Tag>, place: Place) -> Result<Value, Mistake> {
    match tag {
        Some(tag) if !tag.is_yaml_core_schema() => Err(unknown_tag(tag, place)),
        Some(tag) if tag.suffix == "str" => Ok(Value::Text(text)),
        _ if style == ScalarStyle::Plain => Ok(plain(&text)),
        _ => Ok(Value::Text(text)),
    }
}

/// The text of a key. A number or a word such as `null` is the text it is written with.
fn key_text(node: &Node, text: &str) -> Result<String, Mistake> {
    match &node.value {
        Value::Text(key) => Ok(key.clone()),
        Value::Null | Value::Bool(_) | Value::Number(_) => {
            Ok(text.get(node.place.start..node.place.end).unwrap_or_default().to_owned())
        }
        Value::List(_) | Value::Map(_) => {
            Err(Mistake::new(codes::UNSUPPORTED, node.place, "an alias of a list or mapping as a key")
                .help("a key is a text"))
        }
    }
}

fn unknown_tag(tag: &Tag, place: Place) -> Mistake {
    let message = format!("the tag `{}{}` means nothing here", tag.handle, tag.suffix);
    Mistake::new(codes::UNSUPPORTED, place, message).help("leave it out; a text is put into quotes")
}
