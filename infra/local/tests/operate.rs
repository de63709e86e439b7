//! People intervene: on a running host, and in a store that no host has open. What they do is in the log.
#![expect(clippy::unwrap_used, reason = "tests")]

use fanin_event::Timestamp;
use fanin_local::{Arrival, Clock, Host, HostError, HostOptions, Nobody, Opened};
use fanin_plan::Plan;
use fanin_runtime::documents::instance_told;
use fanin_runtime::{Command, Operation, Origin};

const WORKFLOW: &str = "
version: 1
name: jobs
events:
  part: { match: { source: [t] }, capture: { $.detail.job: '{job}' } }
conditions:
  both: { count: part, by: job, reach: 2, within: 1h }
rules:
  call: { when: [both, both.timeout], invoke: f }
functions:
  f: { respond: null }
";

fn plan() -> Plan {
    fanin_workflow::compile("test.yaml", WORKFLOW).plan.unwrap()
}

struct Place {
    dir: tempfile::TempDir,
    clock: Clock,
}

impl Place {
    fn new() -> Place {
        Place { dir: tempfile::tempdir().unwrap(), clock: Clock::standing_at(Timestamp(1_000_000)) }
    }

    fn options(&self) -> HostOptions {
        HostOptions { clock: self.clock.clone(), ..HostOptions::at(self.dir.path()) }
    }

    fn open(&self) -> (Host, Opened) {
        Host::open(&self.options(), &plan(), Box::new(Nobody)).unwrap()
    }

    fn as_it_is(&self) -> Result<(Host, Opened), HostError> {
        Host::open_as_it_is(&self.options(), Box::new(Nobody))
    }
}

fn send(host: &Host, job: &str) {
    let text = format!(r#"{{"id":"{job}-1","source":"t","detail-type":"Part","detail":{{"job":"{job}"}}}}"#);
    let arrival = Arrival { text, identity: None, origin: Origin::Internal };
    host.handle().submit_wait(vec![arrival]).unwrap();
}

fn operation(key: &str, command: Command) -> Operation {
    let (by, why) = ("ann".to_owned(), "test".to_owned());
    Operation { condition: "both".to_owned(), key: key.to_owned(), command, by, why }
}

fn waive() -> Command {
    Command::Waive { member: "part".to_owned(), set: Default::default() }
}

#[test]
fn an_operation_is_answered_when_it_is_durable_with_what_followed() {
    let place = Place::new();
    let (host, _) = place.open();
    send(&host, "a");
    send(&host, "b");
    let followed = host.handle().operate_wait(operation("a", waive())).unwrap().unwrap();
    let names: Vec<_> = followed.derived.iter().map(|d| d.name.as_str()).collect();
    let calls: Vec<_> = followed.calls.iter().map(|c| (c.rule.as_str(), c.target.as_str())).collect();
    assert_eq!((names, calls), (vec!["both"], vec![("call", "f")]));
    let followed = host.handle().operate_wait(operation("b", Command::Expire)).unwrap().unwrap();
    assert_eq!(followed.derived[0].name, "both.timeout");
    host.halt();
    // The log has both, with who and why.
    let (host, opened) = place.open();
    assert_eq!(opened.unsettled, 2);
    let told = host.handle().look(|engine| instance_told(engine, "both", "a").unwrap()).unwrap();
    assert_eq!(told.explanation.count, 2);
    let told = host.handle().look(|engine| instance_told(engine, "both", "b").unwrap()).unwrap();
    assert_eq!(told.explanation.state, fanin_condition::State::TimedOut);
}

#[test]
fn what_is_refused_is_not_written() {
    let place = Place::new();
    let (host, _) = place.open();
    send(&host, "a");
    let before = host.handle().syncs();
    for (key, command, code) in [
        ("b", Command::Drop, "no-such-instance"),
        ("a", Command::Waive { member: "prat".to_owned(), set: Default::default() }, "no-such-member"),
    ] {
        let refused = host.handle().operate_wait(operation(key, command)).unwrap().unwrap_err();
        assert_eq!(refused.code(), code);
    }
    assert!(host.handle().redrive_wait(7).unwrap().is_none());
    assert_eq!(host.handle().syncs(), before);
}

#[test]
fn a_deadline_that_has_passed_comes_before_what_a_person_does() {
    let place = Place::new();
    let (host, _) = place.open();
    send(&host, "a");
    place.clock.set(Timestamp(1_000_000 + 2 * 3_600_000));
    let refused = host.handle().operate_wait(operation("a", waive())).unwrap().unwrap_err();
    assert_eq!(refused.code(), "not-open");
}

#[test]
fn a_store_that_is_not_running_is_opened_as_it_is() {
    let place = Place::new();
    let (host, _) = place.open();
    send(&host, "a");
    host.close().unwrap();
    let (host, opened) = place.as_it_is().unwrap();
    assert_eq!(opened.unsettled, 0);
    let followed = host.handle().operate_wait(operation("a", waive())).unwrap().unwrap();
    assert_eq!(followed.calls.len(), 1);
    let second = place.as_it_is().unwrap_err();
    assert!(second.to_string().contains("in use"), "{second}");
    host.halt();
    let (_host, opened) = place.open();
    assert_eq!(opened.unsettled, 1, "the call is made by the host that comes after");
}

#[test]
fn where_no_workflow_was_there_is_nothing_to_intervene_in() {
    let place = Place::new();
    let error = place.as_it_is().unwrap_err();
    assert!(matches!(error, HostError::Empty(_)), "{error}");
    let options = HostOptions::at(place.dir.path().join("nothing"));
    let error = Host::open_as_it_is(&options, Box::new(Nobody)).unwrap_err();
    assert!(error.to_string().contains("holds no state of a workflow"), "{error}");
    assert!(!options.dir.exists());
}
