//! Shows a diagnostic with the line itself.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Element, Level, Renderer, Snippet};

use crate::diagnostic::{Diagnostic, Severity};

/// How it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Text only.
    Plain,
    /// With colours, for a terminal.
    Coloured,
}

/// The lines that show a diagnostic: what, where, the line itself, what to write instead. `text` is the file's.
#[must_use]
pub fn render(diagnostic: &Diagnostic, text: &str, style: Style) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let bytes = shown(text, &diagnostic.span.bytes);
    let snippet =
        Snippet::source(text).path(&*diagnostic.file).annotation(AnnotationKind::Primary.span(bytes));
    let help = diagnostic.help.iter().map(|help| Level::HELP.message(help.as_str()));
    let notes = diagnostic.notes.iter().map(|note| Level::NOTE.message(note.as_str()));
    let reason = diagnostic.silenced.iter().map(|reason| Level::NOTE.message(format!("allowed: {reason}")));
    let messages = help.chain(notes).chain(reason).map(Element::from);
    let group = level
        .primary_title(diagnostic.message.as_str())
        .id(diagnostic.code)
        .element(snippet)
        .elements(messages);
    let renderer = match style {
        Style::Plain => Renderer::plain(),
        Style::Coloured => Renderer::styled().decor_style(DecorStyle::Unicode),
    };
    renderer.render(&[group])
}

/// The first line of a place: a whole mapping underlined says less than its beginning.
fn shown(text: &str, bytes: &std::ops::Range<usize>) -> std::ops::Range<usize> {
    let start = bytes.start.min(text.len());
    let end = bytes.end.clamp(start, text.len());
    let Some(slice) = text.get(start..end) else { return 0..0 };
    let line = slice.split('\n').next().unwrap_or_default();
    start..start + line.trim_end().len()
}
