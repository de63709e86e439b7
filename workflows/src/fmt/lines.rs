//! The lines of the outcome, and where the comments beside them go.

use super::model::Comment;

/// Blanks between a value and the comment beside it, at least.
const GAP: usize = 2;

/// One line.
#[derive(Debug, Default)]
struct Line {
    text: String,
    beside: Option<Comment>,
    /// A line of a text whose blank lines at the end count: none may be put behind it or taken away.
    kept: bool,
}

/// Lines that are being written.
#[derive(Debug, Default)]
pub(super) struct Lines {
    lines: Vec<Line>,
}

impl Lines {
    pub(super) fn push(&mut self, text: String, beside: Option<Comment>) {
        self.lines.push(Line { text, beside, kept: false });
    }

    /// A line of a text that keeps its blank lines.
    pub(super) fn kept(&mut self, text: String) {
        self.lines.push(Line { text, beside: None, kept: true });
    }

    /// A blank line, unless there is one or nothing stands above.
    pub(super) fn blank(&mut self) {
        if self.lines.last().is_some_and(|line| !line.text.is_empty() && !line.kept) {
            self.lines.push(Line::default());
        }
    }

    /// Comments on lines of their own.
    pub(super) fn comments(&mut self, comments: &[Comment], indent: usize) {
        for comment in comments {
            if comment.blank {
                self.blank();
            }
            self.push(format!("{:indent$}{}", "", comment.text), None);
        }
    }

    /// The number of lines so far.
    pub(super) fn count(&self) -> usize {
        self.lines.len()
    }

    /// Writes `mark` over the blanks at `indent` of a line.
    pub(super) fn mark(&mut self, line: usize, indent: usize, mark: &str) {
        if let Some(line) = self.lines.get_mut(line) {
            let rest = line.text.get(indent + mark.len()..).unwrap_or_default();
            line.text = format!("{:indent$}{mark}{rest}", "");
        }
    }

    /// The text. A comment keeps its column where its value ends before it; neighbours in one column stay together.
    pub(super) fn finish(self) -> String {
        let mut out = String::new();
        let kept = self.lines.last().is_some_and(|line| line.kept);
        let mut lines = self.lines.into_iter().peekable();
        while let Some(line) = lines.next() {
            let column = |line: &Line| line.beside.as_ref().map(|c| c.column);
            let Some(wanted) = column(&line) else {
                write(&line, 0, &mut out);
                continue;
            };
            let mut together = vec![line];
            while let Some(next) = lines.next_if(|next| wanted > 0 && column(next) == Some(wanted)) {
                together.push(next);
            }
            let width = together.iter().map(|l| l.text.chars().count() + GAP).max().unwrap_or(0);
            for line in &together {
                write(line, wanted.max(width), &mut out);
            }
        }
        while !kept && out.ends_with("\n\n") {
            out.pop();
        }
        out
    }
}

fn write(line: &Line, column: usize, to: &mut String) {
    to.push_str(&line.text);
    if let Some(comment) = &line.beside {
        let missing = column.saturating_sub(line.text.chars().count()).max(GAP);
        to.push_str(&" ".repeat(missing));
        to.push_str(&comment.text);
    }
    to.push('\n');
}
