//! Variations of a case: what must not vary does not, and what does is found, made small and explained.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod compiled;

use fanin_plan::Plan;
use fanin_simulate::fuzz::{Cause, Finding, Fuzzed, How, Thing};
use fanin_simulate::{Happened, Played, fuzz};
use fanin_workflow::testfile::TestCase;

const WORKFLOW: &str = r#"
version: 1
name: shop
events:
  part:     { s3: "uploads/{job}/{part}.csv" }
  manifest: { match: { source: [shop], detail-type: [Manifest] }, capture: { $.detail.job: "{job}", $.detail.parts: "{parts}" } }
  order:    { match: { source: [shop], detail-type: [Order] }, capture: { $.detail.id: "{order}", $.detail.by: "{by}" } }
  paid:     { match: { source: [shop], detail-type: [Paid] }, capture: { $.detail.order: "{order}" } }
  beat:     { match: { source: [device] }, capture: { $.detail.id: "{device}" } }
conditions:
  done:    { count: part, by: job, distinct: part, reach: manifest.parts, within: 1h }
  shipped: { all: [order, paid], by: order, within: 2m }
  first:   { any: [order, paid], by: order }
  pairs:   { count: order, reach: 2, fire: every, within: 10d }
  lost:    { absent: beat, by: device, for: 5m }
rules:
  list:  { when: done, invoke: f, input: { keys.$: "$.detail.members.part[*].detail.object.key" } }
  sum:   { when: done, invoke: f, input: { count.$: $.detail.count, at.$: $.time, id.$: $.id } }
  ship:  { when: shipped, invoke: f, input: { by.$: "$.detail.members.order[0].detail.by" } }
  greet: { when: first, invoke: f, input: { from.$: $.detail.count } }
functions:
  f: { respond: {} }
"#;

fn plan() -> Plan {
    compiled::plan(WORKFLOW)
}

fn case(given: &str) -> TestCase {
    compiled::case(&format!("    given:\n{given}"))
}

fn varied(given: &str, count: u32) -> Fuzzed {
    fuzz(&plan(), &case(given), (count, 0)).unwrap()
}

/// The places in `given` in the order of arrival.
fn arrived(played: &Played) -> Vec<usize> {
    let each = played.timeline.iter().filter_map(|(_, happened)| match happened {
        Happened::Arrived(arrival) => Some(arrival.given),
        Happened::Disturbed(_) => None,
    });
    each.collect()
}

fn finding<'a>(fuzzed: &'a Fuzzed, thing: &Thing) -> &'a Finding {
    let found = fuzzed.findings.iter().find(|finding| finding.changed.thing == *thing);
    found.unwrap_or_else(|| panic!("{thing:?} is not among {:#?}", fuzzed.findings))
}

const JOB: &str = r#"      - manifest: { job: a, parts: 3 }
      - part: { job: a, part: 1 }
      - part: { job: a, part: 2 }
      - part: { job: a, part: 3 }
"#;

#[test]
fn a_join_is_the_same_in_every_variation_but_for_the_order_of_a_list() {
    let fuzzed = varied(JOB, 100);
    assert_eq!((fuzzed.variations, fuzzed.came), (100, (3, 2, 0)));
    assert!(fuzzed.is_meant(), "{:#?}", fuzzed.findings);
    for found in &fuzzed.findings {
        assert_eq!(
            (found.changed.how, &found.changed.thing),
            (How::ListOrder, &Thing::Call("list".to_owned()))
        );
        let meaning = found.meaning.as_ref().unwrap();
        assert_eq!((&meaning.condition, meaning.says.contains("order of arrival")), (&None, true));
    }
    let order = fuzzed.findings.iter().find(|found| found.causes == [Cause::Order]).unwrap();
    let places = arrived(&order.varied);
    let swapped = places.windows(2).filter(|pair| pair[1] < pair[0]).count();
    assert_eq!((arrived(&order.written), swapped), (vec![0, 1, 2, 3], 1), "the smallest has one swap");
    assert!(order.times > 8, "of 20 orders most list the parts otherwise: {}", order.times);
}

