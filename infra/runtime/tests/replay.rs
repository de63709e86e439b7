//! A crash anywhere changes nothing: the log replayed, from the beginning or over a snapshot swept at any pace, gives the
//! same state, the same ids, the same payloads and the same calls to make.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;

use fanin_event::{Scratch, Timestamp};
use fanin_plan::Plan;
use fanin_runtime::{Command, Engine, Operation, Origin, Outbox, OutcomeRef, Record, Records, Restore};
use proptest::prelude::*;

const WORKFLOW: &str = r#"{
  "version": 1, "name": "all",
  "events": {
    "a": { "match": { "source": ["t"], "detail-type": ["a"] }, "capture": { "$.detail.k": "{k}", "$.detail.v": "{v}" } },
    "b": { "match": { "source": ["t"], "detail-type": ["b"] }, "capture": { "$.detail.k": "{k}", "$.detail.v": "{v}" } },
    "any_of_them": { "match": { "source": ["t"] }, "capture": { "$.detail.k": "{k}" } }
  },
  "conditions": {
    "both": { "all": ["a", "b"], "by": "k", "within": "10s" },
    "three": { "count": "a", "by": "k", "distinct": "v", "reach": 3, "fire": "every", "within": "20s" },
    "burst": { "count": "any_of_them", "reach": 4, "fire": "every", "sliding": "5s" },
    "quiet": { "absent": "b", "by": "k", "for": "7s" },
    "pair": { "all": ["both", "three"], "by": "k", "within": "1m" },
    "lost": { "any": ["both.timeout", "work.failed"], "by": "k", "fire": "every" }
  },
  "rules": {
    "work": { "when": "both", "invoke": "f", "input": { "k.$": "$.detail.key.k" },
              "retry": [ { "ErrorEquals": ["States.ALL"], "IntervalSeconds": 2, "MaxAttempts": 2, "JitterStrategy": "FULL" } ] },
    "raw": { "when": "a", "invoke": "f" },
    "spread": { "when": "pair", "invoke": "f", "map": { "items": "$.detail.members.both", "max_concurrency": 1 } }
  },
  "functions": { "f": { "respond": { "ok": true } } }
}"#;

fn plan() -> Plan {
    let compiled = fanin_workflow::compile("all.json", WORKFLOW);
    assert!(compiled.plan.is_some(), "{:?}", compiled.diagnostics);
    compiled.plan.unwrap()
}

#[derive(Clone, Debug)]
enum Step {
    Event { kind: char, key: u8, value: u8, id: u8 },
    Wait(u16),
    Settle { ok: bool },
    Operate { condition: usize, key: u8, command: usize },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (prop_oneof![Just('a'), Just('b')], 0..3_u8, 0..4_u8, 0..40_u8)
            .prop_map(|(kind, key, value, id)| Step::Event { kind, key, value, id }),
        2 => (1..9_000_u16).prop_map(Step::Wait),
        2 => any::<bool>().prop_map(|ok| Step::Settle { ok }),
        1 => (0..7_usize, 0..3_u8, 0..5_usize)
            .prop_map(|(condition, key, command)| Step::Operate { condition, key, command }),
    ];
    prop::collection::vec(step, 1..60)
}

/// What left the engine, by id: payloads must never differ.
#[derive(Debug, Default, PartialEq)]
struct Seen(BTreeMap<String, String>);

impl Seen {
    fn note(&mut self, id: String, payload: &str) {
        let before = self.0.insert(id.clone(), payload.to_owned());
        assert!(before.is_none_or(|b| b == payload), "one id, two payloads: {id}");
    }

    fn take(&mut self, outbox: Outbox) -> Vec<fanin_rule::Action> {
        for notice in &outbox.derived {
            self.note(notice.identity.to_uuid(), &notice.envelope);
        }
        for action in &outbox.actions {
            self.note(format!("{}#{}", action.id, action.attempt), &action.payload);
        }
        outbox.actions
    }
}

struct Play {
    engine: Engine,
    log: Vec<u8>,
    at: i64,
    open: Vec<fanin_rule::Action>,
    seen: Seen,
    /// Recognize events ahead of their turn.
    ahead: bool,
    /// Write captures with escapes, so that they are no stretch of the text.
    escape: bool,
}

