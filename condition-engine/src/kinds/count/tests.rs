//! The end of counting, reached by setting the count: ten million events would take too long.

use std::sync::Arc;

use fanin_event::{Identity, Span, Timestamp};

use super::*;
use crate::apply::apply;
use crate::condition::{Collect, Fire, Member};
use crate::input::{Effect, Input, MemberEvent};

fn event(member: u16, id: &str, said: &[&str]) -> (Verdict, Instance, Vec<Effect>) {
    let member_named = |name: &str, reach| Member {
        name: Arc::from(name),
        captures: vec![Arc::from("n")],
        key: vec![],
        distinct: None,
        reach,
    };
    let condition = Condition {
        workflow: Arc::from("w"),
        name: Arc::from("c"),
        version: 1,
        kind: Kind::Count { reach: Reach::Captured, window: None },
        members: vec![member_named("part", None), member_named("manifest", Some(0))],
        by: vec![],
        within: None,
        fire: Fire::Once,
        collect: Collect::None,
        retain: Span::days(5),
    };
    let mut instance = Instance::new(&condition);
    let mut effects = Vec::new();
    let mut play = |instance: &mut Instance, member, id: &str, captures| {
        let identity = Identity::of(&[id]);
        let (accepted, time) = (Timestamp(0), Timestamp(0));
        let event = MemberEvent {
            member,
            identity,
            id,
            accepted,
            time,
            captures,
            envelope: "{}",
            hops: 0,
            waived: None,
        };
        apply(&condition, "", instance, &Input::Event(event), &mut effects)
    };
    play(&mut instance, 0, "first", &["1"]);
    instance.counted = MAX_REACH - 1;
    assert_eq!(play(&mut instance, 0, "last that counts", &["1"]), Verdict::Waiting);
    assert_eq!(instance.counted, MAX_REACH);
    let verdict = play(&mut instance, member, id, said);
    (verdict, instance, effects)
}

#[test]
fn a_count_that_knows_no_number_stops_at_the_largest_one() {
    let (verdict, instance, _) = event(0, "one too many", &["1"]);
    assert_eq!((verdict, instance.counted, instance.extra), (Verdict::Ignored, MAX_REACH, 1));
}

#[test]
fn the_largest_number_is_met_by_what_was_counted() {
    let (verdict, _, effects) = event(1, "manifest", &["10000000"]);
    assert_eq!((verdict, effects.len()), (Verdict::Fired, 1));
}
