//! Instances of old formats that must still load, and go on as they would have. The file is never written again; a new
//! format gets a file of its own beside it.

use fanin_condition::{Condition, Fire, Instance, Kind, Verdict, Window};

use crate::world::{HOUR, MINUTE, SECOND, World, condition, count, happening, ids, span, windowed};

/// Lines of `name hex-bytes`.
const FORMAT_1: &str = include_str!("../fixtures/instances-1.txt");

/// The same instances in parts: lines of `name hex-bytes-of-the-head hex-bytes-of-a-chunk ...`.
const FORMAT_2: &str = include_str!("../fixtures/instances-2.txt");

/// A name in the file, its condition, and its history of moments and events.
type Case = (&'static str, Condition, Vec<(i64, &'static str)>);

fn cases() -> Vec<Case> {
    let mut parts = Condition { within: Some(span(HOUR)), ..count(None) };
    parts.members[0].distinct = Some(0);
    let mut colours = windowed(3, Window::Sliding(span(10 * MINUTE)));
    colours.members[0].distinct = Some(0);
    let hold = || Kind::Absent { hold: span(5 * MINUTE) };
    vec![
        ("all", condition(Kind::All, &["paid", "packed", "labelled"]), vec![(0, "paid a"), (1, "paid a")]),
        ("captured", parts, vec![(0, "part a 1"), (1, "part b 1"), (2, "manifest m 3"), (3, "manifest n 4")]),
        ("many-ids", count(Some(21)), (0..).zip(PARTS).collect()),
        ("sequence", condition(Kind::Sequence, &["order", "paid"]), vec![(5, "paid p"), (6, "order late")]),
        ("sliding", colours, vec![(0, "order a red"), (MINUTE, "order b blue")]),
        ("tumbling", windowed(2, Window::Tumbling(span(MINUTE))), vec![(0, "order a 1"), (1, "order b 1")]),
        ("watch", Condition { fire: Fire::Every, ..condition(hold(), &["beat"]) }, vec![(0, "beat a")]),
        ("follow", condition(hold(), &["paid", "order"]), vec![(0, "order a")]),
        ("closed", count(Some(1)), vec![(0, "part a 1"), (1, "part b 1")]),
    ]
}

/// Events of the large case.
const PARTS: [&str; 20] = [
    "part a 1", "part b 1", "part c 1", "part d 1", "part e 1", "part f 1", "part g 1", "part h 1",
    "part i 1", "part j 1", "part k 1", "part l 1", "part m 1", "part n 1", "part o 1", "part p 1",
    "part q 1", "part r 1", "part s 1", "part t 1",
];

fn bytes(hex: &str) -> Vec<u8> {
    let nibbles: Vec<u8> = hex.chars().map(|c| u8::try_from(c.to_digit(16).unwrap()).unwrap()).collect();
    nibbles.chunks(2).map(|pair| pair[0] * 16 + pair[1]).collect()
}

/// The instance called `name` as it was stored.
fn stored(name: &str) -> World {
    let (_, condition, _) = cases().into_iter().find(|(case, ..)| *case == name).unwrap();
    let line = FORMAT_1.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')).unwrap();
    let mut world = World::new(condition);
    world.instance = Instance::decode(&bytes(line)).unwrap();
    world
}

#[test]
fn todays_code_makes_the_same_state() {
    assert_eq!(FORMAT_1.lines().count(), cases().len());
    for (name, condition, history) in cases() {
        let mut world = World::new(condition);
        for (ms, text) in history {
            world.event(ms, text);
        }
        assert_eq!(world.instance, stored(name).instance, "{name}");
    }
}

/// What the file of instances in parts has under a name.
fn in_parts(name: &str) -> Instance {
    let line = FORMAT_2.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')).unwrap();
    let mut parts = line.split(' ').map(bytes);
    let head = parts.next().unwrap();
    let chunks: Vec<Vec<u8>> = parts.collect();
    assert_eq!(chunks.len(), usize::from(name == "chunked"), "{name}");
    Instance::from_parts(&head, &chunks).unwrap().0
}

#[test]
fn todays_code_makes_the_same_state_of_parts() {
    assert_eq!(FORMAT_2.lines().count(), cases().len() + 1);
    for (name, condition, history) in cases() {
        let mut world = World::new(condition);
        for (ms, text) in history {
            world.event(ms, text);
        }
        assert_eq!(world.instance, in_parts(name), "{name}");
    }
    let mut world = World::new(count(Some(99)));
    for n in 0..60 {
        world.event(n, &format!("part p{n} {n}"));
    }
    assert_eq!(world.instance, in_parts("chunked"));
}

#[test]
fn stored_names_and_numbers_go_on() {
    let mut world = stored("all");
    assert_eq!(world.event(0, "paid a"), Verdict::Duplicate);
    world.event(2, "packed b");
    world.event(3, "labelled c");
    assert_eq!(ids(&world.detail(), "paid"), ["a"]);
    assert_eq!(world.fired(), ["done#1 x3 at 3"]);

    let mut world = stored("captured");
    assert_eq!(world.due(), Some(HOUR));
    world.event(4, "part c 2");
    assert_eq!(world.event(5, "part d 3"), Verdict::Fired);

    let mut world = stored("many-ids");
    assert_eq!(world.event(7, "part h 1"), Verdict::Duplicate);
    assert_eq!(world.event(30, "part u 1"), Verdict::Fired);

    assert_eq!(stored("closed").event(0, "part a 1"), Verdict::Duplicate);
    assert_eq!(stored("closed").event(9, "part c 1"), Verdict::Late);
}

#[test]
fn stored_orders_and_windows_go_on() {
    let mut order = happening("order o");
    order.time = Some(1);
    assert_eq!(stored("sequence").happens(7, &order), Verdict::Fired);

    let mut world = stored("sliding");
    assert_eq!(world.event(10 * MINUTE, "order c green"), Verdict::Fired);
    assert_eq!(ids(&world.detail(), "order"), ["a", "b", "c"]);

    let mut world = stored("tumbling");
    assert_eq!(world.event(59 * SECOND, "order c 1"), Verdict::Late);
    assert_eq!(world.event(MINUTE, "order d 1"), Verdict::Waiting);
    assert_eq!(world.event(MINUTE, "order e 1"), Verdict::Fired);
    assert_eq!(world.fired(), ["done#2 x2 at 60000"]);

    assert_eq!(stored("watch").timer(5 * MINUTE), Verdict::Fired);
    let mut world = stored("follow");
    world.event(MINUTE, "paid p");
    world.timer(5 * MINUTE);
    assert_eq!(world.fired(), [""; 0]);
}
