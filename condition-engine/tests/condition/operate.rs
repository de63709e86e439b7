//! What a person may do to an instance: end its round, take a member as given; and what is refused.

use fanin_condition::{
    Collect, Condition, Fire, Kind, Member, OperateError, Operator, Verdict, Window, check_expire,
    check_operator, explain,
    limits::{MAX_OPERATOR_TEXT, MAX_WAIVED_VALUE, MAX_WAIVED_VALUES},
};
use fanin_event::Timestamp;
use serde_json::json;

use crate::world::{HOUR, MINUTE, START, World, condition, count, detail, ids, span, windowed};

fn all() -> Condition {
    Condition { within: Some(span(HOUR)), ..condition(Kind::All, &["paid x", "packed", "labelled"]) }
}

fn code(error: OperateError) -> (&'static str, String) {
    (error.code(), error.to_string())
}

#[test]
fn an_open_round_ends_as_if_its_deadline_had_come_and_says_who_did_it() {
    let mut world = World::new(all());
    world.event(0, "paid p 1");
    assert_eq!(world.expire(MINUTE), Verdict::Expired);
    let detail = world.detail();
    assert_eq!(world.derived[0].at, Timestamp(START + MINUTE));
    assert_eq!(detail["missing"], json!(["packed", "labelled"]));
    assert_eq!(detail["operator"], json!({ "by": "ann@desk", "why": "lost in \"transit\"" }));
    assert_eq!(detail["reason"], "timeout");
    assert_eq!(world.event(2 * MINUTE, "packed k"), Verdict::Late);
    assert_eq!(world.expire(3 * MINUTE), Verdict::Ignored, "nothing is open");
}

#[test]
fn the_id_is_that_of_the_timeout_which_it_stands_for() {
    let (mut by_hand, mut by_time) = (World::new(all()), World::new(all()));
    for world in [&mut by_hand, &mut by_time] {
        world.event(0, "paid p 1");
    }
    by_hand.expire(MINUTE);
    by_time.timer(HOUR);
    assert_eq!(by_hand.derived[0].identity, by_time.derived[0].identity);
    assert_eq!(detail(&by_time.derived[0]).get("operator"), None);
}

#[test]
fn a_deadline_that_has_passed_already_is_its_own_doing() {
    let mut world = World::new(all());
    world.event(0, "paid p 1");
    assert_eq!(world.expire(HOUR + 1), Verdict::Expired);
    assert_eq!((world.derived[0].at, world.detail().get("operator")), (Timestamp(START + HOUR), None));
}

#[test]
fn without_a_deadline_it_times_out_too_and_the_next_round_begins_empty() {
    let mut world = World::new(Condition { fire: Fire::Every, within: None, ..all() });
    world.event(0, "paid p 1");
    assert_eq!(world.expire(MINUTE), Verdict::Expired);
    assert_eq!(world.fired(), ["done.timeout#1 x1 at 60000"]);
    world.event(2 * MINUTE, "packed k");
    assert_eq!(world.instance.round(), 2);
    let told = explain(&world.condition, &world.key, &world.instance, Timestamp(START));
    assert_eq!(told.count, 1);
}

#[test]
fn absence_is_stated_at_once() {
    let mut watched = World::new(condition(Kind::Absent { hold: span(HOUR) }, &["beat"]));
    watched.event(0, "beat b");
    assert_eq!(watched.expire(MINUTE), Verdict::Fired);
    assert_eq!(watched.fired(), ["done#1 x1 at 60000"]);
    let mut followed = World::new(condition(Kind::Absent { hold: span(HOUR) }, &["paid", "ordered"]));
    followed.event(0, "paid p");
    let refused = check_expire(&followed.condition, &followed.key, &followed.instance).unwrap_err();
    assert_eq!(
        code(refused),
        (
            "not-open",
            "done waits for ordered, so there is no deadline to end; `fanin state drop` forgets the instance"
                .to_owned()
        )
    );
    assert_eq!(followed.expire(1), Verdict::Ignored);
}

#[test]
fn a_window_ends_without_an_event() {
    for window in [Window::Sliding(span(HOUR)), Window::Tumbling(span(HOUR))] {
        let mut world = World::new(windowed(2, window));
        world.event(0, "order a 1");
        assert_eq!(world.expire(MINUTE), Verdict::Expired);
        assert_eq!(world.fired(), [""; 0]);
        let second = world.event(2 * MINUTE, "order b 1");
        let spent = matches!(window, Window::Tumbling(_));
        assert_eq!(second, if spent { Verdict::Late } else { Verdict::Waiting }, "the old window is over");
    }
}

#[test]
fn what_is_not_open_is_refused() {
    let mut world = World::new(all());
    let refused =
        |world: &World| check_expire(&world.condition, &world.key, &world.instance).unwrap_err().code();
    assert_eq!(refused(&world), "not-open");
    world.event(0, "paid p 1");
    assert!(check_expire(&world.condition, &world.key, &world.instance).is_ok());
    world.expire(1);
    assert_eq!(refused(&world), "not-open");
    assert_eq!(world.waive(2, "packed", &[]).unwrap_err().code(), "not-open");
}

