//! A file of cases: whether patterns are valid and match as somebody else says.

use std::io::{BufRead, BufReader};
use std::path::Path;

use anyhow::Context as _;
use fanin_event::{Recognizer, Scratch};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::single;
use crate::args::{Global, Output};
use crate::console::{Exit, data};
use crate::show::paint::Paint;

/// Disagreements that are shown.
const SHOWN: usize = 10;

/// One line. Other members, such as an `id`, are free.
#[derive(Debug, Deserialize)]
struct Case {
    pattern: String,
    #[serde(default)]
    event: Option<String>,
    /// `false`: the pattern must be refused.
    valid: bool,
    #[serde(default)]
    matches: Option<bool>,
    #[serde(default)]
    id: Option<Value>,
}

/// A case that came out otherwise.
#[derive(Debug, Serialize)]
struct Disagreement {
    line: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Value>,
    expected: &'static str,
    found: &'static str,
    reason: String,
    pattern: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<String>,
}

const REFUSED: &str = "the pattern is refused";
const VALID: &str = "the pattern is valid";
const MATCH: &str = "a match";
const NO_MATCH: &str = "no match";

pub(super) fn run(global: &Global, path: &Path) -> anyhow::Result<Exit> {
    let name = path.display();
    let input: Box<dyn BufRead> = if path.as_os_str() == "-" {
        Box::new(BufReader::new(std::io::stdin()))
    } else {
        Box::new(BufReader::new(std::fs::File::open(path).with_context(|| format!("cannot read {name}"))?))
    };
    let paint = Paint::of_output(global);
    let (mut agreed, mut disagreed) = (0_u64, 0_u64);
    let mut shown = Vec::new();
    let mut scratch = Scratch::new();
    let mut last: Option<(String, Result<Recognizer, String>)> = None;
    for (at, line) in input.lines().enumerate() {
        let line = line.with_context(|| format!("cannot read {name}"))?;
        if line.trim().is_empty() {
            continue;
        }
        let case: Case = serde_json::from_str(&line).with_context(|| {
            format!("{name}, line {}: write {{\"pattern\": \"...\", \"event\": \"...\", \"valid\": true, \"matches\": true}}", at + 1)
        })?;
        // Cases of one pattern mostly follow each other.
        if last.as_ref().is_none_or(|(pattern, _)| *pattern != case.pattern) {
            last = Some((case.pattern.clone(), single::recognizer(&case.pattern)));
        }
        let Some((_, pattern)) = &last else { continue };
        match judge(&case, pattern, &mut scratch) {
            None => agreed += 1,
            Some((expected, found, reason)) => {
                disagreed += 1;
                if shown.len() < SHOWN {
                    let (id, pattern, event) = (case.id, case.pattern, case.event);
                    let one = Disagreement { line: at + 1, id, expected, found, reason, pattern, event };
                    tell(global, &one, paint)?;
                    shown.push(one);
                }
            }
        }
    }
    let total = json!({ "agreed": agreed, "disagreed": disagreed });
    match global.output {
        Output::Text => data(&format!("{agreed} agreed, {disagreed} disagreed")),
        Output::Jsonl => data(&total.to_string()),
        Output::Json => {
            data(&json!({ "agreed": agreed, "disagreed": disagreed, "disagreements": shown }).to_string())
        }
    }
    Ok(if disagreed > 0 { Exit::No } else { Exit::Done })
}

/// What was expected, what was found and why; nothing when both agree.
fn judge(
    case: &Case,
    pattern: &Result<Recognizer, String>,
    scratch: &mut Scratch,
) -> Option<(&'static str, &'static str, String)> {
    let recognizer = match (pattern, case.valid) {
        (Err(_), false) => return None,
        (Err(error), true) => return Some((VALID, REFUSED, error.clone())),
        (Ok(_), false) => return Some((REFUSED, VALID, String::new())),
        (Ok(recognizer), true) => recognizer,
    };
    let (Some(event), Some(matches)) = (&case.event, case.matches) else { return None };
    // The reason costs more than the answer: it is asked for only when it is shown.
    let found = recognizer.recognize(event, scratch).is_ok_and(|seen| seen.hits().len() > 0);
    match (matches, found) {
        (true, false) => {
            let reason = single::miss(recognizer, event, scratch).map(|(_, reason)| reason);
            Some((MATCH, NO_MATCH, reason.unwrap_or_default()))
        }
        (false, true) => Some((NO_MATCH, MATCH, String::new())),
        _ => None,
    }
}

fn tell(global: &Global, one: &Disagreement, paint: Paint) -> anyhow::Result<()> {
    match global.output {
        Output::Json => {}
        Output::Jsonl => data(&serde_json::to_string(one)?),
        Output::Text => {
            let id = one.id.as_ref().map(|id| format!(" (id {id})")).unwrap_or_default();
            data(&format!(
                "line {}{id}: expected: {}; found: {}",
                one.line,
                one.expected,
                paint.bad(one.found)
            ));
            data(&format!("  pattern  {}", one.pattern));
            if let Some(event) = &one.event {
                data(&format!("  event    {event}"));
            }
            if !one.reason.is_empty() {
                data(&format!("  because  {}", one.reason));
            }
        }
    }
    Ok(())
}
