//! An entry of the chronicle on one line: moment, kind, name, key, id.

use fanin_history::chronicle::{Entry, EntryKind};

use super::explanation::Look;
use super::moment::short_id;

/// Columns that are filled up; longer texts move the rest of their line.
const MOMENT: usize = 13;
const NAME: usize = 20;

/// `02:00:06Z      fired      parts_complete  [job=42]  2dd7..ab  3 events`
pub(crate) fn line(entry: &Entry, look: Look) -> String {
    let paint = look.paint;
    let kind = format!("{:9}", entry.kind.word());
    let kind = match entry.kind {
        EntryKind::Fired => paint.good(&kind),
        EntryKind::Timeout | EntryKind::Dead => paint.bad(&kind),
        EntryKind::Operated => paint.wait(&kind),
        EntryKind::Called | EntryKind::Settled | EntryKind::Activated => paint.faint(&kind),
        EntryKind::Event | EntryKind::Named | EntryKind::Completed => kind,
    };
    let name = if entry.unmatched { "unmatched" } else { &entry.name };
    let name = format!("{name:NAME$}");
    let name = if entry.unmatched { paint.wait(&name) } else { paint.strong(&name) };
    let key: Vec<String> = entry.key.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let key = if key.is_empty() { String::new() } else { format!("[{}]  ", key.join(", ")) };
    let id = match entry.kind {
        EntryKind::Dead => format!("letter {}", entry.id),
        EntryKind::Operated if entry.id.is_empty() => String::new(),
        EntryKind::Activated => format!("version {}", entry.id.get(..8).unwrap_or(&entry.id)),
        _ => short_id(&entry.id),
    };
    let id = if id.is_empty() { id } else { format!("{id}  ") };
    let at = look.clock.moment(entry.at.0);
    format!("{at:MOMENT$}  {kind}  {name}  {key}{id}{}", paint.faint(&entry.note)).trim_end().to_owned()
}