impl Play {
    fn new() -> Play {
        let mut play = Play {
            engine: Engine::default(),
            log: Vec::new(),
            at: 1_000_000,
            open: Vec::new(),
            seen: Seen::default(),
            ahead: false,
            escape: false,
        };
        let plan = plan().to_json().unwrap();
        play.turn(&Record::Activated { at: Timestamp(play.at), plan: &plan });
        play
    }

    fn turn(&mut self, record: &Record<'_>) {
        record.encode(&mut self.log);
        self.engine.turn(record).unwrap();
        let outbox = self.engine.outbox();
        self.open.extend(self.seen.take(outbox));
    }

    /// An operation, whether it can be carried out or not: one that cannot be changes nothing.
    fn operate(&mut self, (condition, key, command): (usize, u8, usize), at: Timestamp) {
        let names = ["both", "three", "burst", "quiet", "pair", "lost", "nothing"];
        let waive = |member: &str, set: &[(&str, &str)]| Command::Waive {
            member: member.to_owned(),
            set: set.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
        };
        let commands =
            [Command::Drop, Command::Expire, waive("a", &[("v", "9")]), waive("b", &[]), waive("three", &[])];
        let name = *names.get(condition).unwrap();
        let operation = Operation {
            condition: name.to_owned(),
            key: if name == "burst" { String::new() } else { key.to_string() },
            command: commands.get(command).unwrap().clone(),
            by: "ann".to_owned(),
            why: "test".to_owned(),
        };
        // What is due before comes first, as on a host, so that the check sees what the turn will see.
        self.turn(&Record::Tick { at });
        let possible = self.engine.check_operation(&operation, at).is_ok();
        let before = (!possible)
            .then(|| (self.engine.stats(), self.engine.instance_count(), self.engine.open_instances()));
        operation.with_record(at, |record| self.turn(record));
        if let Some(before) = before {
            let after = (self.engine.stats(), self.engine.instance_count(), self.engine.open_instances());
            assert_eq!(before, after, "what was refused changed something");
        }
    }

    fn step(&mut self, step: &Step) {
        self.at += 1;
        let at = self.engine.stamp(Timestamp(self.at));
        match step {
            Step::Event { kind, key, value, id } => {
                let key = if self.escape { format!("\\u003{key}") } else { key.to_string() };
                let text = format!(
                    r#"{{"id":"{kind}{id}","source":"t","detail-type":"{kind}","time":"2026-01-01T00:00:00Z","detail":{{"k":"{key}","v":{value}}}}}"#
                );
                let record = Record::Event { at, identity: None, origin: Origin::Internal, text: &text };
                if !self.ahead {
                    return self.turn(&record);
                }
                record.encode(&mut self.log);
                let texts = ["not an event", &text].into_iter().map(|text| (text, None));
                let ahead = self.engine.recognition().unwrap().ahead(texts, &mut Scratch::default());
                self.engine.turn_ahead(&record, &ahead, 1);
                let outbox = self.engine.outbox();
                self.open.extend(self.seen.take(outbox));
            }
            Step::Wait(ms) => {
                self.at += i64::from(*ms);
                self.turn(&Record::Tick { at: Timestamp(self.at) });
            }
            Step::Operate { condition, key, command } => {
                self.operate((*condition, *key, *command), at);
            }
            Step::Settle { ok } => {
                let Some(action) = self.open.pop() else { return };
                let outcome =
                    if *ok { OutcomeRef::Done("1") } else { OutcomeRef::Failed("Boom", "it broke") };
                let (run, index, attempt) = (action.run, action.index, action.attempt);
                self.turn(&Record::Settled { at, run, index, attempt, outcome });
            }
        }
    }
}

fn replay(mut engine: Engine, log: &[u8]) -> (Engine, Seen) {
    let mut seen = Seen::default();
    for record in Records::of(log) {
        engine.turn(&record.unwrap()).unwrap();
        seen.take(engine.outbox());
    }
    (engine, seen)
}

/// Header, entities, and the calls to make: id, attempt, payload.
type Picture = (String, Vec<Vec<u8>>, Vec<(String, u32, String)>);

