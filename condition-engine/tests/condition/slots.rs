//! Set-once slots: what an image comes to is what the core says, and no image that is not final says anything.

use std::collections::BTreeMap;

use fanin_condition::{Collect, Condition, Fire, Kind, MemberEvent, Phase, slots};
use fanin_event::{Identity, Timestamp};
use proptest::prelude::*;

use crate::world::{DAY, HOUR, START, World, condition, span};

fn join() -> Condition {
    let kind = condition(Kind::All, &["a v n", "b v n", "c v n"]);
    Condition { collect: Collect::Captures, within: Some(span(HOUR)), ..kind }
}

type Image = BTreeMap<u16, Vec<u8>>;

fn fill(condition: &Condition, image: &mut Image, member: u16, ms: i64) -> bool {
    let id = format!("e{member}");
    let event = MemberEvent {
        member,
        identity: Identity::of(&["test", &id]),
        id: &id,
        accepted: Timestamp(START + ms),
        time: Timestamp(START + ms),
        captures: &["1", "2"],
        envelope: "",
        hops: 1,
        waived: None,
    };
    if image.contains_key(&member) {
        return false;
    }
    image.insert(member, slots::value(condition, &event).unwrap());
    true
}

/// The core, fed in order of acceptance.
fn core(condition: &Condition, moments: &[i64], until: Option<i64>) -> World {
    let mut world = World::new(condition.clone());
    let mut order: Vec<usize> = (0..moments.len()).collect();
    order.sort_by_key(|member| (moments[*member], *member));
    for member in order {
        let mut event = crate::world::happening(&format!("{} e{member} 1 2", ["a", "b", "c"][member]));
        event.hops = 1;
        world.happens(moments[member], &event);
    }
    if let Some(now) = until {
        world.timer(now);
    }
    world
}

proptest! {
    #[test]
    fn an_image_comes_to_what_the_core_says(moments in prop::array::uniform3(0..2 * HOUR), order in Just([0_u16, 1, 2]).prop_shuffle(), present in 1_usize..=3, now in HOUR..9 * HOUR) {
        let condition = join();
        let mut image = Image::new();
        for member in &order[..present] {
            fill(&condition, &mut image, *member, moments[usize::from(*member)]);
        }
        let key = World::new(condition.clone()).key;
        let open = slots::decide(&condition, &key, &image, None).unwrap();
        prop_assert_eq!(open.is_final, present == 3);
        if present == 3 {
            let world = core(&condition, &moments, None);
            prop_assert_eq!(&open.derived, &world.derived);
            prop_assert_eq!(open.instance.phase(), world.instance.phase());
        } else {
            prop_assert_eq!(open.must_close(present), !open.derived.is_empty() || open.stays.len() < present);
            let closed = slots::decide(&condition, &key, &image, Some(&slots::note(Timestamp(START + now)))).unwrap();
            prop_assert!(closed.is_final);
            let timeouts = closed.derived.iter().filter(|derived| &*derived.name == "done.timeout").count();
            prop_assert_eq!(timeouts, closed.derived.len());
            prop_assert!(timeouts <= 1);
            if now >= 4 * HOUR {
                prop_assert_eq!(timeouts, 1, "whoever closes late enough hears of it");
                let over = matches!(closed.instance.phase(), Phase::Closed { .. });
                prop_assert!(over);
            }
        }
    }
}

#[test]
fn only_small_joins_of_different_names_are_kept_in_slots() {
    let names = |n: usize| (0..n).map(|i| format!("n{i}")).collect::<Vec<_>>();
    let many = |n: usize| {
        let names = names(n);
        let members: Vec<&str> = names.iter().map(String::as_str).collect();
        Condition { collect: Collect::None, ..condition(Kind::All, &members) }
    };
    assert!(slots::applies(&join()) && slots::applies(&many(64)) && !slots::applies(&many(65)));
    assert!(!slots::applies(&Condition { collect: Collect::Event, ..join() }));
    assert!(!slots::applies(&Condition { fire: Fire::Every, ..join() }));
    assert!(!slots::applies(&Condition { kind: Kind::Any, ..join() }));
    assert!(!slots::applies(&Condition { collect: Collect::None, ..condition(Kind::All, &["a", "a"]) }));
}

#[test]
fn a_life_after_a_life_has_to_begin_anew() {
    let condition = join();
    let mut image = Image::new();
    fill(&condition, &mut image, 0, 0);
    fill(&condition, &mut image, 1, 9 * DAY);
    let open = slots::decide(&condition, "k", &image, None).unwrap();
    assert!(open.must_close(2), "the first one timed out and was forgotten long before the second came");
    let note = slots::note(Timestamp(START + 9 * DAY));
    let closed = slots::decide(&condition, "k", &image, Some(&note)).unwrap();
    assert_eq!((closed.derived.len(), closed.stays, closed.instance.phase()), (1, vec![1], Phase::Open));
    assert_eq!(closed.first, Some(Identity::of(&["test", "e0"])));
}

#[test]
fn other_versions_and_damage_are_refused() {
    let condition = join();
    let mut image = Image::new();
    fill(&condition, &mut image, 0, 0);
    let other = Condition { version: 7, ..join() };
    assert!(slots::decide(&other, "k", &image, None).unwrap_err().to_string().contains("another version"));
    assert!(slots::decide(&condition, "k", &image, Some(&[1, 2])).is_err());
    image.insert(1, vec![0xff]);
    assert!(slots::decide(&condition, "k", &image, None).is_err());
}
