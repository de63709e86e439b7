//! The queue's limits on both sides, and its fairness.

use fanin_event::Identity;
use fanin_rule::{ActionId, Target};

use super::*;

fn action(n: u32, bytes: usize) -> Action {
    Action {
        id: ActionId(Identity::of(&["a"])),
        run: Identity::of(&["r"]),
        index: n,
        attempt: 1,
        rule: "r".into(),
        workflow: "w".into(),
        target: Target::Invoke { function: "f".into() },
        payload: "x".repeat(bytes).into(),
    }
}

fn lane(name: &str, limit: usize) -> Lane {
    Lane { name: name.into(), limit }
}

fn limits() -> Limits {
    Limits { running: 3, running_per_function: 9, queued: 4, queued_bytes: 100 }
}

fn started(queue: &mut Queue) -> Vec<(String, u32)> {
    queue.start().into_iter().map(|started| (started.lane.to_string(), started.action.index)).collect()
}

#[test]
fn lanes_take_turns_within_their_limits() {
    let mut queue = Queue::new(Limits { queued: 100, ..limits() });
    for n in 0..4 {
        queue.push(lane("a", 2), action(n, 0)).unwrap();
    }
    queue.push(lane("b", 9), action(9, 0)).unwrap();
    let a = |n| ("a".to_owned(), n);
    assert_eq!(started(&mut queue), [a(0), ("b".to_owned(), 9), a(1)]);
    queue.finish(&"b".into());
    assert_eq!(started(&mut queue), [], "a has its two");
    queue.finish(&"a".into());
    assert_eq!(started(&mut queue), [a(2)]);
    queue.finish(&"a".into());
    queue.finish(&"a".into());
    assert_eq!(started(&mut queue), [a(3)]);
    queue.finish(&"a".into());
    assert_eq!((queue.load(), queue.lanes.len(), queue.turn.len()), (0, 0, 0), "nothing is left behind");
}

#[test]
fn the_number_and_the_bytes_are_limited() {
    let mut queue = Queue::new(limits());
    for n in 0..4 {
        queue.push(lane("a", 1), action(n, 10)).unwrap();
    }
    let refused = queue.push(lane("a", 1), action(7, 10)).unwrap_err();
    assert_eq!(refused.0.index, 7, "the call comes back");
    assert_eq!(queue.start().len(), 1);
    queue.push(lane("a", 1), action(4, 70)).unwrap();
    assert_eq!(queue.start().len(), 0);
    queue.finish(&"a".into());
    assert_eq!(queue.start().len(), 1);
    assert!(queue.push(lane("a", 1), action(5, 11)).is_err(), "101 bytes");
    assert!(queue.push(lane("a", 1), action(5, 10)).is_ok(), "100 bytes");
}

#[test]
fn an_empty_queue_takes_a_call_of_any_size() {
    let mut queue = Queue::new(limits());
    queue.push(lane("a", 1), action(0, 1000)).unwrap();
    assert!(queue.push(lane("a", 1), action(1, 1)).is_err());
    assert_eq!(queue.start().len(), 1);
    queue.push(lane("a", 1), action(1, 1)).unwrap();
}
