//! The engine in memory as a stage: a log of frames, snapshots now and then, and crashes that lose everything else.

use fanin_event::{Identity, Timestamp};
use fanin_plan::Plan;
use fanin_rule::{Action, Outcome};
use fanin_runtime::{
    ActivateError, DeadLetter, Engine, Notice, Origin, Outbox, OutcomeRef, Record, Records, Restore, Step,
};

/// A committed snapshot: its blocks and how much of the log it covers.
#[derive(Debug, Default)]
struct Snapshot {
    blocks: Vec<(u8, Vec<u8>)>,
    covers: usize,
}

/// A snapshot being swept while the engine goes on.
#[derive(Debug)]
struct Sweep {
    snapshot: Snapshot,
    places: usize,
}

/// The stage.
#[derive(Debug, Default)]
pub struct Bench {
    engine: Engine,
    log: Vec<u8>,
    committed: Option<Snapshot>,
    sweep: Option<Sweep>,
    outbox: Outbox,
    /// What the turns did, as far as anybody asked.
    steps: Option<Vec<Step>>,
}

/// A plan that was found good once, to be put on many stages.
#[derive(Debug)]
pub struct Prepared {
    json: String,
    /// Has the plan and nothing else.
    engine: Engine,
    at: Timestamp,
}

impl Prepared {
    /// Loads the plan, which becomes the current workflow at `at`.
    ///
    /// # Errors
    /// When it does not load.
    pub fn new(plan: &Plan, at: Timestamp) -> Result<Prepared, ActivateError> {
        let json = plan.to_json()?;
        let mut engine = Engine::default();
        engine.turn(&Record::Activated { at, plan: &json })?;
        Ok(Prepared { json, engine, at })
    }

    /// A stage on which it is the current workflow from the beginning. Its log begins with the activation, so that a crash
    /// reads the plan again, but a new stage does not.
    #[must_use]
    pub fn bench(&self) -> Bench {
        let mut bench = Bench { engine: self.engine.fresh(), ..Bench::default() };
        Record::Activated { at: self.at, plan: &self.json }.encode(&mut bench.log);
        bench
    }

    /// As [`Prepared::bench`]; its turns tell what they do.
    #[must_use]
    pub fn telling(&self) -> Bench {
        let mut bench = self.bench();
        bench.engine.gather_steps();
        bench.steps = Some(Vec::new());
        bench
    }
}

impl Bench {
    /// A stage on which `plan` is the current workflow from the beginning.
    ///
    /// # Errors
    /// When the plan does not load.
    pub fn new(plan: &Plan, at: Timestamp) -> Result<Bench, ActivateError> {
        Ok(Prepared::new(plan, at)?.bench())
    }

    /// What the turns did so far, if it is a telling stage.
    #[must_use]
    pub fn take_steps(&mut self) -> Vec<Step> {
        self.steps.take().unwrap_or_default()
    }

    /// The engine, to look at.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    fn turn(&mut self, record: &Record<'_>) {
        record.encode(&mut self.log);
        // Only activations can fail, and these are checked before.
        let _ = self.engine.turn(record);
        self.outbox.append(self.engine.outbox());
        if let Some(steps) = &mut self.steps {
            steps.append(&mut self.engine.take_steps());
        }
        self.sweep_on();
    }

    /// Begins a snapshot that sweeps `places` entities after each turn from now on, and counts once it is complete.
    pub fn begin_snapshot(&mut self, places: usize) {
        let header = self.engine.begin_snapshot();
        let snapshot = Snapshot { blocks: vec![header], covers: self.log.len() };
        self.sweep = Some(Sweep { snapshot, places });
        self.sweep_on();
    }

    fn sweep_on(&mut self) {
        let Some(mut sweep) = self.sweep.take() else { return };
        if self.engine.sweep(sweep.places, &mut sweep.snapshot.blocks) {
            self.committed = Some(sweep.snapshot);
        } else {
            self.sweep = Some(sweep);
        }
    }

    /// The state that the newest snapshot and the log after it give.
    ///
    /// # Errors
    /// When they cannot be read: a fault of the engine.
    pub fn recovered(&self) -> Result<Engine, String> {
        let mut restore = Restore::default();
        let mut covers = 0;
        if let Some(snapshot) = &self.committed {
            covers = snapshot.covers;
            for (section, block) in &snapshot.blocks {
                restore.block(*section, block).map_err(|e| e.to_string())?;
            }
        }
        let mut engine = restore.finish().map_err(|e| e.to_string())?;
        for record in Records::of(self.log.get(covers..).unwrap_or_default()) {
            let record = record.map_err(|e| e.to_string())?;
            engine.turn(&record).map_err(|e| e.to_string())?;
        }
        let _ = engine.outbox();
        Ok(engine)
    }
}

impl crate::Stage for Bench {
    fn submit(&mut self, at: Timestamp, identity: Identity, text: &str) -> Result<(), String> {
        self.turn(&Record::Event { at, identity: Some(identity), origin: Origin::Internal, text });
        Ok(())
    }

    fn tick(&mut self, at: Timestamp) {
        if self.engine.next_due() <= at {
            self.turn(&Record::Tick { at });
        }
    }

    fn settle(&mut self, at: Timestamp, action: &Action, outcome: &Outcome) {
        let outcome = match outcome {
            Outcome::Done { result } => OutcomeRef::Done(result),
            Outcome::Failed { error, cause } => OutcomeRef::Failed(error, cause),
        };
        let (run, index, attempt) = (action.run, action.index, action.attempt);
        self.turn(&Record::Settled { at, run, index, attempt, outcome });
    }

    fn next_due(&self) -> Timestamp {
        self.engine.next_due()
    }

    fn outbox(&mut self) -> (Vec<Action>, Vec<Notice>) {
        let outbox = self.outbox.take();
        (outbox.actions, outbox.derived)
    }

    fn crash(&mut self) {
        self.sweep = None;
        // What was let out stays let out; an unread outbox is what the process had sent before it died.
        match self.recovered() {
            Ok(engine) => self.engine = engine,
            Err(what) => unreachable_state(&what),
        }
        if self.steps.is_some() {
            self.engine.gather_steps();
        }
        self.outbox.actions.extend(self.engine.pending_actions());
    }

    fn snapshot(&mut self, pace: usize) {
        self.begin_snapshot(pace);
    }

    fn dead_letters(&self) -> Vec<DeadLetter> {
        self.engine.dead_letters().iter().cloned().collect()
    }
}

/// A log that the engine itself wrote and cannot read is a fault no test can go on with.
#[expect(clippy::panic, reason = "a test player ends the test when the engine cannot read its own log")]
fn unreachable_state(what: &str) {
    panic!("the engine cannot read its own log: {what}");
}
