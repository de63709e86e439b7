//! Writes a store as a host does: an engine in virtual time whose records go to a log, calls answered as a test says.

use std::collections::BTreeMap;
use std::path::Path;

use fanin_event::{Span, Timestamp};
use fanin_plan::Plan;
use fanin_rule::{Action, Outcome};
use fanin_runtime::{Engine, Origin, OutcomeRef, Record};
use fanin_store::{Checkpoint, Journal};
use fanin_store_embedded::{FileCheckpoint, FileJournal, FileStore, Options};

/// 2026-01-01T00:00:00Z.
pub(crate) const START: i64 = 1_767_225_600_000;

/// Compiles a workflow, YAML.
pub(crate) fn plan(text: &str) -> Plan {
    let compiled = fanin_workflow::compile("test.yaml", text);
    assert!(compiled.plan.is_some(), "{:?}", compiled.diagnostics);
    compiled.plan.unwrap()
}

/// How a call is answered.
type Answer = dyn Fn(&Action) -> Option<(Outcome, u64)>;

/// The host.
pub(crate) struct Recorder {
    pub(crate) engine: Engine,
    journal: FileJournal,
    checkpoint: FileCheckpoint,
    frame: Vec<u8>,
    last: u64,
    planned: BTreeMap<(Timestamp, u64), (Action, Outcome)>,
    number: u64,
    pub(crate) answer: Box<Answer>,
}

impl Recorder {
    /// A fresh store with this workflow; every call is answered `{"ok":true}` after a second.
    pub(crate) fn new(dir: &Path, workflow: &str) -> Recorder {
        Recorder::with(dir, workflow, Options::new(fanin_runtime::SEMANTICS))
    }

    /// With a store of its own kind.
    pub(crate) fn with(dir: &Path, workflow: &str, options: Options) -> Recorder {
        let (journal, checkpoint, _) = FileStore::open(dir, options).unwrap();
        let done = |_: &Action| Some((Outcome::Done { result: r#"{"ok":true}"#.into() }, 1_000));
        let mut recorder = Recorder {
            engine: Engine::default(),
            journal,
            checkpoint,
            frame: Vec::new(),
            last: 0,
            planned: BTreeMap::new(),
            number: 0,
            answer: Box::new(done),
        };
        recorder.activate(0, workflow);
        recorder
    }

    /// Makes another workflow the current one, `ms` after the start.
    pub(crate) fn activate(&mut self, ms: i64, workflow: &str) {
        self.until(START + ms);
        let plan = plan(workflow).to_json().unwrap();
        self.turn(&Record::Activated { at: Timestamp(START + ms), plan: &plan });
    }

    /// Lets an event in.
    pub(crate) fn event(&mut self, ms: i64, kind: &str, id: &str, detail: &str) {
        self.until(START + ms);
        let at = Timestamp(START + ms);
        let text = format!(
            r#"{{"version":"0","id":"{id}","source":"t","detail-type":"{kind}","time":"{at}","detail":{detail}}}"#
        );
        self.turn(&Record::Event { at, identity: None, origin: Origin::Internal, text: &text });
    }

    /// Lets time pass.
    pub(crate) fn wait(&mut self, ms: i64) {
        self.until(START + ms);
        self.turn(&Record::Tick { at: Timestamp(START + ms) });
    }

    fn until(&mut self, at: i64) {
        let at = Timestamp(at);
        loop {
            let due = self.engine.next_due();
            let next = self.planned.keys().next().map_or(Timestamp::NEVER, |(at, _)| *at);
            if next <= at && next <= due {
                let ((at, _), (action, outcome)) = self.planned.pop_first().unwrap();
                let outcome = match &outcome {
                    Outcome::Done { result } => OutcomeRef::Done(result),
                    Outcome::Failed { error, cause } => OutcomeRef::Failed(error, cause),
                };
                let Action { run, index, attempt, .. } = action;
                self.turn(&Record::Settled { at, run, index, attempt, outcome });
            } else if due < at {
                self.turn(&Record::Tick { at: due });
            } else {
                return;
            }
        }
    }

    fn turn(&mut self, record: &Record<'_>) {
        record.encode(&mut self.frame);
        self.engine.turn(record).unwrap();
        for action in self.engine.outbox().actions {
            if let Some((outcome, after)) = (self.answer)(&action) {
                self.number += 1;
                let at = record.at().plus(Span(after));
                self.planned.insert((at, self.number), (action, outcome));
            }
        }
        if self.frame.len() > 2_000 {
            self.ship();
        }
    }

    fn ship(&mut self) {
        if !self.frame.is_empty() {
            self.last = self.journal.append(&[&self.frame]).unwrap();
            self.frame.clear();
        }
    }

    /// Takes a snapshot and lets go of the log before it, as far as the store does.
    pub(crate) fn snapshot(&mut self) {
        self.ship();
        let mut writer = self.checkpoint.begin(self.last).unwrap();
        let mut blocks = vec![self.engine.begin_snapshot()];
        while !self.engine.sweep(100, &mut blocks) {}
        for (section, block) in blocks {
            writer.put(section, &block).unwrap();
        }
        writer.commit().unwrap();
        self.journal.release(self.last).unwrap();
    }

    /// Closes the store; gives the engine as it was.
    pub(crate) fn close(mut self) -> Engine {
        self.ship();
        self.engine
    }
}
