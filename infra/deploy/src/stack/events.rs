//! What happened on a stack, as its functions told it in their logs: a stack keeps no other log of events.

use std::collections::{HashSet, VecDeque};

use fanin_event::Timestamp;
use fanin_runtime::documents::NearMissRow;
use fanin_state_first::{Happening, Occurrence};
use serde_json::Value;

use super::Stack;
use super::pages::Wanted;
use crate::limits::MAX_EVENTS_TOLD;
use crate::names::FunctionName;

/// The functions to which something happens.
const TELLERS: [FunctionName; 2] = [FunctionName::ConditionEngine, FunctionName::RuleEngine];

/// What is looked for.
#[derive(Clone, Debug)]
pub struct EventQuestion {
    /// Of these kinds; empty: of all.
    pub kinds: Vec<Occurrence>,
    /// Told from this moment on.
    pub since: Timestamp,
    /// Told up to this moment; none: up to now.
    pub until: Option<Timestamp>,
    /// So many of the newest, at most [`MAX_EVENTS_TOLD`].
    pub limit: usize,
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    /// When it was told, and what; the oldest first, each thing once.
    pub lines: Vec<(Timestamp, Happening)>,
    /// There was too much to read: what was told after this moment is missing.
    pub missing_after: Option<Timestamp>,
    /// There are older ones.
    pub older: bool,
}

impl Stack {
    /// The things of which `takes` is true.
    ///
    /// # Errors
    /// A log group may not be read.
    pub fn events(
        &self,
        question: &EventQuestion,
        takes: &mut dyn FnMut(&Happening) -> bool,
    ) -> anyhow::Result<Lines> {
        let (mut found, mut all) = (Lines::default(), Vec::new());
        let (kinds, most) = (&question.kinds, question.limit.clamp(1, MAX_EVENTS_TOLD));
        let filter = Some(pattern(kinds));
        let wanted = Wanted { since: question.since, until: question.until, filter };
        for function in TELLERS {
            let mut newest = Newest { lines: VecDeque::new(), most, older: false };
            let end = self.written_by(function, &wanted, &mut |told, text| {
                let line = read(text).filter(|line| kinds.is_empty() || kinds.contains(&line.what));
                if let Some(line) = line.filter(|line| takes(line)) {
                    newest.push(told, line);
                }
            })?;
            found.missing_after = [found.missing_after, end].into_iter().flatten().min();
            found.older |= newest.older;
            all.extend(newest.lines);
        }
        all.sort_by_key(|(told, line)| (line.at, *told));
        let mut seen = HashSet::new();
        // What a worker did twice is told twice, in the same words.
        all.retain(|(_, line)| seen.insert(serde_json::to_string(line).unwrap_or_default()));
        let over = all.len().saturating_sub(most);
        found.older |= over > 0;
        found.lines = all.split_off(over);
        Ok(found)
    }

    /// Events told of since `since` that reached the queue and are almost one of `names`, the nearest first.
    ///
    /// # Errors
    /// A log group may not be read.
    pub fn near_misses(
        &self,
        names: &[String],
        since: Timestamp,
        limit: usize,
    ) -> anyhow::Result<Vec<NearMissRow>> {
        let kinds = vec![Occurrence::Unmatched];
        let question = EventQuestion { kinds, since, until: None, limit: MAX_EVENTS_TOLD };
        let mut near = |line: &Happening| line.near.as_ref().is_some_and(|near| names.contains(&near.name));
        let found = self.events(&question, &mut near)?;
        let mut rows: Vec<NearMissRow> = found.lines.into_iter().filter_map(|(_, line)| row(line)).collect();
        rows.sort_by_key(|row| {
            (row.fields.saturating_sub(row.fields_matched), std::cmp::Reverse(row.at.clone()))
        });
        rows.truncate(limit);
        Ok(rows)
    }

    /// The members of a condition, by name.
    #[must_use]
    pub fn members(&self, condition: &str) -> Vec<String> {
        let found = self.plans.any_condition(condition).map(|found| found.members.iter());
        found.into_iter().flatten().map(|member| member.name.to_string()).collect()
    }
}

/// The newest lines, up to a number of them.
struct Newest {
    lines: VecDeque<(Timestamp, Happening)>,
    most: usize,
    older: bool,
}

impl Newest {
    fn push(&mut self, told: Timestamp, line: Happening) {
        self.lines.push_back((told, line));
        if self.lines.len() > self.most {
            self.lines.pop_front();
            self.older = true;
        }
    }
}

/// The filter of CloudWatch Logs: only what fits is sent.
fn pattern(kinds: &[Occurrence]) -> String {
    let word = |kind: &Occurrence| match serde_json::to_value(kind) {
        Ok(Value::String(word)) => word,
        _ => "*".to_owned(),
    };
    let mut words: Vec<String> = kinds.iter().map(word).collect();
    if words.is_empty() {
        words.push("*".to_owned());
    }
    let parts: Vec<String> = words.iter().map(|word| format!("$.happened = \"{word}\"")).collect();
    format!("{{ {} }}", parts.join(" || "))
}

fn read(text: &str) -> Option<Happening> {
    if !text.contains("\"happened\"") {
        return None;
    }
    serde_json::from_str(text.trim_end()).ok()
}

fn row(line: Happening) -> Option<NearMissRow> {
    let near = line.near?;
    let reason = near.reason.unwrap_or_else(|| match near.field.as_str() {
        "" => format!("is almost `{}`", near.name),
        field => format!("is almost `{}`: {field} is not as asked for", near.name),
    });
    Some(NearMissRow {
        event: line.id,
        identity: String::new(),
        at: Timestamp(line.at).to_string(),
        name: near.name,
        field: near.field,
        reason,
        fields_matched: near.matched,
        fields: near.of,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_filter_asks_for_no_more_than_is_wanted() {
        assert_eq!(pattern(&[]), r#"{ $.happened = "*" }"#);
        let two = [Occurrence::Fired, Occurrence::Dead];
        assert_eq!(pattern(&two), r#"{ $.happened = "fired" || $.happened = "dead" }"#);
    }

    #[test]
    fn only_lines_about_events_are_read() {
        assert!(read(r#"{"happened":"fired","at":1,"name":"c"}"#).is_some());
        let others = [
            "START RequestId",
            r#"{"_aws":{}}"#,
            r#"{"happened":"never","at":1}"#,
            r#"{"message":"happened"}"#,
        ];
        for other in others {
            assert!(read(other).is_none(), "{other}");
        }
    }

    #[test]
    fn the_newest_are_kept() {
        let line = |at: i64| read(&format!(r#"{{"happened":"late","at":{at}}}"#)).unwrap();
        let mut newest = Newest { lines: VecDeque::new(), most: 2, older: false };
        (0..2).for_each(|n| newest.push(Timestamp(n), line(n)));
        assert!(!newest.older);
        newest.push(Timestamp(2), line(2));
        assert!(newest.older);
        assert_eq!(newest.lines.iter().map(|(_, line)| line.at).collect::<Vec<_>>(), [1, 2]);
    }
}
