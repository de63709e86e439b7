//! The host over restarts: what was due meanwhile, what was not settled, what was put aside, and what it refuses.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use fanin_event::Timestamp;
use fanin_local::{Arrival, Clock, Host, HostError, HostOptions, Outlet};
use fanin_plan::Plan;
use fanin_rule::{Action, Outcome};
use fanin_runtime::{Notice, Origin};

fn compile(text: &str) -> Plan {
    let compiled = fanin_workflow::compile("test.yaml", text);
    assert!(compiled.plan.is_some(), "{:?}", compiled.diagnostics);
    compiled.plan.unwrap()
}

const WORKFLOW: &str = "
version: 1
name: jobs
events:
  part: { match: { source: [t] }, capture: { $.detail.job: '{job}' } }
conditions:
  both: { count: part, by: job, reach: 2, within: 1h }
rules:
  call: { when: both, invoke: f }
functions:
  f: { respond: null }
";

#[derive(Clone, Default)]
struct Seen(Arc<Mutex<(Vec<Action>, Vec<Notice>)>>);

impl Outlet for Seen {
    fn actions(&self, actions: Vec<Action>) {
        self.0.lock().unwrap().0.extend(actions);
    }
    fn notices(&self, notices: Vec<Notice>) {
        self.0.lock().unwrap().1.extend(notices);
    }
    fn failed(&self, _: &str) {}
}

