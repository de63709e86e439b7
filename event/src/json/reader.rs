//! What the walk over an event asks of a reader of tokens: one validates all of the text, one trusts it.

use super::cursor::Body;
use super::error::{JsonError, JsonErrorKind};
use super::trie::Node;

/// A position in a JSON text. What can fail gives `None` and leaves the error in the reader: a result then fits into
/// registers, and errors cost nothing until there is one.
pub(crate) trait Reader<'a> {
    /// The whole text.
    fn bytes(&self) -> &'a [u8];

    /// The offset of the byte that [`Reader::peek`] gives.
    fn at(&self) -> usize;

    /// Goes to an offset, never back.
    fn go(&mut self, at: usize);

    /// Goes past one byte.
    #[inline(always)]
    fn step(&mut self) {
        self.go(self.at() + 1);
    }

    /// The byte here; 0, which starts no token, at the end.
    #[inline(always)]
    fn peek(&self) -> u8 {
        self.bytes().get(self.at()).copied().unwrap_or(0)
    }

    /// Stops with the error `kind` here, or that the text ended.
    fn fail<T>(&mut self, kind: JsonErrorKind) -> Option<T>;

    /// What the reading came to.
    ///
    /// # Errors
    /// Where and why it stopped.
    fn result<T>(&self, value: Option<T>) -> Result<T, JsonError>;

    /// Goes past white space.
    #[inline(always)]
    fn space(&mut self) {
        // Mostly there is none, or one.
        loop {
            let byte = self.peek();
            if byte > b' ' || !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return;
            }
            self.step();
        }
    }

    /// The first byte that is not white space, with the reader on it.
    #[inline(always)]
    fn peek_solid(&mut self) -> u8 {
        let byte = self.peek();
        if byte > b' ' {
            return byte;
        }
        self.space();
        self.peek()
    }

    /// Reads a string; the reader stands on its opening quote.
    fn string(&mut self) -> Option<Body>;

    /// Reads a number and gives where it started; the reader stands on `-` or a digit.
    fn number(&mut self) -> Option<usize>;

    /// Reads `true`, `false` or `null` and gives its first letter.
    fn literal(&mut self) -> Option<u8>;

    /// Goes past the comma it stands on, and the space after it.
    #[inline(always)]
    fn comma(&mut self) {
        self.step();
        self.space();
    }

    /// Reads `"name" :` and the space around; the reader then stands on the value.
    #[inline(always)]
    fn name(&mut self) -> Option<Body> {
        if self.peek() != b'"' {
            return self.fail(JsonErrorKind::ExpectedName);
        }
        let name = self.string()?;
        if self.peek_solid() != b':' {
            return self.fail(JsonErrorKind::ExpectedColon);
        }
        self.step();
        self.space();
        Some(name)
    }

    /// Goes past members of an object that lead nowhere from `node`, as many as are easily told; the reader stands on a name
    /// before and after.
    #[inline(always)]
    fn pass(&mut self, _node: &Node) {}

    /// Goes past members of an object that nobody asks for, as many as are easily told; the reader stands on a name before.
    /// Whether it stands after a value then, and not on a name.
    #[inline(always)]
    fn members(&mut self) -> bool {
        false
    }

    /// Goes from the end of the last member of an object in a list to the first name of the next object, when nothing else and
    /// no other space lies between them; whether it did.
    #[inline(always)]
    fn next_row(&mut self) -> bool {
        false
    }

    /// Goes past one value. `depth` containers are open around it.
    fn skip(&mut self, depth: usize) -> Option<()>;

    /// After the root.
    fn end(&mut self) -> Option<()>;
}
