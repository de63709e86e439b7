//! The calls as the functions see them, and what must never be seen: a second id for one firing, a second payload for one
//! id, a call made twice in one life, a call made again although its outcome was durable.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::problem::{Problem, Problems};

/// An answer is surely durable when an event sent so long after it was acknowledged by the same process: the log is in
/// order, and the answer was in the engine's inbox by then.
const SURELY_HANDED_OVER: Duration = Duration::from_secs(1);

/// One attempt at a call.
#[derive(Clone, Copy, Debug)]
struct Attempt {
    number: u32,
    /// The latest life of the process in which it was made.
    life: u32,
    answered: Option<Instant>,
    /// Whether the latest answer was a success.
    done: bool,
}

/// A call: one action id.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) payload: Value,
    body: Vec<u8>,
    attempts: Vec<Attempt>,
    /// Something was seen that follows from its outcome only once that is durable.
    settled: bool,
}

impl Call {
    pub(crate) fn done(&self) -> bool {
        self.attempts.iter().any(|attempt| attempt.done)
    }
}

/// What a call is about: function, key, and round or index.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Subject {
    pub(crate) function: String,
    pub(crate) key: String,
    pub(crate) part: u64,
}

impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} #{}", self.function, self.key, self.part)
    }
}

/// A call that has just come in.
#[derive(Debug)]
pub(crate) struct Arrival<'a> {
    pub(crate) function: &'a str,
    pub(crate) id: &'a str,
    pub(crate) attempt: u32,
    pub(crate) body: &'a [u8],
    pub(crate) life: u32,
}

/// All calls of one state directory.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    by_id: HashMap<String, Call>,
    by_subject: BTreeMap<Subject, String>,
    /// For each life, when the latest request was sent that it acknowledged.
    proofs: HashMap<u32, Instant>,
    repeated: u64,
    arrived: u64,
    answered: usize,
    problems: Problems,
}

impl Calls {
    /// A call came in. Returns its payload, or nothing when it is none of ours.
    pub(crate) fn arrive(&mut self, arrival: &Arrival<'_>) -> Option<Value> {
        self.arrived += 1;
        let payload: Value = serde_json::from_slice(arrival.body).unwrap_or_default();
        let Some(subject) = subject(arrival.function, &payload) else {
            let body = String::from_utf8_lossy(arrival.body).into_owned();
            self.problems.add(Problem::Wrong(format!("{}: a payload without key: {body}", arrival.function)));
            return None;
        };
        if payload.get("action").and_then(Value::as_str) != Some(arrival.id) {
            self.problems.add(Problem::Wrong(format!("{subject}: payload and Idempotency-Key differ")));
        }
        let known = self.by_subject.entry(subject.clone()).or_insert_with(|| arrival.id.to_owned());
        if known != arrival.id {
            self.problems.add(Problem::Double(format!("{subject}: called as {known} and as {}", arrival.id)));
        }
        self.settle_causes(&subject);
        let call = self.by_id.entry(arrival.id.to_owned()).or_insert_with(|| Call {
            payload: payload.clone(),
            body: arrival.body.to_vec(),
            attempts: Vec::new(),
            settled: false,
        });
        if call.body != arrival.body {
            self.problems.add(Problem::Double(format!("{subject}: two payloads for {}", arrival.id)));
        }
        let proofs = &self.proofs;
        match call.attempt(arrival, |life| proofs.get(&life).copied()) {
            Ok(repeated) => self.repeated += u64::from(repeated),
            Err(what) => self.problems.add(Problem::Double(format!("{subject}: {what}"))),
        }
        Some(payload)
    }

    /// A call that can only be made once others are durable proves that these are.
    fn settle_causes(&mut self, subject: &Subject) {
        let cause = match subject.function.as_str() {
            "archive" => "assemble",
            "invoice" => "price",
            _ => return,
        };
        let first = Subject { function: cause.to_owned(), key: subject.key.clone(), part: 0 };
        let last = Subject { part: u64::MAX, ..first.clone() };
        let mut found = false;
        for id in self.by_subject.range(first..=last).map(|(_, id)| id) {
            let Some(call) = self.by_id.get_mut(id) else { continue };
            found = true;
            call.settled = true;
            if !call.done() {
                self.problems.add(Problem::Wrong(format!("{subject} came before {id} was answered")));
            }
        }
        if !found {
            self.problems.add(Problem::Wrong(format!("{subject} came before any {cause}")));
        }
    }

    /// The answer to a call is on its way.
    pub(crate) fn answered(&mut self, id: &str, number: u32, done: bool) {
        let Some(call) = self.by_id.get_mut(id) else { return };
        let first = done && !call.done();
        if let Some(attempt) = call.attempts.iter_mut().find(|attempt| attempt.number == number) {
            attempt.answered = Some(Instant::now());
            attempt.done |= done;
            self.answered += usize::from(first);
        }
    }

    /// A request sent at `sent` was acknowledged in this life.
    pub(crate) fn acknowledged(&mut self, life: u32, sent: Instant) {
        let latest = self.proofs.entry(life).or_insert(sent);
        *latest = (*latest).max(sent);
    }

    pub(crate) fn problem(&mut self, problem: Problem) {
        self.problems.add(problem);
    }

    pub(crate) fn problems(&self) -> &Problems {
        &self.problems
    }

    /// Ids that were answered with success.
    pub(crate) fn done(&self) -> usize {
        self.answered
    }

    /// Calls that came in, and of these, repetitions after a kill.
    pub(crate) fn counts(&self) -> (u64, u64) {
        (self.arrived, self.repeated)
    }

    /// The call about a subject.
    pub(crate) fn of(&self, subject: &Subject) -> Option<&Call> {
        self.by_id.get(self.by_subject.get(subject)?)
    }

    /// What was called about.
    pub(crate) fn subjects(&self) -> impl Iterator<Item = &Subject> {
        self.by_subject.keys()
    }
}

impl Call {
    /// Takes an attempt down. `Ok(true)`: it repeats one of an earlier life.
    fn attempt(
        &mut self,
        arrival: &Arrival<'_>,
        proof: impl Fn(u32) -> Option<Instant>,
    ) -> Result<bool, String> {
        let Arrival { attempt: number, life, .. } = *arrival;
        if self.settled {
            return Err("called again although what follows from its outcome had been seen".to_owned());
        }
        if let Some(newer) = self.attempts.iter().find(|known| known.number > number) {
            return Err(format!("attempt {number} after attempt {}", newer.number));
        }
        let Some(known) = self.attempts.iter_mut().find(|known| known.number == number) else {
            let before = self.attempts.iter().find(|known| known.number + 1 == number);
            if number > 1 && !before.is_some_and(|before| before.answered.is_some() && !before.done) {
                return Err(format!("attempt {number} although the one before had not failed"));
            }
            self.attempts.push(Attempt { number, life, answered: None, done: false });
            return Ok(false);
        };
        if known.life == life {
            return Err(format!("attempt {number} twice in life {life}"));
        }
        if let (Some(answered), Some(proof)) = (known.answered, proof(known.life))
            && proof > answered + SURELY_HANDED_OVER
        {
            let late = proof - answered;
            return Err(format!(
                "attempt {number} again, {late:?} after its answer events were acknowledged"
            ));
        }
        known.life = life;
        known.answered = None;
        Ok(true)
    }
}

fn subject(function: &str, payload: &Value) -> Option<Subject> {
    let part = payload.get("round").or_else(|| payload.get("index")).and_then(Value::as_u64).unwrap_or(0);
    let key = payload.get("key")?.as_str()?.to_owned();
    Some(Subject { function: function.to_owned(), key, part })
}