#[test]
fn what_a_first_event_brings_depends_on_the_order_and_two_events_more_are_left_out() {
    let fuzzed = varied(
        r#"      - order: { order: 7, by: ann }
      - order: { order: 8, by: cleo }
      - order: { order: 7, by: bob }
      - paid: { order: 8 }
      - paid: { order: 7 }
"#,
        60,
    );
    let ship = finding(&fuzzed, &Thing::Call("ship".to_owned()));
    assert_eq!((ship.changed.how, ship.causes.as_slice()), (How::Content, &[Cause::Order][..]));
    let mut kept = arrived(&ship.written);
    assert_eq!(kept, [0, 2, 4], "only what shows it");
    kept.reverse();
    assert_ne!(arrived(&ship.varied), arrived(&ship.written));
    assert_eq!(ship.changed.written[0]["by"], "ann");
    assert_eq!(ship.changed.varied[0]["by"], "bob");
    assert!(ship.meaning.as_ref().unwrap().says.contains("the event that comes first"), "{:?}", ship.meaning);
}

#[test]
fn a_deadline_and_an_absence_are_about_how_late_events_come() {
    let fuzzed = varied(
        "      - order: { order: 7, by: ann }\n      - { at: +1m, paid: { order: 7 } }\n      - { at: +1m, beat: { device: d } }\n      - { at: +3m, beat: { device: d } }\n",
        100,
    );
    let shipped = finding(&fuzzed, &Thing::Firing("shipped".to_owned()));
    assert_eq!((shipped.changed.how, shipped.changed.counts), (How::Number, (1, 0)));
    assert_eq!(shipped.causes, [Cause::Delays]);
    assert!(shipped.meaning.as_ref().unwrap().says.contains("deadline"), "{:?}", shipped.meaning);
    let lost = finding(&fuzzed, &Thing::Firing("lost".to_owned()));
    assert_eq!(lost.meaning.as_ref().unwrap().condition.as_deref(), Some("lost"));
    assert!(fuzzed.is_meant(), "{:#?}", fuzzed.findings);
}

#[test]
fn rounds_are_told_and_a_seed_alone_gives_the_same_variation() {
    let given = "      - order: { order: 1, by: a }\n      - order: { order: 2, by: b }\n      - order: { order: 3, by: c }\n";
    let text = WORKFLOW.replace(
        "rules:",
        "rules:\n  pair:  { when: pairs, invoke: f, input: { of.$: \"$.detail.members.order[*].detail.id\" } }",
    );
    let plan = fanin_workflow::compile("w.yaml", &text).plan.unwrap();
    let case = case(given);
    let fuzzed = fuzz(&plan, &case, (100, 0)).unwrap();
    let pair = fuzzed.findings.iter().find(|found| found.changed.how == How::Content).unwrap();
    assert!(pair.meaning.as_ref().unwrap().says.contains("round"), "{:?}", pair.meaning);
    let (number, seed) = pair.first;
    assert_eq!(seed, u64::from(number - 1));
    let again = fuzz(&plan, &case, (1, seed)).unwrap();
    let one = again.findings.iter().find(|found| found.changed.how == How::Content).unwrap();
    assert_eq!((&one.changed, one.first), (&pair.changed, (1, seed)));
    assert_eq!(arrived(&one.varied), arrived(&pair.varied));
}

/// A rule that goes wrong where two conditions race has no condition that means it so.
#[test]
fn what_nothing_explains_is_not_meant() {
    let text = r#"
version: 1
name: race
events:
  manifest: { match: { source: [shop], detail-type: [Manifest] }, capture: { $.detail.job: "{job}", $.detail.parts: "{parts}" } }
  part:     { s3: "uploads/{job}/{part}.csv" }
conditions:
  done: { count: part, by: job, distinct: part, reach: manifest.parts, within: 10d }
rules:
  go: { when: done, invoke: f }
functions:
  f: { respond: {} }
"#;
    let plan = fanin_workflow::compile("w.yaml", text).plan.unwrap();
    // Two manifests that disagree: which of them comes first decides whether it fires.
    let case = case(
        "      - manifest: { job: a, parts: 2 }\n      - manifest: { job: a, parts: 1 }\n      - part: { job: a, part: 1 }\n",
    );
    let fuzzed = fuzz(&plan, &case, (100, 0)).unwrap();
    let done = finding(&fuzzed, &Thing::Firing("done".to_owned()));
    assert_eq!((done.changed.how, done.meaning.clone()), (How::Number, None), "{done:#?}");
    assert_eq!(done.causes, [Cause::Order]);
    assert!(!fuzzed.is_meant());
}
