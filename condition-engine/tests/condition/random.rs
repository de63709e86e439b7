//! Random conditions and inputs for the properties.

use fanin_condition::{Collect, Condition, Fire, Kind, Reach, Window};
use fanin_event::Span;
use proptest::prelude::*;

use crate::world::{Happening, World, condition};

/// Names of the members of every random condition.
pub(crate) const NAMES: [&str; 3] = ["a", "b", "c"];

/// An input of a random history.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Event { at: i64, what: Happening, member: u16 },
    Timer(i64),
    Expire(i64),
}

/// A moment: mostly near the others, sometimes at an end of time.
fn moment() -> impl Strategy<Value = i64> {
    prop_oneof![20 => 0_i64..3_000, 2 => 0_i64..4_000_000_000, 1 => Just(i64::MAX - crate::world::START), 1 => -5_000_i64..0]
}

fn length() -> impl Strategy<Value = Span> {
    prop_oneof![10 => (1_u64..2_000).prop_map(Span), 1 => Just(Span(0)), 1 => Just(Span(u64::MAX))]
}

pub(crate) fn kinds() -> impl Strategy<Value = Kind> {
    let reach = prop_oneof![(0_u64..5).prop_map(Reach::Number), Just(Reach::Captured)];
    let window = prop_oneof![
        Just(None),
        length().prop_map(|length| Some(Window::Sliding(length))),
        length().prop_map(|length| Some(Window::Tumbling(length))),
    ];
    prop_oneof![
        Just(Kind::All),
        Just(Kind::Any),
        (0_u32..4).prop_map(|n| Kind::AtLeast { n }),
        Just(Kind::Sequence),
        (reach, window).prop_map(|(reach, window)| Kind::Count { reach, window }),
        length().prop_map(|hold| Kind::Absent { hold }),
    ]
}

/// Any condition, sensible or not.
pub(crate) fn conditions() -> impl Strategy<Value = Condition> {
    let shape = (1_usize..=3, any::<bool>(), any::<bool>(), prop::option::of(length()));
    let manner = (any::<bool>(), 0_u8..3, length());
    (kinds(), shape, manner).prop_map(|(kind, (members, distinct, by, within), (every, collect, retain))| {
        let mut condition = condition(kind, &["a v n", "b v n", "c v n"][..members]);
        condition.within = within;
        condition.fire = if every { Fire::Every } else { Fire::Once };
        condition.collect = [Collect::Event, Collect::Captures, Collect::None][usize::from(collect)];
        condition.retain = retain;
        condition.members[0].distinct = distinct.then_some(0);
        if let Kind::Count { reach: Reach::Captured, .. } = condition.kind {
            condition.members.last_mut().unwrap().reach = Some(1);
        }
        if !by {
            condition.by.clear();
        }
        condition
    })
}

/// A history of events and timers; some events come again, some lack captures or are no member at all.
pub(crate) fn histories() -> impl Strategy<Value = Vec<Step>> {
    let captures = prop::collection::vec(prop_oneof![(0_u8..5).prop_map(|n| n.to_string()), ".{0,20}"], 0..3);
    let event = (moment(), moment(), 0_u8..30, 0_u16..4, captures, any::<u8>());
    let event = event.prop_map(|(at, time, id, member, captures, hops)| Step::Event {
        at,
        what: Happening { name: String::new(), id: format!("e{id}"), captures, time: Some(time), hops },
        member,
    });
    prop::collection::vec(
        prop_oneof![5 => event, 1 => moment().prop_map(Step::Timer), 1 => moment().prop_map(Step::Expire)],
        0..60,
    )
}

/// Plays one step.
pub(crate) fn play(world: &mut World, step: &Step) -> fanin_condition::Verdict {
    match step {
        Step::Event { at, what, member } => world.happens_as(*at, what, *member),
        Step::Timer(at) => world.timer(*at),
        Step::Expire(at) => world.expire(*at),
    }
}
