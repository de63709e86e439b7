//! A store that a test writes as a host would, with moments of its own choice.

use std::path::Path;

use fanin_event::Timestamp;
use fanin_rule::Action;
use fanin_runtime::{Engine, Origin, OutcomeRef, Record, SEMANTICS};
use fanin_store::{Checkpoint, Journal};
use fanin_store_embedded::{FileCheckpoint, FileJournal, FileStore, Options};
use tempfile::TempDir;

/// A host without threads, calls and clock.
pub(crate) struct World {
    dir: TempDir,
    journal: FileJournal,
    checkpoint: FileCheckpoint,
    pub(crate) engine: Engine,
    at: i64,
    /// Records that are taken and not written yet.
    frame: Vec<u8>,
    /// Calls that nobody answered yet.
    pub(crate) open: Vec<Action>,
}

/// The first moment: 2026-01-02T02:00:00Z.
pub(crate) const BEGIN: i64 = 1_767_319_200_000;

impl World {
    /// An empty store with this workflow.
    pub(crate) fn new(workflow: &str) -> World {
        World::with(workflow, Options::new(SEMANTICS))
    }

    /// An empty store, opened in another way than usual.
    pub(crate) fn with(workflow: &str, options: Options) -> World {
        let dir = tempfile::tempdir().unwrap();
        let (journal, checkpoint, _) = FileStore::open(dir.path(), options).unwrap();
        let engine = Engine::default();
        let mut world =
            World { dir, journal, checkpoint, engine, at: BEGIN, frame: Vec::new(), open: Vec::new() };
        world.activate(workflow);
        world
    }

    /// Where it lies.
    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Makes a workflow the current one.
    pub(crate) fn activate(&mut self, workflow: &str) {
        let compiled = fanin_workflow::compile("workflow.yaml", workflow);
        let plan = compiled.plan.unwrap_or_else(|| panic!("{:?}", compiled.diagnostics)).to_json().unwrap();
        self.turn(&Record::Activated { at: self.now(), plan: &plan });
    }

    /// The moment it is.
    pub(crate) fn now(&self) -> Timestamp {
        Timestamp(self.at)
    }

    /// Seconds go by; whoever is due is woken.
    pub(crate) fn later(&mut self, seconds: i64) {
        self.at += seconds * 1000;
        self.turn(&Record::Tick { at: self.now() });
    }

    /// An event comes, one second after what was before.
    pub(crate) fn send(&mut self, id: &str, kind: &str, detail: &str) {
        self.at += 1000;
        let time = self.now();
        let text = format!(
            r#"{{"version":"0","id":"{id}","source":"shop","detail-type":"{kind}","time":"{time}","detail":{detail}}}"#
        );
        self.take(&text);
    }

    /// A text comes as an event.
    pub(crate) fn take(&mut self, text: &str) {
        let record = Record::Event { at: self.now(), identity: None, origin: Origin::Http, text };
        self.turn(&record);
    }

    /// The oldest open call of a rule ends, one second after what was before.
    pub(crate) fn answer(&mut self, rule: &str, outcome: OutcomeRef<'_>) {
        self.at += 1000;
        let place = self.open.iter().position(|action| &*action.rule == rule).expect("no such call");
        let action = self.open.remove(place);
        let (run, index, attempt) = (action.run, action.index, action.attempt);
        self.turn(&Record::Settled { at: self.now(), run, index, attempt, outcome });
    }

    /// A record is taken and written.
    pub(crate) fn turn(&mut self, record: &Record<'_>) {
        self.gather(record);
        self.write();
    }

    /// A record is taken, to be written with those that follow.
    pub(crate) fn gather(&mut self, record: &Record<'_>) {
        record.encode(&mut self.frame);
        self.engine.turn(record).unwrap();
        self.open.extend(self.engine.outbox().actions);
        if self.frame.len() > 100_000 {
            self.write();
        }
    }

    /// What was gathered is written.
    pub(crate) fn write(&mut self) {
        let frame = std::mem::take(&mut self.frame);
        if !frame.is_empty() {
            self.journal.append(&[&frame]).unwrap();
        }
    }

    /// A snapshot is taken.
    pub(crate) fn snapshot(&mut self) {
        let at = self.journal.last();
        let mut writer = self.checkpoint.begin(at).unwrap();
        let (section, header) = self.engine.begin_snapshot();
        writer.put(section, &header).unwrap();
        let mut blocks = Vec::new();
        while !self.engine.sweep(64, &mut blocks) {}
        for (section, block) in blocks {
            writer.put(section, &block).unwrap();
        }
        writer.commit().unwrap();
        self.journal.release(at).unwrap();
    }
}
