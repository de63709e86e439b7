//! Instances as bytes.

use fanin_condition::{CodecError, Instance};
use proptest::prelude::*;

use crate::random::{conditions, histories, play};
use crate::world::{World, count};

fn bytes(instance: &Instance) -> Vec<u8> {
    let mut out = Vec::new();
    instance.encode_into(&mut out).unwrap();
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn an_instance_read_from_bytes_is_the_same_and_goes_on_the_same(condition in conditions(), history in histories()) {
        let mut kept = World::new(condition);
        let mut stored = World::new(kept.condition.clone());
        for step in &history {
            prop_assert_eq!(play(&mut kept, step), play(&mut stored, step));
            let written = bytes(&stored.instance);
            stored.instance = Instance::decode(&written).unwrap();
            prop_assert_eq!(&stored.instance, &kept.instance);
            prop_assert_eq!(bytes(&stored.instance), bytes(&kept.instance), "the same bytes");
        }
        prop_assert_eq!(&stored.derived, &kept.derived);
    }

    #[test]
    fn damaged_bytes_are_an_error_or_an_instance_never_a_panic(
        history in histories(), condition in conditions(), place in any::<prop::sample::Index>(), value in any::<u8>(), keep in any::<prop::sample::Index>()
    ) {
        let mut world = World::new(condition);
        for step in &history {
            play(&mut world, step);
        }
        let mut damaged = bytes(&world.instance);
        prop_assert!(Instance::decode(&damaged[..keep.index(damaged.len())]).is_err(), "cut off");
        let place = place.index(damaged.len());
        damaged[place] = value;
        if let Ok(instance) = Instance::decode(&damaged) {
            // Whatever it is now, the engine survives it.
            world.instance = instance;
            for step in &history {
                play(&mut world, step);
            }
        }
    }
}

#[test]
fn a_large_set_of_ids_comes_back() {
    let mut world = World::new(count(Some(5_000)));
    for n in 0..1_000 {
        world.event(n, &format!("part p{n} 1"));
    }
    let mut back = World::new(world.condition.clone());
    back.instance = Instance::decode(&bytes(&world.instance)).unwrap();
    assert_eq!(back.instance, world.instance);
    assert_eq!(back.event(7, "part p7 1"), fanin_condition::Verdict::Duplicate);
    assert_eq!(back.event(1_000, "part new 1"), fanin_condition::Verdict::Waiting);
}

#[test]
fn a_newer_format_is_refused_by_name() {
    let mut newer = bytes(&World::new(count(Some(1))).instance);
    assert_eq!(&newer[..3], [0x83, 1, 1], "array of three, format 1, minimal reader 1");
    newer[1] = 9;
    assert!(Instance::decode(&newer).is_ok(), "a newer writer may say that it is understood");
    newer[2] = 2;
    let error = Instance::decode(&newer).unwrap_err();
    assert!(matches!(error, CodecError::Newer { format: 9, min_reader: 2 }), "{error}");
    assert!(error.to_string().contains("upgrade fanin"));
}

#[test]
fn bytes_after_the_instance_are_an_error() {
    let mut long = bytes(&World::new(count(Some(1))).instance);
    long.push(0);
    assert!(matches!(Instance::decode(&long), Err(CodecError::Trailing(1))));
    assert!(matches!(Instance::decode(&[]), Err(CodecError::Malformed(_))));
}
