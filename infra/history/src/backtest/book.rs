//! Answers to calls that are not made: from the log, from a file, from the stubs of the workflow.

use std::collections::HashMap;
use std::sync::Arc;

use fanin_event::{Identity, Span};
use fanin_rule::{FunctionKind, Outcome, Target};
use serde::Deserialize;

use super::TooMuch;
use super::happening::Happening;
use super::payload;
use crate::limits::{MAX_ANSWER_BYTES, MAX_ANSWERS};

/// An answer of the log.
#[derive(Clone, Debug)]
pub(super) struct Recorded {
    /// How long the call took.
    delay: Span,
    outcome: Outcome,
    /// Of the payload it was an answer to, ids left out.
    input: u64,
}

/// All answers of the log, by the call's pair.
#[derive(Debug, Default)]
pub(super) struct Book {
    answers: HashMap<Identity, Recorded>,
    bytes: usize,
}

/// Where an answer came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum From {
    /// From the log, to the same input.
    Log,
    /// From the log, to another input.
    LogOtherInput,
    /// From the file.
    File,
    /// From the workflow.
    Stub,
}

impl Book {
    /// Keeps the answer to `call`, which was made `delay` before.
    pub(super) fn keep(&mut self, call: &Kept, delay: Span, outcome: Outcome) -> Result<(), TooMuch> {
        self.keep_within((MAX_ANSWERS, MAX_ANSWER_BYTES), call, (delay, outcome))
    }

    fn keep_within(
        &mut self,
        (number, bytes): (usize, usize),
        call: &Kept,
        (delay, outcome): (Span, Outcome),
    ) -> Result<(), TooMuch> {
        self.bytes = self.bytes.saturating_add(match &outcome {
            Outcome::Done { result } => result.len(),
            Outcome::Failed { error, cause } => error.len().saturating_add(cause.len()),
        });
        if self.answers.len() >= number {
            return Err(TooMuch { what: "answers to calls", limit: number as u64 });
        }
        if self.bytes > bytes {
            return Err(TooMuch { what: "bytes of answers to calls", limit: bytes as u64 });
        }
        self.answers.insert(call.pair, Recorded { delay, outcome, input: call.input });
        Ok(())
    }
}

/// What is kept of a call until its answer comes by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kept {
    pair: Identity,
    input: u64,
}

impl Kept {
    /// Of a call.
    pub(super) fn of(call: &Happening) -> Kept {
        Kept { pair: call.pair, input: payload::digest(&call.text) }
    }
}

/// Where a backtest takes answers to calls from.
#[derive(Clone, Debug, Default)]
pub enum Answers {
    /// From the log; where it has none, from the stubs that the workflow declares.
    #[default]
    Recorded,
    /// First from this list, then as `Recorded`.
    Listed(Vec<ListedAnswer>),
    /// Nobody answers.
    Nobody,
}

/// An answer written by hand: the first of the list that fits a call answers it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListedAnswer {
    /// Only calls of this rule.
    pub rule: Option<String>,
    /// Only calls of this function.
    pub function: Option<String>,
    /// Only this attempt.
    pub attempt: Option<u32>,
    /// Only this item of a `map`.
    pub index: Option<u32>,
    /// The answer, JSON; `null` where neither this nor `fail` is given.
    #[serde(default)]
    pub result: serde_json::Value,
    /// Fails with this error name instead.
    pub fail: Option<String>,
    /// Why, for people.
    #[serde(default)]
    pub cause: String,
    /// After so many milliseconds.
    #[serde(default)]
    pub after_ms: u64,
}

impl ListedAnswer {
    fn fits(&self, call: &Happening, rule: &str) -> bool {
        let function = call.call.as_ref().and_then(|c| function_of(&c.target));
        self.rule.as_deref().is_none_or(|r| r == rule)
            && self.function.as_deref().is_none_or(|f| function.is_some_and(|g| **g == *f))
            && self.attempt.is_none_or(|a| a == call.nth)
            && self.index.is_none_or(|i| i == call.index)
    }

    fn outcome(&self) -> Outcome {
        match &self.fail {
            Some(error) => Outcome::Failed { error: error.clone(), cause: self.cause.clone() },
            None => Outcome::Done { result: self.result.to_string() },
        }
    }
}

/// The name of the function a target invokes.
fn function_of(target: &Target) -> Option<&Arc<str>> {
    match target {
        Target::Invoke { function } => Some(function),
        Target::Send(_) => None,
    }
}

/// Everything that can answer a call of one version.
pub(super) struct Answerer<'a> {
    pub(super) answers: &'a Answers,
    pub(super) book: &'a Book,
}

impl Answerer<'_> {
    /// The answer to a call of `rule` (by the version's own name), how long it takes, and where it is from.
    pub(super) fn answer(
        &self,
        call: &Happening,
        rule: &str,
        functions: &HashMap<Arc<str>, FunctionKind>,
    ) -> Option<(Outcome, Span, From)> {
        match self.answers {
            Answers::Nobody => return None,
            Answers::Listed(list) => {
                if let Some(one) = list.iter().find(|one| one.fits(call, rule)) {
                    return Some((one.outcome(), Span(one.after_ms), From::File));
                }
            }
            Answers::Recorded => {}
        }
        if let Some(recorded) = self.book.answers.get(&call.pair) {
            let same = recorded.input == payload::digest(&call.text);
            let from = if same { From::Log } else { From::LogOtherInput };
            return Some((recorded.outcome.clone(), recorded.delay, from));
        }
        let function = function_of(&call.call.as_ref()?.target)?;
        match functions.get(function)? {
            FunctionKind::Respond { fail: Some(error), after, .. } => {
                let cause = "the workflow declares this function to fail".to_owned();
                Some((Outcome::Failed { error: error.clone(), cause }, *after, From::Stub))
            }
            FunctionKind::Respond { value, after, .. } => {
                Some((Outcome::Done { result: value.to_string() }, *after, From::Stub))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keep(book: &mut Book, room: (usize, usize), n: u64, result: &str) -> Result<(), TooMuch> {
        let call = Kept { pair: Identity::of(&[&n.to_string()]), input: n };
        book.keep_within(room, &call, (Span(0), Outcome::Done { result: result.to_owned() }))
    }

    #[test]
    fn answers_are_bounded_in_number_and_in_bytes() {
        let mut book = Book::default();
        assert_eq!(keep(&mut book, (2, 10), 1, "12345"), Ok(()));
        assert_eq!(keep(&mut book, (2, 10), 2, "12345"), Ok(()));
        assert_eq!(keep(&mut book, (2, 100), 3, "").unwrap_err().what, "answers to calls");
        let error = keep(&mut book, (3, 10), 3, "1").unwrap_err();
        assert_eq!((error.what, error.limit), ("bytes of answers to calls", 10));
        assert!(error.to_string().contains("--since"), "{error}");
    }

    #[test]
    fn a_list_of_answers_is_strict_about_its_fields() {
        let read = |text| serde_json::from_str::<ListedAnswer>(text);
        assert!(read(r#"{"rule":"r","result":{"a":1},"after_ms":5}"#).is_ok());
        assert!(read(r#"{"rule":"r","results":1}"#).unwrap_err().to_string().contains("results"));
        let failed = read(r#"{"fail":"Busy","cause":"later"}"#).unwrap().outcome();
        assert_eq!(failed, Outcome::Failed { error: "Busy".into(), cause: "later".into() });
        assert_eq!(read("{}").unwrap().outcome(), Outcome::Done { result: "null".into() });
    }
}
