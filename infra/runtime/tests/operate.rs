//! Operations of people, near misses and pages of instances, on the engine alone.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;
use std::time::Instant;

use fanin_event::Timestamp;
use fanin_plan::Plan;
use fanin_runtime::documents::{instance_page, instance_told, near_rows, not_there};
use fanin_runtime::limits::{MAX_KEYS_COMPARED, MAX_NEAR_LOOKS, MAX_PLACES_A_LOOK, MAX_UNMATCHED};
use fanin_runtime::{Command, Engine, InstanceFilter, Operation, Origin, Record, Step};

const WORKFLOW: &str = "
version: 1
name: jobs
events:
  part: { s3: 'uploads/jobs/{job}/part-{part}.csv' }
  go: { match: { source: [t], detail-type: [Go], detail: { ok: [true] } }, capture: { $.detail.job: '{job}' } }
  pair: { match: { source: [t], detail-type: [Pair] }, capture: { $.detail.a: '{a}', $.detail.b: '{b}' } }
conditions:
  parts: { count: part, by: job, distinct: part, reach: 2, within: 1h }
  both: { all: [parts, go], by: job, within: 1h }
  pairs: { count: pair, by: [a, b], reach: 3, within: 1h }
rules:
  call: { when: [both, both.timeout], invoke: f }
functions:
  f: { respond: null }
";

fn compile(text: &str) -> Plan {
    let compiled = fanin_workflow::compile("test.yaml", text);
    assert!(compiled.plan.is_some(), "{:?}", compiled.diagnostics);
    compiled.plan.unwrap()
}

struct World {
    engine: Engine,
    at: i64,
}

impl World {
    fn new() -> World {
        let mut world = World { engine: Engine::default(), at: 1_767_322_800_000 };
        world.activate(WORKFLOW);
        world
    }

    fn activate(&mut self, text: &str) {
        let plan = compile(text).to_json().unwrap();
        self.turn(|at| Record::Activated { at, plan: &plan });
    }

