//! `--watch`: looks again every second. On a terminal the table is drawn anew, else each change is a line.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::time::Duration;

use fanin_runtime::documents::InstanceRow;

use super::ask::{Listed, State, key_text, list};
use super::{List, look, show, table};
use crate::args::{Global, Output};
use crate::console::{Exit, data, say};
use crate::source::Source;
use crate::verbs::explain::not_there;

/// Between two looks.
const EVERY: Duration = Duration::from_secs(1);
/// Clears the screen and goes to its first place.
const CLEAR: &str = "\u{1b}[2J\u{1b}[H";

/// The instances by condition and key, as they stood.
type Known = BTreeMap<(String, String), InstanceRow>;

pub(super) fn watch(global: &Global, args: &List) -> anyhow::Result<Exit> {
    let screen = global.output == Output::Text && std::io::stdout().is_terminal();
    let mut known: Option<Known> = None;
    let mut silent = false;
    loop {
        // Found anew each time: a host may have begun, or have ended.
        match Source::find(&args.at).and_then(|source| list(&source, args)) {
            Ok(State::NotThere(missing)) => return not_there(global, look(global), &missing, 0),
            Ok(State::Listed(listed)) => {
                silent = false;
                if screen {
                    data(&format!("{CLEAR}{}", look(global).paint.faint(&format!("at {}", listed.now))));
                    show(global, &listed)?;
                } else {
                    known = Some(changes(global, listed, known)?);
                }
            }
            // The first look has to work; later a host may be starting again.
            Err(error) if known.is_none() && !screen => return Err(error),
            Err(error) if !silent => {
                say(&format!("{error:#}"));
                silent = true;
            }
            Err(_) => {}
        }
        std::thread::sleep(EVERY);
    }
}

/// A line for each instance that is new, changed or gone; the first time for each there is.
fn changes(global: &Global, listed: Listed, before: Option<Known>) -> anyhow::Result<Known> {
    let mut before = before.unwrap_or_default();
    let mut known = Known::new();
    for row in listed.instances {
        let key = (row.condition.clone(), key_text(&row.key));
        if before.remove(&key).as_ref() != Some(&row) {
            let text = || format!("{}  {}", listed.now, table::line(&row, look(global)));
            data(&if global.output == Output::Text { text() } else { serde_json::to_string(&row)? });
        }
        known.insert(key, row);
    }
    // What fell off the end of a full list is not gone.
    for (condition, key) in before.keys().filter(|_| !listed.more) {
        if global.output == Output::Text {
            data(&format!("{}  {condition}  {key}  gone", listed.now));
        }
    }
    Ok(known)
}
