//! Plans in the table: what is current, what drains and until when, and what is said when nothing is there.

use crate::support::*;
use fanin_event::Timestamp;
use fanin_runtime::limits::MAX_DRAINING_PLANS;
use fanin_state_first::*;

fn workflow(minutes: usize, more: &str) -> String {
    format!(
        "
version: 1
name: w
events:
  left: {{ match: {{ source: [t], detail-type: [Left] }}, capture: {{ $.detail.k: '{{k}}' }} }}
  right: {{ match: {{ source: [t], detail-type: [Right] }}, capture: {{ $.detail.k: '{{k}}' }} }}
conditions:
  pair: {{ all: [left, right], by: k, within: {minutes}m }}
rules:
  call: {{ when: pair, invoke: f }}
functions:
  f: {{ respond: null{more} }}
"
    )
}

#[test]
fn a_plan_published_again_changes_nothing() {
    let mut world = World::new(&workflow(5, ""));
    let again = world.deploy(&workflow(5, "")).unwrap();
    assert_eq!((again.changed, again.draining.len()), (false, 0));
}

#[test]
fn an_older_plan_drains_until_its_last_instance_must_be_over() {
    let mut world = World::new(&workflow(5, ""));
    assert_eq!(world.deploy(&workflow(6, "")).unwrap().draining.len(), 1);
    assert_eq!(world.deploy(&workflow(7, "")).unwrap().draining.len(), 2);
    let again = world.deploy(&workflow(6, "")).unwrap();
    assert_eq!(again.draining.len(), 2, "what is current does not drain");
    world.at += 60 * 24 * 60 * MINUTE;
    assert_eq!(
        world.deploy(&workflow(8, "")).unwrap().draining.len(),
        1,
        "only the one that was replaced now"
    );
}

#[test]
fn too_many_draining_plans_are_refused_with_the_moment_there_is_room() {
    let mut world = World::new(&workflow(5, ""));
    for n in 1..=MAX_DRAINING_PLANS {
        world.deploy(&workflow(5 + n, "")).unwrap();
    }
    let error = world.deploy(&workflow(500, "")).unwrap_err();
    let PlanTrouble::TooManyDraining { over, .. } = error else { panic!("{error}") };
    world.at = over.0;
    world.deploy(&workflow(500, "")).unwrap();
}

#[test]
fn a_large_plan_is_put_aside() {
    let lots = format!(", respond: {{ x: '{}' }}", "y".repeat(limits::MAX_PLAN_ROW_BYTES));
    let text =
        workflow(5, "").replace("{ respond: null }", &format!("{{ {} }}", lots.trim_start_matches(", ")));
    let mut world = World::new(&text);
    assert!(world.claims.0.lock().unwrap().keys().any(|key| key.starts_with("fanin-plans/")));
    let a = world.event("Left", "a", r#"{"k":"1"}"#);
    world.done(&[a]);
}

#[test]
fn the_table_is_asked_at_most_every_few_seconds() {
    let mut world = World::new(&workflow(5, ""));
    let quiet = |world: &mut World| {
        let message = world.event("Nothing", "x", "{}");
        world.done(&[message]);
    };
    quiet(&mut world);
    let before = world.store.model.usage().read_halves;
    quiet(&mut world);
    assert_eq!(world.store.model.usage().read_halves, before);
    world.at += 5_000;
    quiet(&mut world);
    assert!(world.store.model.usage().read_halves > before);
    let none = Plans::new("elsewhere");
    let error = run(none.at((&world.store, &world.claims), Timestamp(world.at))).unwrap().unwrap_err();
    assert!(error.to_string().contains("run `fanin deploy`"), "{error}");
}