    fn turn<'a>(&mut self, record: impl FnOnce(Timestamp) -> Record<'a>) {
        self.at += 1;
        self.engine.turn(&record(Timestamp(self.at))).unwrap();
    }

    fn event(&mut self, text: &str) {
        self.turn(|at| Record::Event { at, identity: None, origin: Origin::Internal, text });
    }

    fn upload(&mut self, key: &str) {
        let text = format!(
            r#"{{"id":"{key}","source":"aws.s3","detail-type":"Object Created","detail":{{"bucket":{{"name":"uploads"}},"object":{{"key":"{key}"}}}}}}"#
        );
        self.event(&text);
    }

    fn other(&mut self, id: &str, what: &str, detail: &str) {
        self.event(&format!(r#"{{"id":"{id}","source":"t","detail-type":"{what}","detail":{detail}}}"#));
    }

    fn operate(&mut self, condition: &str, key: &str, command: Command) -> Result<(), String> {
        let (by, why) = ("ann@desk".to_owned(), "the file is lost".to_owned());
        let operation = Operation { condition: condition.to_owned(), key: key.to_owned(), command, by, why };
        self.at += 1;
        let at = Timestamp(self.at);
        self.engine.check_operation(&operation, at).map_err(|e| e.to_string())?;
        operation.with_record(at, |record| self.engine.turn(record).unwrap());
        Ok(())
    }

    /// Names of the derived events, and of the rules that call.
    fn out(&mut self) -> (Vec<String>, Vec<String>) {
        let out = self.engine.outbox();
        let names = out.derived.iter().map(|d| d.name.to_string()).collect();
        (names, out.actions.iter().map(|a| a.rule.to_string()).collect())
    }

    fn open(&self) -> (usize, usize) {
        (self.engine.instance_count(), self.engine.open_instances())
    }
}

fn waive(member: &str, set: &[(&str, &str)]) -> Command {
    let set = set.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    Command::Waive { member: member.to_owned(), set }
}

#[test]
fn a_waived_member_completes_what_waits_and_all_that_follows() {
    let mut world = World::new();
    world.upload("jobs/42/part-1.csv");
    world.other("g", "Go", r#"{"job":"42","ok":true}"#);
    world.engine.gather_steps();
    world.operate("parts", "42", waive("part", &[("part", "2")])).unwrap();
    assert_eq!(world.out(), (vec!["parts".to_owned(), "both".to_owned()], vec!["call".to_owned()]));
    let steps = world.engine.take_steps();
    let Some(Step::Operated { at, command, by, why }) = steps.first() else { panic!("{steps:?}") };
    assert_eq!((&*at.condition, &*at.key, &**by, &**why), ("parts", "42", "ann@desk", "the file is lost"));
    assert_eq!(*command, waive("part", &[("part", "2")]));
    assert!(matches!(&steps[1], Step::Delivered { name, .. } if &**name == "part"), "{steps:?}");
}

#[test]
fn an_expired_round_times_out_with_its_rules() {
    let mut world = World::new();
    world.other("g", "Go", r#"{"job":"42","ok":true}"#);
    assert_eq!(world.open(), (1, 1));
    world.operate("both", "42", Command::Expire).unwrap();
    assert_eq!(world.out(), (vec!["both.timeout".to_owned()], vec!["call".to_owned()]));
    assert_eq!(world.open(), (1, 0));
    let refused = world.operate("both", "42", Command::Expire).unwrap_err();
    assert!(refused.contains("it is closed"), "{refused}");
}

#[test]
fn a_dropped_instance_is_forgotten_and_its_next_member_begins_anew() {
    let mut world = World::new();
    world.upload("jobs/42/part-1.csv");
    let before = world.engine.instance("parts", "42").unwrap().instance.generation();
    world.operate("parts", "42", Command::Drop).unwrap();
    assert_eq!((world.open(), world.out()), ((0, 0), (vec![], vec![])));
    world.upload("jobs/42/part-1.csv");
    let again = world.engine.instance("parts", "42").unwrap();
    assert_ne!(again.instance.generation(), before);
    assert_eq!(again.instance.round(), 1, "the same event counts again: nothing is known of it any more");
}

#[test]
fn a_dropped_instance_wakes_nobody_who_took_its_place() {
    let mut world = World::new();
    world.upload("jobs/1/part-1.csv");
    world.operate("parts", "1", Command::Drop).unwrap();
    world.upload("jobs/2/part-1.csv");
    let due = world.engine.instance("parts", "2").unwrap().instance.next_due();
    world.turn(|_| Record::Tick { at: Timestamp(due.0 - 1) });
    assert_eq!(world.out().0, [""; 0]);
    world.turn(|_| Record::Tick { at: due });
    assert_eq!(world.out().0, ["parts.timeout"]);
}

#[test]
fn instances_of_a_removed_condition_can_be_dropped_and_the_old_version_goes_with_the_last() {
    let mut world = World::new();
    world.upload("jobs/1/part-1.csv");
    world.upload("jobs/2/part-1.csv");
    let removed =
        WORKFLOW.replace("parts: { count", "pieces: { count").replace("[parts, go]", "[pieces, go]");
    world.activate(&removed);
    assert_eq!(world.engine.draining().len(), 1);
    assert!(instance_told(&world.engine, "parts", "1").unwrap().draining);
    world.operate("parts", "1", Command::Drop).unwrap();
    assert_eq!(world.engine.draining().len(), 1);
    world.operate("parts", "2", Command::Drop).unwrap();
    assert_eq!(world.engine.draining().len(), 0);
    assert_eq!(
        world.operate("parts", "2", Command::Drop).unwrap_err(),
        "parts has no instance for key \"2\": nothing was seen of it, or it is forgotten already"
    );
}

#[test]
fn near_misses_name_the_field_that_stands_in_the_way_the_nearest_first() {
    let mut world = World::new();
    world.other("far", "Stop", r#"{"job":"42"}"#);
    world.upload("jobs/42/part-3.CSV");
    world.other("no", "Go", r#"{"job":"42","ok":false}"#);
    let told = |world: &World, condition: &str| -> Vec<String> {
        let misses = near_rows(world.engine.near_misses(condition, 10));
        misses
            .iter()
            .map(|m| format!("{} {}: {} ({}/{})", m.event, m.name, m.reason, m.fields_matched, m.fields))
            .collect()
    };
    assert_eq!(
        told(&world, "parts"),
        [
            "jobs/42/part-3.CSV part: key \"jobs/42/part-3.CSV\" does not fit \"jobs/{job}/part-{part}.csv\" at \".CSV\" (3/3)"
        ]
    );
    let both = told(&world, "both");
    assert_eq!(both[0], "no go: detail.ok false is none of [true] (2/3)");
    assert!(both[1].starts_with("far go: detail-type \"Stop\""), "{both:?}");
    assert_eq!(world.engine.unmatched().count(), 3);
    assert_eq!(told(&world, "nothing"), [""; 0]);
}

#[test]
fn the_more_names_are_in_question_the_fewer_events_are_looked_at() {
    let workflow = |names: usize| {
        let name = |n: usize| format!("e{n}");
        let events: String =
            (0..names).map(|n| format!("  e{n}: {{ match: {{ source: [s{n}] }} }}\n")).collect();
        let list = (0..names).map(name).collect::<Vec<_>>().join(", ");
        format!(
            "version: 1\nname: many\nevents:\n{events}conditions:\n  c: {{ all: [{list}], within: 1h }}\n"
        )
    };
    for names in [MAX_NEAR_LOOKS / MAX_UNMATCHED, MAX_NEAR_LOOKS / MAX_UNMATCHED + 1] {
        let mut world = World { engine: Engine::default(), at: 1_767_322_800_000 };
        world.activate(&workflow(names));
        (0..MAX_UNMATCHED).for_each(|n| world.other(&n.to_string(), "x", "{}"));
        assert_eq!(world.engine.near_question("c").events(), MAX_NEAR_LOOKS / names);
    }
}

#[test]
fn a_page_ends_after_so_many_places_and_so_many_keys_are_compared() {
    let mut world = World::new();
    for n in 0..=MAX_PLACES_A_LOOK {
        world.other(&format!("p{n}"), "Pair", &format!(r#"{{"a":"key","b":"{n}"}}"#));
    }
    let none = InstanceFilter {
        key: BTreeMap::from([("a".to_owned(), "x".to_owned())]),
        ..InstanceFilter::default()
    };
    let page = world.engine.list_instances(&none, 0, 10);
    assert_eq!((page.instances.len(), page.next), (0, Some(u32::try_from(MAX_PLACES_A_LOOK).unwrap())));
    assert_eq!(world.engine.list_instances(&none, 1, 10).next, None);
    let offered = |world: &World, key: usize| {
        let wrong = format!("key,{key}x");
        let near = world.engine.nearest_keys("pairs", &wrong, 1000);
        near.iter().any(|view| view.key == format!("key,{key}"))
    };
    assert!(offered(&world, MAX_KEYS_COMPARED - 1));
    assert!(!offered(&world, MAX_KEYS_COMPARED));
}

#[test]
fn ten_thousand_unmatched_events_are_looked_at_in_well_under_a_second() {
    let mut world = World::new();
    for n in 0..10_000 {
        world.upload(&format!("jobs/{n}/part-3.CSV"));
    }
    let began = Instant::now();
    let misses = world.engine.near_misses("parts", 10);
    let took = began.elapsed();
    assert_eq!(misses[0].event.at, Timestamp(world.at), "the newest of equals first");
    // Optimised it is a fraction of that.
    assert!(took.as_secs() < 5, "{took:?}");
}

#[test]
fn pages_are_stable_and_filters_take_any_part_of_the_key() {
    let mut world = World::new();
    for n in 0..10 {
        world.other(&format!("p{n}"), "Pair", &format!(r#"{{"a":"{}","b":"{n}"}}"#, n % 2));
    }
    world.operate("pairs", "0,4", Command::Expire).unwrap();
    let filter = |key: &[(&str, &str)], open| InstanceFilter {
        condition: Some("pairs".to_owned()),
        key: key.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect::<BTreeMap<_, _>>(),
        open,
        due_by: None,
        text: None,
    };
    let first = instance_page(&world.engine, &filter(&[], None), 0, 4);
    assert_eq!((first.instances.len(), first.next), (4, Some(4)));
    world.other("p10", "Pair", r#"{"a":"x","b":"y"}"#);
    let second = instance_page(&world.engine, &filter(&[], None), 4, 100);
    assert_eq!((second.instances.len(), second.next), (7, None));
    let page = |f: &InstanceFilter| {
        let page = instance_page(&world.engine, f, 0, 100);
        page.instances.iter().map(|row| row.key["b"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(page(&filter(&[("a", "0")], None)), ["0", "2", "4", "6", "8"]);
    assert_eq!(page(&filter(&[("a", "0")], Some(true))), ["0", "2", "6", "8"]);
    assert_eq!(page(&filter(&[("a", "0"), ("b", "6")], None)), ["6"]);
    assert_eq!(page(&filter(&[("a", "1"), ("b", "6")], None)), [""; 0]);
    assert_eq!(page(&filter(&[("c", "1")], None)), [""; 0]);
    let due = InstanceFilter { due_by: Some(Timestamp(world.at)), ..filter(&[], None) };
    assert_eq!(page(&due), [""; 0]);
}

#[test]
fn what_is_not_there_is_answered_with_what_is_like_it() {
    let mut world = World::new();
    world.upload("jobs/job-42/part-1.csv");
    let told = not_there(&world.engine, "parts", "job-43");
    assert_eq!(told.code, "no-such-instance");
    assert_eq!(told.nearest_keys, [BTreeMap::from([("job".to_owned(), "job-42".to_owned())])]);
    let told = not_there(&world.engine, "prats", "x");
    assert_eq!(told.reason, "there is no condition \"prats\"; did you mean \"parts\"?");
}
