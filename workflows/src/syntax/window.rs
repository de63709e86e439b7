//! Windows over time of a `count`: `sliding: 10m`, `tumbling: 1h`.

use fanin_condition::Window;

use crate::codes;
use crate::limits::MAX_DURATION;
use crate::read::{Fields, positive_duration};
use crate::report::{Mistake, Report};
use crate::tree::Value;

/// A window.
pub(crate) type WindowDraft = Window;

/// The window of a condition, if it has one, and what does not go with it.
pub(super) fn read(
    what: &str,
    fields: &Fields<'_>,
    captured: bool,
    report: &mut Report<'_>,
) -> Option<WindowDraft> {
    let windows = fields.present(&["sliding", "tumbling"]);
    let entry = *windows.first()?;
    if let [_, second, ..] = windows.as_slice() {
        let mistake =
            Mistake::new(codes::CONFLICT, second.place, "a window is either `sliding` or `tumbling`");
        report.add(mistake.help("keep one of them, or make two conditions"));
    }
    let key = &entry.key;
    if let Some(within) = fields.entry("within") {
        let mistake =
            Mistake::new(codes::CONFLICT, within.place, format!("`within` does not go with `{key}`"));
        report.add(mistake.help("the window says how long; leave `within` out"));
    }
    let every = fields.get("fire").is_some_and(|n| matches!(&n.value, Value::Text(word) if word == "every"));
    if !every {
        let place = fields.entry("fire").map_or(entry.place, |fire| fire.value.place);
        let mistake =
            Mistake::new(codes::BAD_WINDOW, place, format!("a `{key}` window fires again and again"));
        report.add(mistake.help("add `fire: every`; for one firing use `within` in place of the window"));
    }
    if captured {
        let place = fields.get("reach").map_or(entry.place, |n| n.place);
        let mistake = Mistake::new(
            codes::BAD_WINDOW,
            place,
            format!("a `{key}` window needs a number to reach, not a capture"),
        );
        report.add(mistake.help("write the number: `reach: 100`"));
    }
    let span = positive_duration(&entry.value, &format!("`{key}` of {what}"), MAX_DURATION, report)?;
    Some(if key == "sliding" { Window::Sliding(span.value) } else { Window::Tumbling(span.value) })
}