#[test]
fn a_waived_member_counts_and_shows_as_waived() {
    for collect in [Collect::Event, Collect::Captures] {
        let mut world = World::new(Condition { collect, ..all() });
        world.event(0, "paid p 1");
        assert_eq!(world.waive(1, "packed", &[]).unwrap(), Verdict::Waiting);
        let told = explain(&world.condition, &world.key, &world.instance, Timestamp(START));
        let waived: Vec<_> = told.members.iter().map(|m| (&*m.name, m.waived.is_some())).collect();
        assert_eq!(waived, [("paid", false), ("packed", true)]);
        let refused = code(world.waive(2, "packed", &[]).unwrap_err());
        assert_eq!(refused.0, "not-missing");
        assert!(refused.1.contains("its place is taken"), "{}", refused.1);
        assert_eq!(world.event(3, "labelled l"), Verdict::Fired);
        let member = &world.detail()["members"]["packed"][0];
        let waived = if collect == Collect::Event { &member["detail"]["waived"] } else { &member["waived"] };
        assert_eq!(waived, &json!({ "by": "ann@desk", "why": "lost in \"transit\"" }));
    }
}

#[test]
fn a_waived_event_is_the_same_whenever_it_is_made_and_another_one_at_another_time() {
    let twice = |ms: i64| {
        let mut world = World::new(all());
        world.event(0, "paid p 1");
        world.waive(ms, "packed", &[]).unwrap();
        world.waive(ms + 1, "labelled", &[]).unwrap();
        ids(&world.detail(), "packed")
    };
    assert_eq!(twice(5), twice(5));
    assert_ne!(twice(5), twice(6));
}

#[test]
fn the_number_of_a_count_and_its_values_can_be_given_and_have_to_be() {
    let mut condition = count(None);
    condition.members[0].distinct = Some(0);
    let mut world = World::new(condition);
    world.event(0, "part a 1");
    let needs = world.waive(1, "manifest", &[]).unwrap_err();
    assert_eq!(
        code(needs),
        (
            "value-needed",
            "manifest needs a value for `parts`, which says how many are needed: give it with --set parts=VALUE"
                .to_owned()
        )
    );
    let wrong = world.waive(1, "manifest", &[("parts", "three")]).unwrap_err();
    assert_eq!(wrong.code(), "not-missing");
    assert!(wrong.to_string().contains("a whole number"), "{wrong}");
    assert_eq!(world.waive(1, "manifest", &[("parts", "2")]).unwrap(), Verdict::Waiting);
    assert_eq!(world.waive(2, "part", &[]).unwrap_err().code(), "value-needed");
    assert_eq!(world.waive(2, "part", &[("part", "1")]).unwrap_err().code(), "not-missing");
    assert_eq!(world.waive(2, "part", &[("part", "2")]).unwrap(), Verdict::Fired);
}

#[test]
fn a_number_that_is_known_need_not_be_given_again() {
    let mut condition = count(None);
    condition.members = vec![Member {
        captures: vec!["part".into(), "parts".into()],
        distinct: Some(0),
        reach: Some(1),
        ..condition.members[0].clone()
    }];
    let mut world = World::new(condition);
    world.event(0, "part a 1 2");
    assert_eq!(world.waive(1, "part", &[("part", "2")]).unwrap(), Verdict::Fired);
    assert_eq!(world.detail()["members"]["part"][1]["captures"]["parts"], "2");
}

#[test]
fn names_that_do_not_exist_are_answered_with_those_that_do() {
    let mut world = World::new(all());
    world.event(0, "paid p 1");
    let (_, text) = code(world.waive(1, "payed", &[]).unwrap_err());
    assert_eq!(text, "done has no member \"payed\"; its members are `paid`, `packed`, `labelled`");
    let (_, text) = code(world.waive(1, "packed", &[("x", "1")]).unwrap_err());
    assert_eq!(text, "packed has no free value `x`; it has none beside the key");
}

#[test]
fn a_waived_step_of_a_sequence_fits_where_it_is_missing() {
    let mut world = World::new(condition(Kind::Sequence, &["a", "b", "c"]));
    world.event(0, "a 1");
    world.event(10, "c 3");
    assert_eq!(world.waive(20, "b", &[]).unwrap(), Verdict::Fired);
    let mut world = World::new(condition(Kind::Sequence, &["a", "b", "c"]));
    world.event(10, "c 3");
    assert_eq!(world.waive(20, "b", &[]).unwrap(), Verdict::Waiting);
    assert_eq!(world.waive(20, "a", &[]).unwrap(), Verdict::Fired);
}

#[test]
fn texts_have_limits_on_both_sides() {
    let check = |by: &str, why: &str| check_operator(Operator { by, why }).is_ok();
    let long = "x".repeat(MAX_OPERATOR_TEXT);
    assert!(check("a", &long) && check(&long, "b"));
    assert!(!check("", "b") && !check("a", " ") && !check("a", &format!("{long}x")));
    let mut world = World::new(all());
    world.event(0, "packed k");
    let value = "v".repeat(MAX_WAIVED_VALUE);
    assert!(world.waive(1, "paid", &[("x", &format!("{value}v"))]).is_err());
    assert_eq!(world.waive(1, "paid", &[("x", &value)]).unwrap(), Verdict::Waiting);
    let names: Vec<String> = (0..=MAX_WAIVED_VALUES).map(|n| n.to_string()).collect();
    let values: Vec<(&str, &str)> = names.iter().map(|n| (n.as_str(), "1")).collect();
    assert_eq!(world.waive(2, "labelled", &values).unwrap_err(), OperateError::TooMany);
    assert_eq!(world.waive(2, "labelled", &values[1..]).unwrap_err().code(), "no-such-value");
}