/// Everything observable of a state, and every byte of its snapshot in a canonical order.
fn picture(engine: &mut Engine) -> Picture {
    let mut blocks = Vec::new();
    let (_, header) = engine.begin_snapshot();
    while !engine.sweep(1, &mut blocks) {}
    let mut entities: Vec<Vec<u8>> = Vec::new();
    for (section, block) in &blocks {
        let mut rest = block.as_slice();
        while let Some((length, after)) = rest.split_first_chunk::<4>() {
            let (entity, after) = after.split_at(u32::from_le_bytes(*length) as usize);
            entities.push([&[*section], entity].concat());
            rest = after;
        }
    }
    entities.sort();
    let open = engine.instances().filter(|view| view.instance.is_open()).count();
    assert_eq!(engine.open_instances(), open, "the counter of open instances");
    let pending = engine.pending_actions().into_iter();
    let pending = pending.map(|a| (a.id.to_string(), a.attempt, a.payload.to_string())).collect();
    (String::from_utf8(header).unwrap(), entities, pending)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn the_log_gives_the_state_back(steps in steps()) {
        let mut play = Play::new();
        steps.iter().for_each(|step| play.step(step));
        let (mut again, seen) = replay(Engine::default(), &play.log);
        prop_assert_eq!(&seen, &play.seen);
        prop_assert_eq!(again.stats(), play.engine.stats());
        prop_assert_eq!(picture(&mut again), picture(&mut play.engine));
    }

    #[test]
    fn a_snapshot_swept_while_the_engine_goes_on_is_the_moment_it_began(
        steps in steps(), begin in 0..60_usize, pace in 1..4_usize,
    ) {
        let mut play = Play::new();
        let begin = begin.min(steps.len());
        steps[..begin].iter().for_each(|step| play.step(step));
        let covers = play.log.len();
        let mut blocks = vec![play.engine.begin_snapshot()];
        let mut swept = false;
        for step in &steps[begin..] {
            play.step(step);
            swept = swept || play.engine.sweep(pace, &mut blocks);
        }
        while !swept {
            swept = play.engine.sweep(pace, &mut blocks);
        }
        let mut restore = Restore::default();
        for (section, block) in &blocks {
            restore.block(*section, block).unwrap();
        }
        let (mut again, after) = replay(restore.finish().unwrap(), &play.log[covers..]);
        for (id, payload) in &after.0 {
            prop_assert_eq!(play.seen.0.get(id), Some(payload), "a new id after a restart: {}", id);
        }
        prop_assert_eq!(again.stats(), play.engine.stats());
        prop_assert_eq!(picture(&mut again), picture(&mut play.engine));
    }

    #[test]
    fn recognized_ahead_is_recognized_in_the_turn(steps in steps(), escape in any::<bool>()) {
        let (mut ahead, mut inline) = (Play::new(), Play::new());
        ahead.ahead = true;
        for play in [&mut ahead, &mut inline] {
            play.escape = escape;
            steps.iter().for_each(|step| play.step(step));
        }
        prop_assert_eq!(&ahead.log, &inline.log);
        prop_assert_eq!(&ahead.seen, &inline.seen);
        prop_assert_eq!(ahead.engine.stats(), inline.engine.stats());
        prop_assert_eq!(picture(&mut ahead.engine), picture(&mut inline.engine));
    }

    #[test]
    fn a_wake_up_late_is_a_wake_up_in_time(steps in steps()) {
        // The same events with every tick left out until the end: downtime does not change what is decided, or when.
        // Operations are left out as well: they come at a moment and see what stands then.
        let settles = |s: &&Step| !matches!(s, Step::Settle { .. } | Step::Operate { .. });
        let events: Vec<Step> = steps.iter().filter(settles).cloned().collect();
        let (mut ticked, mut asleep) = (Play::new(), Play::new());
        for step in &events {
            ticked.step(step);
            if let Step::Wait(ms) = step { asleep.at += i64::from(*ms) + 1 } else { asleep.step(step) }
        }
        for play in [&mut ticked, &mut asleep] {
            play.at += 1_000_000;
            play.turn(&Record::Tick { at: Timestamp(play.at) });
        }
        prop_assert_eq!(&ticked.seen, &asleep.seen);
    }
}
