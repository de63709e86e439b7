//! A JSON text as a tree which keeps what patterns and captures need and general parsers drop: where each value
//! stands, members in order with their repetitions, and how numbers were spelt.

use super::cursor::Cursor;
use super::error::JsonError;
use super::reader::Reader;
use super::scan::validate;
use super::unescape::unescape;

/// One value and the byte where it starts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Json {
    pub(crate) at: usize,
    pub(crate) node: Node,
}

#[derive(Clone, Debug, Default)]
pub(crate) enum Node {
    #[default]
    Null,
    Bool(bool),
    /// The number as it is written.
    Number(String),
    Text(Text),
    Array(Vec<Json>),
    Object(Vec<Member>),
}

/// A string; `broken` when it has a lone surrogate (shown as U+FFFD), so that it is no Unicode text.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Text {
    pub(crate) text: String,
    pub(crate) broken: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) at: usize,
    pub(crate) name: Text,
    pub(crate) value: Json,
}

impl Json {
    /// Reads a whole text.
    pub(crate) fn parse(text: &str) -> Result<Json, JsonError> {
        validate(text)?;
        let mut builder = Builder { cursor: Cursor::new(text), text };
        builder.cursor.space();
        let tree = builder.value();
        builder.cursor.result(tree)
    }
}

/// Builds the tree of a text that was validated, depth included; its recursion is bounded by that.
struct Builder<'a> {
    cursor: Cursor<'a>,
    text: &'a str,
}

impl Builder<'_> {
    fn value(&mut self) -> Option<Json> {
        let at = self.cursor.at();
        let node = match self.cursor.peek() {
            b'{' => self.object()?,
            b'[' => self.array()?,
            b'"' => Node::Text(self.string()?),
            b'-' | b'0'..=b'9' => {
                let start = self.cursor.number()?;
                Node::Number(self.text.get(start..self.cursor.at()).unwrap_or_default().to_owned())
            }
            _ => match self.cursor.literal()? {
                b't' => Node::Bool(true),
                b'f' => Node::Bool(false),
                _ => Node::Null,
            },
        };
        self.cursor.space();
        Some(Json { at, node })
    }

    fn string(&mut self) -> Option<Text> {
        let body = self.cursor.string()?;
        let raw = self.text.get(body.start as usize..body.end as usize).unwrap_or_default();
        if !body.escaped {
            return Some(Text { text: raw.to_owned(), broken: false });
        }
        let mut bytes = Vec::with_capacity(raw.len());
        unescape(raw.as_bytes(), &mut bytes);
        Some(match String::from_utf8(bytes) {
            Ok(text) => Text { text, broken: false },
            Err(e) => Text { text: String::from_utf8_lossy(e.as_bytes()).into_owned(), broken: true },
        })
    }

    fn object(&mut self) -> Option<Node> {
        let mut members = Vec::new();
        self.open();
        while self.cursor.peek() != b'}' {
            let at = self.cursor.at();
            let name = self.string()?;
            self.cursor.space();
            self.open();
            let value = self.value()?;
            members.push(Member { at, name, value });
            self.comma();
        }
        self.cursor.step();
        Some(Node::Object(members))
    }

    fn array(&mut self) -> Option<Node> {
        let mut elements = Vec::new();
        self.open();
        while self.cursor.peek() != b']' {
            elements.push(self.value()?);
            self.comma();
        }
        self.cursor.step();
        Some(Node::Array(elements))
    }

    /// Past one byte of punctuation and the space after it.
    fn open(&mut self) {
        self.cursor.step();
        self.cursor.space();
    }

    fn comma(&mut self) {
        if self.cursor.peek() == b',' {
            self.open();
        }
    }
}
