//! A rule engine with a caller that follows a script.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use fanin_event::{Identity, Span, Timestamp};
use fanin_rule::{Action, Outcome};
use fanin_state_first::*;

use crate::support::{self, Left, Mood, START, Store, compile, run};

/// What the caller does with a call.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// Answers with this JSON.
    Done(&'static str),
    /// Fails with this error.
    Fail(&'static str),
    /// Takes it; the answer comes later.
    Accept,
    /// The worker's time is over.
    Unfinished,
    /// The worker dies after the target was called.
    Dies,
}

/// What happens once.
type Once = Box<dyn FnOnce() + Send>;

/// Follows a script: the replies in order, then the last one again and again.
#[derive(Clone, Default)]
pub(crate) struct Script {
    pub(crate) replies: Arc<Mutex<VecDeque<Reply>>>,
    pub(crate) calls: Arc<Mutex<Vec<(Action, CallTag)>>>,
    pub(crate) before: Arc<Mutex<Option<Once>>>,
}

impl Caller for Script {
    async fn call(&self, action: &Action, tag: &CallTag) -> Called {
        self.calls.lock().unwrap().push((action.clone(), tag.clone()));
        let before = self.before.lock().unwrap().take();
        if let Some(before) = before {
            before();
        }
        let reply = {
            let mut replies = self.replies.lock().unwrap();
            if replies.len() > 1 { replies.pop_front().unwrap() } else { replies[0].clone() }
        };
        match reply {
            Reply::Done(result) => Called::Answered(Outcome::Done { result: result.to_owned() }),
            Reply::Fail(error) => {
                Called::Answered(Outcome::Failed { error: error.to_owned(), cause: "so it is".to_owned() })
            }
            Reply::Accept => Called::Accepted,
            Reply::Unfinished => Called::Unfinished,
            Reply::Dies => std::future::pending().await,
        }
    }
}

pub(crate) type Engine = Rules<Store, support::Lists, support::Bucket, Script>;

pub(crate) struct World {
    pub(crate) inner: support::World,
    pub(crate) script: Script,
    pub(crate) rules: Engine,
}

/// So much time is left, at first; each look takes some.
pub(crate) struct Running(pub(crate) Mutex<i64>, pub(crate) i64);

impl Deadline for Running {
    fn left(&self) -> Span {
        let mut left = self.0.lock().unwrap();
        let now = *left;
        *left -= self.1;
        Span(u64::try_from(now).unwrap_or(0))
    }
}

impl World {
    pub(crate) fn new(workflow: &str, replies: &[Reply]) -> World {
        let inner = support::World::new(workflow);
        let script = Script::default();
        script.replies.lock().unwrap().extend(replies.iter().cloned());
        let rules = engine(&inner, &script);
        World { inner, script, rules }
    }

    /// Another process.
    pub(crate) fn other(&self) -> Engine {
        engine(&self.inner, &self.script)
    }

    pub(crate) fn script(&self, replies: &[Reply]) {
        *self.script.replies.lock().unwrap() = replies.iter().cloned().collect();
    }

    pub(crate) fn start_of(&self, rule: &str, cause: &str, detail: &str) -> StartMessage {
        StartMessage {
            rule: rule.into(),
            cause: Identity::of(&["t", cause]),
            name: "job".into(),
            captures: vec![("k".into(), "1".into())],
            accepted: Timestamp(START),
            hops: 0,
            envelope: format!(r#"{{"id":"{cause}","source":"t","detail-type":"Job","detail":{detail}}}"#),
            again: false,
        }
    }

    pub(crate) fn start(&mut self, cause: &str) -> Received {
        let start = self.start_of("work", cause, r#"{"k":"1"}"#);
        self.inner.message(Message::Start(start).to_text())
    }

    pub(crate) fn run_of(&self, cause: &str) -> Identity {
        Identity::of(&["w", "work", &Identity::of(&["t", cause]).to_uuid()])
    }

    pub(crate) fn settled(&mut self, cause: &str, call: (u32, u32), outcome: WireOutcome) -> Received {
        let run = self.run_of(cause);
        let (index, attempt) = call;
        let settled = SettledMessage { rule: "work".into(), run, index, attempt, outcome };
        self.inner.message(Message::Settled(settled).to_text())
    }

    pub(crate) fn batch(&self, messages: &[Received]) -> RunsTold {
        run(self.rules.batch_told(messages, &support::TIME)).unwrap()
    }

    pub(crate) fn with(&self, messages: &[Received], left: Span) -> RunsTold {
        run(self.rules.batch_told(messages, &Left(left))).unwrap()
    }

    /// A batch that is done whole.
    pub(crate) fn done(&self, messages: &[Received]) -> RunsTold {
        let told = self.batch(messages);
        assert!(told.handled.iter().all(|h| *h == Handled::Done), "{told:?}");
        assert!(told.troubles.is_empty(), "{told:?}");
        told
    }

    /// A batch in whose middle the worker dies.
    pub(crate) fn dies(&self, messages: &[Received]) {
        assert!(run(self.rules.batch_told(messages, &support::TIME)).is_none(), "it was to die");
    }

    /// Calls made since the last look: (index, attempt).
    pub(crate) fn calls(&self) -> Vec<(u32, u32)> {
        let calls = std::mem::take(&mut *self.script.calls.lock().unwrap());
        calls.iter().map(|(action, _)| (action.index, action.attempt)).collect()
    }

    /// What was sent since the last look, with the delay in seconds.
    pub(crate) fn sent(&self) -> Vec<(Message, u64)> {
        self.inner.sent().into_iter().map(|(_, message, delay)| (message, delay.0 / 1000)).collect()
    }

    /// Names of the derived events and starts sent since the last look.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.sent().iter().map(|(message, _)| support::name(message)).collect();
        names.sort();
        names
    }

    /// The only wake-up sent since the last look, as it arrives when it is due.
    pub(crate) fn wake(&mut self) -> (Received, u64) {
        let sent = self.sent();
        let wakes: Vec<_> = sent.iter().filter(|(m, _)| matches!(m, Message::WakeRun { .. })).collect();
        assert_eq!(wakes.len(), 1, "{sent:?}");
        let (message, delay) = wakes[0].clone();
        let Message::WakeRun { due, .. } = &message else { unreachable!() };
        self.inner.at = self.inner.at.max(due.0 - 1);
        (self.inner.message(message.to_text()), delay)
    }

    pub(crate) fn mood(&self, mood: Mood) {
        self.inner.mood(mood);
    }

    pub(crate) fn completion(&self) -> DerivedMessage {
        let derived: Vec<DerivedMessage> = self.sent().into_iter().filter_map(|(m, _)| derived(m)).collect();
        assert_eq!(derived.len(), 1, "{derived:?}");
        derived[0].clone()
    }

    pub(crate) fn cells(&self) -> usize {
        self.inner.store.model.cells().len()
    }
}

fn derived(message: Message) -> Option<DerivedMessage> {
    match message {
        Message::Derived(derived) => Some(derived),
        _ => None,
    }
}

fn engine(inner: &support::World, script: &Script) -> Engine {
    let plans = Arc::new(Plans::new("w"));
    Rules::new(inner.store.clone(), inner.queue.clone(), inner.claims.clone(), script.clone(), plans)
}

/// A workflow with one rule, `work`, and a condition that listens to how it ends.
pub(crate) fn workflow(rule: &str) -> String {
    format!(
        "
version: 1
name: w
events:
  job: {{ match: {{ source: [t], detail-type: [Job] }}, capture: {{ $.detail.k: '{{k}}' }} }}
rules:
  work: {{ when: job, invoke: f{rule} }}
conditions:
  ended: {{ count: work.done, by: k, reach: 100, within: 1h }}
  broken: {{ count: work.failed, by: k, reach: 100, within: 1h }}
functions:
  f: {{ respond: null, timeout: 10s }}
"
    )
}

/// As above without the condition: nothing is due but retries.
pub(crate) fn plan(rule: &str) -> fanin_plan::Plan {
    let text = workflow(rule);
    let (before, rest) = text.split_once("conditions:").unwrap();
    let (_, after) = rest.split_once("functions:").unwrap();
    compile(&format!("{before}functions:{after}"))
}
