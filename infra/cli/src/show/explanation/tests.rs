//! The text of an explanation, line by line.

use std::collections::BTreeMap;
use std::sync::Arc;

use fanin_condition::ReachSource;

use super::*;

fn at(time: &str) -> Timestamp {
    Timestamp::parse(&format!("2026-01-02T{time}Z")).unwrap()
}

fn look(now: &str) -> Look {
    Look { paint: Paint::plain(), clock: Clock::wall(at(now)) }
}

fn member(name: &str, id: &str, (accepted, part): (&str, &str)) -> MemberSeen {
    let captures = [("job".to_owned(), "42".to_owned()), ("part".to_owned(), part.to_owned())];
    let captures = captures.into_iter().filter(|(_, value)| !value.is_empty()).collect();
    MemberSeen {
        name: Arc::from(name),
        id: id.to_owned(),
        accepted: at(accepted),
        captures,
        times: 1,
        waived: None,
    }
}

const MANIFEST: &str = "018f0000-0000-8000-8000-0000000000c2";

fn open() -> Explanation {
    let mut twice = member("part", "018f0000-0000-8000-8000-0000000000a1", ("02:10:01", "1"));
    twice.times = 2;
    Explanation {
        workflow: Arc::from("video"),
        condition: Arc::from("parts_complete"),
        version: String::new(),
        asks: Asks::Count,
        counted: Some(Arc::from("part")),
        distinct: Some(Arc::from("part")),
        key: BTreeMap::from([(Arc::from("job"), Arc::from("42"))]),
        state: State::Open,
        generation: String::new(),
        round: 1,
        first_at: Some(at("02:10:00")),
        last_at: Some(at("02:10:01")),
        closed_at: None,
        count: 2,
        needed: Some(3),
        reach: Some(ReachSource { value: 3, from: MANIFEST.to_owned(), conflicts: 0, conflict: None }),
        missing: Missing::More(1),
        members: vec![
            member("manifest", MANIFEST, ("02:09:59", "")),
            twice,
            member("part", "018f0000-0000-8000-8000-0000000000a0", ("02:10:00", "2")),
        ],
        members_not_shown: 0,
        counts: BTreeMap::new(),
        duplicates: 0,
        late: 0,
        extra: 0,
        deadline: Some(at("03:10:00")),
        deadline_in: Some(43 * 60_000),
        forgotten_at: None,
    }
}

#[test]
fn an_open_count_as_in_the_design() {
    assert_eq!(
        explanation(&open(), look("02:27:00")),
        [
            "o parts_complete [job=42] has not fired: 2 of 3 (reach from manifest 018f..c2)",
            "  part=1  seen 02:10:01Z  event 018f..a1   (2 times)",
            "  part=2  seen 02:10:00Z  event 018f..a0",
            "  1 more distinct `part` needed; times out 03:10:00Z (in 43m)",
        ]
    );
}

#[test]
fn names_that_were_not_seen_stand_in_the_list() {
    let told = Explanation {
        asks: Asks::All,
        counted: None,
        distinct: None,
        count: 1,
        reach: None,
        members: vec![member("paid", "p-1", ("02:10:00", ""))],
        missing: Missing::Names(vec![Arc::from("packed"), Arc::from("labelled")]),
        duplicates: 1,
        extra: 2,
        late: 1,
        deadline: None,
        forgotten_at: Some(at("02:30:00")),
        round: 2,
        ..open()
    };
    assert_eq!(
        explanation(&told, look("02:27:00")),
        [
            "o parts_complete [job=42] has not fired: 1 of 3, round 2",
            "  paid      seen 02:10:00Z  event p-1",
            "  packed    not seen",
            "  labelled  not seen",
            "  `packed`, `labelled` needed; has no deadline and is forgotten 02:30:00Z (in 3m)",
            "  did not count: 1 repeated delivery (the same event again), 2 extra events (its place was taken already), \
             1 late event (it came after the end)",
        ]
    );
}

#[test]
fn an_unknown_number_and_one_that_does_not_hold() {
    let unknown = Explanation { needed: None, reach: None, missing: Missing::Unknown, ..open() };
    let lines = explanation(&unknown, look("04:00:00"));
    assert_eq!(
        lines[0],
        "o parts_complete [job=42] has not fired: 2 so far; no event has brought `reach` yet"
    );
    assert_eq!(
        lines.last().unwrap(),
        "  an event needed, which brings `reach`; times out 03:10:00Z (50m ago)"
    );
    let reach =
        ReachSource { value: 3, from: MANIFEST.to_owned(), conflicts: 2, conflict: Some((5, "m2".into())) };
    let lines = explanation(&Explanation { reach: Some(reach), ..open() }, look("02:27:00"));
    assert_eq!(
        lines.last().unwrap(),
        "  another `reach` came later and does not hold: 5 from m2, and 1 before"
    );
}

#[test]
fn the_ends() {
    let ended = |state| Explanation {
        state,
        closed_at: Some(at("03:10:00")),
        deadline: None,
        forgotten_at: Some(at("04:10:00")),
        members: Vec::new(),
        ..open()
    };
    assert_eq!(
        explanation(&ended(State::TimedOut), look("03:20:00")),
        [
            "x parts_complete [job=42] timed out at 03:10:00Z: 2 of 3 (reach from 018f..c2)",
            "  1 more distinct `part` was missing; remembered until 04:10:00Z (in 50m)",
        ]
    );
    assert_eq!(
        explanation(&ended(State::Fired), look("03:20:00"))[0],
        "* parts_complete [job=42] fired at 03:10:00Z: 2 of 3 (reach from 018f..c2)"
    );
    let awaited = Explanation {
        asks: Asks::Absent,
        counted: None,
        distinct: None,
        reach: None,
        needed: None,
        key: BTreeMap::new(),
        missing: Missing::Names(vec![Arc::from("heartbeat")]),
        members: Vec::new(),
        ..open()
    };
    assert_eq!(
        explanation(&awaited, look("02:27:00")),
        ["o parts_complete has not fired", "  fires 03:10:00Z (in 43m) unless `heartbeat` comes",]
    );
}

#[test]
fn long_lists_are_cut() {
    let members = (0..25).map(|n| member("part", &format!("e{n}"), ("02:10:00", &n.to_string()))).collect();
    let told = Explanation { members, members_not_shown: 5, ..open() };
    let lines = explanation(&told, look("02:27:00"));
    assert_eq!(lines.len(), 1 + MEMBERS + 2);
    assert_eq!(lines[1 + MEMBERS], "  and 10 more");
    let misses: Vec<(String, String)> = (0..12).map(|n| (format!("e{n}"), "why".to_owned())).collect();
    let lines = near_misses("near misses", &misses, look("02:27:00"));
    assert_eq!((lines[0].as_str(), lines[1].as_str()), ("near misses", "  event e0  why"));
    assert_eq!(lines.last().unwrap(), "  and 2 more");
    assert!(near_misses("near misses", &[], look("02:27:00")).is_empty());
}
