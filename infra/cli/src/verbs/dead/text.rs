//! Dead letters as text for people.

use fanin_event::Timestamp;
use fanin_runtime::documents::{DeadPage, DeadRow, DeadTold, Redriven};
use serde_json::Value;

use crate::show::explanation::Look;
use crate::show::followed;

/// Characters of a reason in a list; the whole stands in `fanin dead show`.
const REASON: usize = 100;

/// One line a letter: number, moment, what it was, code, why.
pub(super) fn list(page: &DeadPage, look: Look) -> Vec<String> {
    let rows: Vec<[String; 4]> = page.letters.iter().map(|row| cells(row, look)).collect();
    let width =
        |n: usize| rows.iter().filter_map(|row| row.get(n)).map(|c| c.chars().count()).max().unwrap_or(0);
    let (number, at, what, code) = (width(0), width(1), width(2), width(3));
    let line = |([n, moment, kind, name], row): (&[String; 4], &DeadRow)| {
        let reason = first_line(&row.reason);
        format!("{n:>number$}  {moment:at$}  {kind:what$}  {name:code$}  {reason}")
    };
    rows.iter().zip(&page.letters).map(line).collect()
}

/// A letter of a stack: its place, moment, what it was, code, why.
#[cfg(feature = "aws")]
pub(super) fn on_stack(place: &str, row: &DeadRow, look: Look) -> String {
    let (at, what, why) = (moment(&row.at, look), what(row), first_line(&row.reason));
    format!("{place}  {at}  {what}  {}  {why}", row.code)
}

fn cells(row: &DeadRow, look: Look) -> [String; 4] {
    [row.number.to_string(), moment(&row.at, look), what(row), row.code.clone()]
}

fn moment(text: &str, look: Look) -> String {
    Timestamp::parse(text).map_or_else(|| text.to_owned(), |at| look.clock.moment(at))
}

/// `call of assemble, 4 attempts`
fn what(row: &DeadRow) -> String {
    let subject = row.subject.as_deref().unwrap_or_default();
    match (row.kind.as_str(), row.attempts) {
        ("action", Some(1)) => format!("call of {subject}, 1 attempt"),
        ("action", attempts) => format!("call of {subject}, {} attempts", attempts.unwrap_or(0)),
        ("derived", _) => format!("derived event {subject}"),
        ("event", _) => "event".to_owned(),
        _ => "no event".to_owned(),
    }
}

fn first_line(reason: &str) -> String {
    let line = reason.lines().next().unwrap_or_default();
    let mut text: String = line.chars().take(REASON).collect();
    if text.len() < reason.len() {
        text.push_str("...");
    }
    text
}

/// One letter, whole; `known_by`: its number, on a stack its place.
pub(super) fn letter(known_by: &str, told: &DeadTold, look: Look) -> Vec<String> {
    let row = &told.row;
    let mut lines = vec![
        look.paint.strong(&format!("dead letter {known_by}: {}", what(row))),
        format!("  died    {}", moment(&row.at, look)),
        format!("  code    {}", row.code),
    ];
    lines.push(format!("  reason  {}", row.reason.replace('\n', "\n          ")));
    if let Some(id) = &row.id {
        lines.push(format!("  id      {id}"));
    }
    if let Some(cause) = &told.cause {
        lines.push(format!("  cause   {} {}", cause.name, cause.id));
    }
    if !told.chain.is_empty() {
        lines.push(format!("  chain   {}", told.chain.join(" <- ")));
    }
    lines.push("  payload".to_owned());
    lines.extend(json(&told.payload));
    lines
}

fn json(payload: &Value) -> Vec<String> {
    let text = match payload {
        Value::String(text) => text.clone(),
        value => serde_json::to_string_pretty(value).unwrap_or_default(),
    };
    text.lines().map(|line| format!("    {line}")).collect()
}

/// What became of letters that were tried again.
pub(super) fn redriven(letters: &[Redriven]) -> Vec<String> {
    let mut lines = Vec::new();
    for letter in letters {
        let number = letter.number;
        match (&letter.reason, letter.died_again) {
            (Some(reason), _) => lines.push(format!("{number} stays: {reason}")),
            (None, Some(again)) => {
                lines.push(format!("{number} was tried and died again: `fanin dead show {again}`"));
            }
            (None, None) => {
                lines.push(format!("{number} was tried again"));
                lines.extend(followed::lines(&letter.followed));
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use fanin_runtime::{DeadLetter, LetterKind};

    use super::*;
    use crate::show::moment::Clock;
    use crate::show::paint::Paint;

    #[test]
    fn a_letter_is_called_what_it_is_asked_for_by() {
        let letter = DeadLetter {
            number: 0,
            at: Timestamp(0),
            code: "not-json".to_owned(),
            reason: "no JSON".to_owned(),
            payload: "odd".to_owned(),
            what: LetterKind::Refused,
        };
        let look = Look { paint: Paint::plain(), clock: Clock::wall(Timestamp(0)) };
        let place = "000001767322800-17793124";
        let lines = super::letter(place, &DeadTold::of(&letter), look);
        assert_eq!(lines.first().unwrap(), &format!("dead letter {place}: no event"));
    }
}
