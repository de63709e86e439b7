//! Failing cases: a script plays the same again, the smallest order still fails, and why is found.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod compiled;

use compiled::case;
use fanin_plan::Plan;
use fanin_simulate::limits::{MAX_SHRINK_PLAYS, MAX_TOLD};
use fanin_simulate::{
    Bench, Happened, Player, Prepared, START, Script, Stage, Undecided, Variation, What, check, diagnose,
    run_case, settle,
};
use fanin_workflow::testfile::TestCase;
use fanin_workflow::testfile::update::{Edit, Expected};
use serde_json::json;

const WORKFLOW: &str = r#"
version: 1
name: shop
events:
  part:     { s3: "uploads/{job}/{part}.csv" }
  manifest: { match: { source: [shop] }, capture: { $.detail.job: "{job}", $.detail.parts: "{parts}" } }
conditions:
  done:  { count: part, by: job, distinct: part, reach: manifest.parts, within: 1h }
  twice: { count: done, reach: 2, within: 2h }
rules:
  list: { when: done, invoke: f, input: { keys.$: "$.detail.members.part[*].detail.object.key" } }
functions:
  f: { respond: {} }
"#;

fn plan() -> Plan {
    compiled::plan(WORKFLOW)
}

const IN_ORDER: &str = r#"    given:
      - manifest: { job: a, parts: 4 }
      - part: { job: a, part: 1 }
      - part: { job: a, part: 2 }
      - part: { job: a, part: 3 }
      - part: { job: a, part: 4 }
    expect: [ { invoke: f, input: { keys: [a/1.csv, a/2.csv, a/3.csv, a/4.csv] } } ]
    shuffle: 100
"#;

fn inversions(script: &Script) -> usize {
    let order: Vec<usize> = script.arrivals.iter().map(|a| a.given).collect();
    (0..order.len()).map(|i| order[i..].iter().filter(|later| **later < order[i]).count()).sum()
}

#[test]
fn a_script_plays_what_its_seed_played() {
    let (plan, case) = (plan(), case(IN_ORDER));
    for seed in 0..100 {
        let mut stage = Bench::new(&plan, START).unwrap();
        let drawn = Player::new(&plan).play(&case, &mut stage, Variation::Shuffled(seed)).unwrap();
        let mut stage = Bench::new(&plan, START).unwrap();
        let again = Player::new(&plan).play_script(&case, &mut stage, &drawn.script).unwrap();
        assert_eq!(drawn.script, again.script, "seed {seed}");
        assert_eq!(drawn.timeline, again.timeline, "seed {seed}");
        assert_eq!(drawn.derived, again.derived, "seed {seed}");
        assert_eq!(drawn.calls, again.calls, "seed {seed}");
    }
}

#[test]
fn the_smallest_order_is_one_swap_away_and_undisturbed() {
    let (plan, case) = (plan(), case(IN_ORDER));
    for seed in [0, 1000, 2000, 3000, 4000] {
        let report = run_case(&plan, &case, seed).unwrap();
        assert!(report.variation.is_some(), "seed {seed}");
        let diagnosis = diagnose(&plan, &case, &report).unwrap();
        let script = &diagnosis.report.played.script;
        assert_eq!(script.disturbances, [], "seed {seed}");
        assert!(script.arrivals.iter().all(|a| !a.again), "seed {seed}");
        assert_eq!(inversions(script), 1, "seed {seed}: {script:?}");
        assert!(!check(&case, &diagnosis.report.played).is_empty());
        assert_eq!(diagnosis.whys.len(), diagnosis.report.failures.len());
        let again = diagnose(&plan, &case, &report).unwrap();
        assert_eq!(again.report.played.script, *script, "the same every time");
    }
}

#[test]
fn the_timeline_has_every_arrival() {
    let (plan, case) = (plan(), case(IN_ORDER));
    let mut stage = Bench::new(&plan, START).unwrap();
    let played = Player::new(&plan).play(&case, &mut stage, Variation::Written).unwrap();
    let arrived = played.timeline.iter().filter(|(_, h)| matches!(h, Happened::Arrived(_))).count();
    assert_eq!((arrived, played.end), (5, START.plus(fanin_event::Span(4))));
}

fn failing(text: &str) -> (Plan, TestCase, fanin_simulate::CaseReport) {
    let (plan, case) = (plan(), case(text));
    let report = run_case(&plan, &case, 1).unwrap();
    (plan, case, report)
}

#[test]
fn what_did_not_fire_is_explained_back_to_its_members() {
    let text = "    given: [ { part: { job: a, part: 1 } }, { part: { job: b, part: 1 } }, { manifest: { job: b, parts: 1 } } ]\n    \
                expect: [ { twice: { count: 2 } } ]\n";
    let (plan, case, report) = failing(text);
    let diagnosis = diagnose(&plan, &case, &report).unwrap();
    let told: Vec<String> = diagnosis.whys[0]
        .told
        .iter()
        .map(|t| format!("{} {:?} {}", t.condition, t.key.values(), t.count))
        .collect();
    assert_eq!(told, ["twice [] 1"]);
    let missing = "    given: [ { part: { job: a, part: 1 } } ]\n    expect: [ { twice: {} } ]\n";
    let (plan, case, report) = failing(missing);
    let why = diagnose(&plan, &case, &report).unwrap().whys.remove(0);
    assert_eq!(why.notes, ["no event came to `twice`"]);
    assert_eq!(why.told.iter().map(|t| &*t.condition).collect::<Vec<_>>(), ["done"]);
}