impl Seen {
    fn take(&self) -> (Vec<Action>, Vec<Notice>) {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

struct Place {
    dir: tempfile::TempDir,
    clock: Clock,
    seen: Seen,
}

impl Place {
    fn new() -> Place {
        let clock = Clock::standing_at(Timestamp(1_000_000));
        Place { dir: tempfile::tempdir().unwrap(), clock, seen: Seen::default() }
    }

    fn options(&self) -> HostOptions {
        HostOptions { clock: self.clock.clone(), ..HostOptions::at(self.dir.path()) }
    }

    fn open(&self, plan: &Plan) -> (Host, fanin_local::Opened) {
        Host::open(&self.options(), plan, Box::new(self.seen.clone())).unwrap()
    }
}

fn event(job: &str, id: usize, padding: usize) -> Vec<Arrival> {
    let pad = "x".repeat(padding);
    let text = format!(
        r#"{{"id":"{job}-{id}","source":"t","detail-type":"Part","detail":{{"job":"{job}","pad":"{pad}"}}}}"#
    );
    vec![Arrival { text, identity: None, origin: Origin::Internal }]
}

#[test]
fn a_deadline_that_passed_while_nobody_ran_is_decided_at_its_own_moment() {
    let (place, plan) = (Place::new(), compile(WORKFLOW));
    let (host, _) = place.open(&plan);
    host.handle().submit_wait(event("a", 1, 0)).unwrap();
    host.halt();
    place.clock.set(Timestamp(1_000_000 + 5 * 3_600_000));
    let (host, _) = place.open(&plan);
    host.handle().tick().unwrap();
    host.handle().flush().unwrap();
    let (_, notices) = place.seen.take();
    let timeouts: Vec<_> = notices.iter().map(|n| (&*n.name, n.at)).collect();
    assert_eq!(timeouts, [("both.timeout", Timestamp(1_000_000 + 3_600_000))]);
}

#[test]
fn a_call_that_was_not_settled_is_made_again_with_the_same_id_and_a_settled_one_is_not() {
    let (place, plan) = (Place::new(), compile(WORKFLOW));
    let (host, _) = place.open(&plan);
    for job in ["a", "b"] {
        host.handle().submit_wait(event(job, 1, 0)).unwrap();
        host.handle().submit_wait(event(job, 2, 0)).unwrap();
    }
    host.handle().flush().unwrap();
    let (first, _) = place.seen.take();
    assert_eq!(first.len(), 2);
    host.handle().settle(&first[0], Outcome::Done { result: "1".to_owned() });
    host.handle().flush().unwrap();
    host.halt();
    let (host, opened) = place.open(&plan);
    assert_eq!(opened.unsettled, 1);
    let (again, _) = place.seen.take();
    assert_eq!(again, first[1..]);
    // The duplicates that senders make after a restart change nothing.
    host.handle().submit_wait(event("a", 1, 0)).unwrap();
    host.handle().flush().unwrap();
    assert_eq!(place.seen.take().0, []);
}

#[test]
fn members_that_are_too_large_are_put_aside_before_the_call_and_again_after_a_crash() {
    let (place, plan) = (Place::new(), compile(WORKFLOW));
    let (host, _) = place.open(&plan);
    host.handle().submit_wait(event("a", 1, 150_000)).unwrap();
    host.handle().submit_wait(event("a", 2, 150_000)).unwrap();
    host.handle().flush().unwrap();
    let (calls, _) = place.seen.take();
    let payload: serde_json::Value = serde_json::from_str(&calls[0].payload).unwrap();
    let claim = payload.pointer("/detail/members/$claim").unwrap().as_str().unwrap().to_owned();
    let object = place.options().objects().join(&claim);
    let body = std::fs::read_to_string(&object).unwrap();
    assert!(body.len() > 300_000 && calls[0].payload.len() < 10_000);
    // The crash came between the sync and the object: recovery makes sure of it.
    host.halt();
    std::fs::remove_file(&object).unwrap();
    let (_host, _) = place.open(&plan);
    assert_eq!(std::fs::read_to_string(&object).unwrap(), body);
}

#[test]
fn an_instance_finishes_under_the_version_that_opened_it_over_restarts_too() {
    let (place, two) = (Place::new(), compile(WORKFLOW));
    let three = compile(&WORKFLOW.replace("reach: 2", "reach: 3"));
    let (host, _) = place.open(&two);
    host.handle().submit_wait(event("old", 1, 0)).unwrap();
    host.handle().activate(&three).unwrap();
    host.handle().submit_wait(event("new", 1, 0)).unwrap();
    host.close().unwrap();
    let (host, opened) = place.open(&three);
    assert!(opened.snapshot > 0 && opened.replayed == 0, "{opened:?}");
    host.handle().submit_wait(event("old", 2, 0)).unwrap();
    host.handle().submit_wait(event("new", 2, 0)).unwrap();
    host.handle().flush().unwrap();
    let jobs = |notices: &[Notice]| notices.iter().map(|n| n.captures[0].1.to_string()).collect::<Vec<_>>();
    assert_eq!(jobs(&place.seen.take().1), ["old"]);
    host.handle().submit_wait(event("new", 3, 0)).unwrap();
    host.handle().flush().unwrap();
    assert_eq!(jobs(&place.seen.take().1), ["new"]);
}

#[test]
fn a_start_with_the_same_workflow_writes_nothing() {
    let (place, plan) = (Place::new(), compile(WORKFLOW));
    place.open(&plan).0.close().unwrap();
    let (host, opened) = place.open(&plan);
    assert_eq!(host.handle().syncs(), 0);
    assert!(opened.store.repaired().is_none());
}

#[test]
fn another_workflow_and_a_second_process_are_refused() {
    let (place, plan) = (Place::new(), compile(WORKFLOW));
    let (host, _) = place.open(&plan);
    let second = Host::open(&place.options(), &plan, Box::new(Seen::default())).unwrap_err();
    assert!(matches!(&second, HostError::Store(e) if e.to_string().contains("in use")), "{second}");
    host.close().unwrap();
    let other = compile(&WORKFLOW.replace("name: jobs", "name: others"));
    let error = Host::open(&place.options(), &other, Box::new(Seen::default())).unwrap_err();
    assert!(error.to_string().contains("belongs to the workflow \"jobs\""), "{error}");
}

#[test]
fn an_event_that_is_none_is_answered_and_kept_as_a_dead_letter() {
    let (place, plan) = (Place::new(), compile(WORKFLOW));
    let (host, _) = place.open(&plan);
    for text in ["{", r#"{"id":"1"}"#, &format!(r#"{{"id":"{}"}}"#, "x".repeat(300_000))] {
        let arrival = Arrival { text: text.to_owned(), identity: None, origin: Origin::Stdin };
        let receptions = host.handle().submit_wait(vec![arrival]).unwrap();
        assert!(receptions[0].refused.is_some(), "{:.20}", text);
    }
    let letters =
        host.handle().look(|engine| engine.dead_letters().iter().cloned().collect::<Vec<_>>()).unwrap();
    let codes: Vec<_> = letters.iter().map(|l| l.code.as_str()).collect();
    assert_eq!(codes, ["not-an-event", "no-identity", "event-too-large"]);
    assert_eq!(letters[0].payload, "{");
}

#[test]
fn a_full_queue_sends_producers_away_and_loses_nothing_it_took() {
    let (place, plan) = (Place::new(), compile(WORKFLOW));
    let (host, _) = place.open(&plan);
    let (hold, held) = std::sync::mpsc::channel::<()>();
    let handle = host.handle();
    let waiter = std::thread::spawn({
        let handle = handle.clone();
        move || handle.look(move |_| held.recv_timeout(Duration::from_secs(10)))
    });
    std::thread::sleep(Duration::from_millis(50));
    let (answers, results) = std::sync::mpsc::channel();
    for batch in 0..40 {
        let events = (0..4_096).flat_map(|n| event(&format!("{batch}-{n}"), 1, 0)).collect();
        let answers = answers.clone();
        handle.submit_then(
            events,
            Box::new(move |answer| {
                let _ = answers.send(answer.map(|a| a.len()));
            }),
        );
    }
    hold.send(()).unwrap();
    waiter.join().unwrap().unwrap().unwrap();
    let all: Vec<_> = results.iter().take(40).collect();
    let taken: usize = all.iter().flatten().sum();
    let busy = all.iter().filter(|a| matches!(a, Err(HostError::Busy))).count();
    assert!(busy > 0 && taken == (40 - busy) * 4_096, "{busy} {taken}");
    assert_eq!(handle.look(|engine| engine.instance_count()).unwrap(), taken);
}
