//! Walks a YAML text from value to value and collects the comments between them.

use super::model::Comment;

/// A place in a text.
#[derive(Debug)]
pub(super) struct Cursor<'t> {
    text: &'t str,
    pub(super) at: usize,
    /// Comments that were passed and belong to nothing yet.
    pub(super) pending: Vec<Comment>,
    /// Line ends since the last value, indicator or comment.
    pub(super) newlines: usize,
}

impl<'t> Cursor<'t> {
    pub(super) fn new(text: &'t str) -> Cursor<'t> {
        Cursor { text, at: 0, pending: Vec::new(), newlines: 0 }
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(super) fn at_end(&self) -> bool {
        self.rest().is_empty() || self.rest().starts_with("...")
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// The text from `from` to here.
    pub(super) fn since(&self, from: usize) -> &'t str {
        self.text.get(from..self.at).unwrap_or_default()
    }

    /// The line as far as here.
    fn line(&self) -> &'t str {
        self.since(0).rsplit('\n').next().unwrap_or_default()
    }

    /// Characters before this place on its line.
    pub(super) fn column(&self) -> usize {
        self.line().chars().count()
    }

    /// Whether a sign that means something only before white space stands here.
    pub(super) fn indicator(&self, sign: char) -> bool {
        let after = self.rest().strip_prefix(sign);
        after.is_some_and(|rest| rest.chars().next().is_none_or(char::is_whitespace))
    }

    /// Goes over `text` if it stands here.
    pub(super) fn eat(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        if found {
            self.go(self.at + text.len());
        }
        found
    }

    fn go(&mut self, to: usize) {
        self.at = to.min(self.text.len());
        self.newlines = 0;
    }

    /// Goes over white space and comments, and over commas if `commas`.
    pub(super) fn skip(&mut self, commas: bool) {
        while let Some(next) = self.peek() {
            match next {
                '\n' => {
                    self.newlines += 1;
                    self.at += 1;
                }
                ' ' | '\t' | '\r' | '\u{feff}' => self.at += next.len_utf8(),
                ',' if commas => self.go(self.at + 1),
                '#' if self.line().is_empty() || self.line().ends_with([' ', '\t', ',', '[', '{']) => {
                    let own = self.line().trim().is_empty();
                    let (column, blank) = (self.column(), self.newlines > 1);
                    let text = self.until(|c| c == '\n').trim_end().to_owned();
                    self.pending.push(Comment { text, column, blank, own });
                }
                _ => return,
            }
        }
    }

    /// The text up to a character that ends it.
    pub(super) fn until(&mut self, ends: impl Fn(char) -> bool) -> String {
        let rest = self.rest();
        let length = rest.find(ends).unwrap_or(rest.len());
        self.go(self.at + length);
        rest.get(..length).unwrap_or_default().to_owned()
    }

    /// The text up to `end`, without white space after it.
    pub(super) fn take_to(&mut self, end: usize) -> Option<String> {
        let text = self.text.get(self.at..end)?.trim_end();
        self.go(self.at + text.len());
        Some(text.to_owned())
    }

    /// A text with its quotes.
    pub(super) fn quoted(&mut self) -> Option<String> {
        let rest = self.rest();
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let mut chars = rest.char_indices().skip(1).peekable();
        while let Some((at, c)) = chars.next() {
            match c {
                '\\' if quote == '"' => {
                    chars.next();
                }
                c if c == quote => {
                    // Two single quotes are one in the text.
                    if quote == '\'' && chars.peek().is_some_and(|(_, next)| *next == quote) {
                        chars.next();
                        continue;
                    }
                    self.go(self.at + at + 1);
                    return rest.get(..=at).map(str::to_owned);
                }
                _ => {}
            }
        }
        None
    }

    /// The lines of a block scalar that ends at `end`, without their indentation of `column`. A comment behind its head
    /// is put with the pending ones. Blank lines at its end belong to it only if `keep`.
    pub(super) fn lines(&mut self, end: usize, column: usize, keep: bool) -> Option<Vec<String>> {
        while matches!(self.peek(), Some(' ' | '\t')) {
            self.at += 1;
        }
        if self.peek() == Some('#') {
            self.skip_comment();
        }
        if self.peek() == Some('\n') {
            self.at += 1;
        }
        let content = self.text.get(self.at..end.max(self.at))?;
        // The parser counts the blanks before what follows to it.
        let (full, rest) = content.rsplit_once('\n').unwrap_or((content, ""));
        let content = if rest.trim().is_empty() { full } else { content };
        let cut = |line: &'t str| {
            let blanks = line.bytes().take_while(|b| *b == b' ').count().min(column);
            line.get(blanks..).unwrap_or_default()
        };
        let mut lines: Vec<&str> = content.split('\n').map(cut).collect();
        let mut length = content.len();
        while !keep && lines.last().is_some_and(|line| line.is_empty()) {
            lines.pop();
            length = content.get(..length).and_then(|text| text.rfind('\n')).unwrap_or(0);
        }
        self.go(self.at + length);
        Some(lines.into_iter().map(str::to_owned).collect())
    }

    fn skip_comment(&mut self) {
        let column = self.column();
        let text = self.until(|c| c == '\n').trim_end().to_owned();
        self.pending.push(Comment { text, column, blank: false, own: false });
    }
}