#[test]
fn differences_are_by_field() {
    let text = "    given: [ { part: { job: a, part: 1 } }, { manifest: { job: a, parts: 1 } } ]\n    \
                expect: [ { done: { job: a, count: 2 } } ]\n";
    let (_, _, report) = failing(text);
    let What::Unlike(unlike) = &report.failures[0].what else { panic!("unlike") };
    let (index, differences) = unlike.unmet[0].nearest.as_ref().unwrap();
    assert_eq!((*index, differences.len(), differences[0].path.as_str()), (0, 1, "count"));
    assert_eq!((&differences[0].expected, differences[0].found.as_ref()), (&json!(2), Some(&json!(1))));
    assert_eq!(unlike.surplus, Vec::<usize>::new());
}

const GIVEN: &str = "    given: [ { part: { job: a, part: 1 } }, { manifest: { job: a, parts: 1 } } ]\n";

#[test]
fn a_case_is_settled_with_the_fields_it_lists() {
    let edits = |rest: &str| {
        let (plan, case, report) = failing(&format!("{GIVEN}{rest}"));
        settle(&plan, &case, &report)
    };
    let fields = |value: serde_json::Value| value.as_object().unwrap().clone();
    assert_eq!(
        edits("    expect: [ { done: { job: a, count: 2, gone: 1 } }, { done: { job: b } } ]\n").unwrap(),
        [
            Edit::Replace { entry: 0, fields: fields(json!({ "job": "a", "count": 1 })) },
            Edit::Remove { entry: 1 }
        ]
    );
    let event = |name: &str, value| Edit::Add(Expected::Event(name.to_owned(), fields(value)));
    assert_eq!(
        edits("").unwrap(),
        [
            event("done", json!({ "job": "a", "count": 1 })),
            event("list.done", json!({ "job": "a" })),
            Edit::Add(Expected::Invoke("f".to_owned(), fields(json!({ "keys": ["a/1.csv"] })))),
        ]
    );
}

#[test]
fn what_a_person_decides_is_not_settled() {
    let undecided = |text: &str| {
        let (plan, case, report) = failing(text);
        settle(&plan, &case, &report).unwrap_err()
    };
    assert_eq!(undecided(IN_ORDER), Undecided::Order);
    assert_eq!(undecided(&format!("{GIVEN}    never: [done]\n")), Undecided::Never("done".to_owned()));
    let nothing = "    given: [ { part: { job: a, part: 1 } } ]\n    expect: [ done ]\n";
    assert_eq!(undecided(nothing), Undecided::Nothing);
    assert_eq!(undecided("    given: [ { part: { job: a, part: 1 } } ]\n"), Undecided::Nothing);
}

#[test]
fn making_it_smaller_ends_and_what_was_found_still_fails() {
    let plan = plan();
    let many = |n: usize| {
        let parts: String = (1..=n).map(|p| format!("      - part: {{ job: a, part: {p} }}\n")).collect();
        let keys = (1..=n).map(|p| format!("a/{p}.csv")).collect::<Vec<_>>().join(", ");
        case(&format!(
            "    given:\n      - manifest: {{ job: a, parts: {n} }}\n{parts}    expect: [ {{ invoke: f, input: {{ keys: [{keys}] }} }} ]\n    shuffle: 3\n"
        ))
    };
    let plays = |n: usize| {
        let case = many(n);
        let report = run_case(&plan, &case, 1).unwrap();
        let diagnosis = diagnose(&plan, &case, &report).unwrap();
        assert!(!diagnosis.report.failures.is_empty());
        diagnosis.plays
    };
    assert!(plays(5) < MAX_SHRINK_PLAYS);
    assert_eq!(plays(60), MAX_SHRINK_PLAYS);
}

#[test]
fn so_many_keys_are_told_and_the_rest_is_a_number() {
    let told = |keys: usize| {
        let given: String = (0..keys).map(|k| format!("      - part: {{ job: j{k}, part: 1 }}\n")).collect();
        let (plan, case, report) = failing(&format!("    given:\n{given}    expect: [ done ]\n"));
        let why = diagnose(&plan, &case, &report).unwrap().whys.remove(0);
        (why.told.len(), why.notes)
    };
    assert_eq!(told(MAX_TOLD), (MAX_TOLD, Vec::new()));
    assert_eq!(told(MAX_TOLD + 2), (MAX_TOLD, vec!["`done` has 2 more keys".to_owned()]));
}

#[test]
fn a_prepared_stage_is_one_that_took_the_activation() {
    let (plan, case) = (plan(), case(IN_ORDER));
    let prepared = Prepared::new(&plan, START).unwrap();
    for seed in 0..50 {
        // The second is made of what crashes made of the log of the first: it has read the plan itself.
        let mut fresh = prepared.bench();
        let mut recovered = prepared.bench();
        recovered.crash();
        let play =
            |stage: &mut Bench| Player::new(&plan).play(&case, stage, Variation::Shuffled(seed)).unwrap();
        let (a, b) = (play(&mut fresh), play(&mut recovered));
        assert_eq!((a.derived, a.calls, a.timeline), (b.derived, b.calls, b.timeline), "seed {seed}");
        assert_eq!(fresh.engine().stats(), recovered.engine().stats(), "seed {seed}");
    }
}
