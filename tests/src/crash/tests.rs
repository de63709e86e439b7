//! The harness finds what it is there to find: each kind of loss and of doubling, made by hand.

use std::time::{Duration, Instant};

use fanin_simulate::random::Random;
use serde_json::{Value, json};

use super::calls::{Arrival, Calls, Subject};
use super::load::Load;
use super::stories::{Kind, Story, item};
use super::verdict::judge;
use super::workflow::CLICKS;

/// A call with this id, attempt and life.
type Made<'a> = (&'a str, u32, u32);

fn call(calls: &mut Calls, function: &str, (id, attempt, life): Made<'_>, mut payload: Value) {
    payload["action"] = json!(id);
    let body = payload.to_string();
    calls.arrive(&Arrival { function, id, attempt, body: body.as_bytes(), life });
}

fn ship(calls: &mut Calls, id: &str, attempt: u32, life: u32) {
    call(calls, "ship", (id, attempt, life), json!({ "key": "order-1", "count": 3 }));
}

fn told(calls: &Calls) -> String {
    calls.problems().told().join("\n")
}

#[test]
fn a_repetition_in_another_life_is_allowed_and_counted() {
    let mut calls = Calls::default();
    ship(&mut calls, "a", 1, 1);
    ship(&mut calls, "a", 1, 2);
    calls.answered("a", 1, true);
    assert!(calls.problems().none(), "{}", told(&calls));
    assert_eq!((calls.counts(), calls.done()), ((2, 1), 1));
}

#[test]
fn a_repetition_in_the_same_life_is_found() {
    let mut calls = Calls::default();
    ship(&mut calls, "a", 1, 1);
    ship(&mut calls, "a", 1, 1);
    assert!(calls.problems().double == 1 && told(&calls).contains("twice in life 1"), "{}", told(&calls));
}

#[test]
fn a_second_id_and_a_second_payload_are_found() {
    let mut calls = Calls::default();
    ship(&mut calls, "a", 1, 1);
    ship(&mut calls, "b", 1, 2);
    assert!(told(&calls).contains("called as a and as b"), "{}", told(&calls));
    let mut calls = Calls::default();
    ship(&mut calls, "a", 1, 1);
    call(&mut calls, "ship", ("a", 1, 2), json!({ "key": "order-1", "count": 4 }));
    assert!(told(&calls).contains("two payloads"), "{}", told(&calls));
}

#[test]
fn a_retry_needs_a_failure_and_nothing_goes_back_behind_it() {
    let mut calls = Calls::default();
    ship(&mut calls, "a", 1, 1);
    calls.answered("a", 1, false);
    ship(&mut calls, "a", 2, 1);
    assert!(calls.problems().none(), "{}", told(&calls));
    ship(&mut calls, "a", 1, 2);
    assert!(told(&calls).contains("attempt 1 after attempt 2"), "{}", told(&calls));
    let mut calls = Calls::default();
    ship(&mut calls, "a", 1, 1);
    ship(&mut calls, "a", 2, 1);
    assert!(told(&calls).contains("had not failed"), "{}", told(&calls));
}

#[test]
fn a_call_whose_outcome_was_durable_may_not_come_again() {
    let mut calls = Calls::default();
    ship(&mut calls, "a", 1, 1);
    calls.answered("a", 1, true);
    calls.acknowledged(1, Instant::now() + Duration::from_millis(500));
    ship(&mut calls, "a", 1, 2);
    assert!(calls.problems().none(), "half a second proves nothing: {}", told(&calls));
    calls.answered("a", 1, true);
    calls.acknowledged(2, Instant::now() + Duration::from_millis(1_500));
    ship(&mut calls, "a", 1, 3);
    assert!(calls.problems().double == 1 && told(&calls).contains("after its answer"), "{}", told(&calls));
}

#[test]
fn what_follows_from_an_outcome_proves_it_durable() {
    let mut calls = Calls::default();
    call(&mut calls, "assemble", ("a", 1, 1), json!({ "key": "job-1" }));
    calls.answered("a", 1, true);
    call(&mut calls, "archive", ("b", 1, 1), json!({ "key": "job-1" }));
    assert!(calls.problems().none(), "{}", told(&calls));
    call(&mut calls, "assemble", ("a", 1, 2), json!({ "key": "job-1" }));
    assert!(told(&calls).contains("follows from its outcome"), "{}", told(&calls));
    let mut calls = Calls::default();
    call(&mut calls, "invoice", ("b", 1, 1), json!({ "key": "basket-1" }));
    assert!(told(&calls).contains("before any price"), "{}", told(&calls));
}

/// A load of one story that is acknowledged as a whole.
fn load(kind: Kind) -> (Load, String) {
    let mut load = Load::new(Random::new(1));
    let key = "story-1".to_owned();
    let events = load.tell(Story { key: key.clone(), kind });
    load.acknowledged(&events);
    (load, key)
}

fn done(calls: &mut Calls, function: &str, id: &str, payload: Value) {
    call(calls, function, (id, 1, 1), payload);
    calls.answered(id, 1, true);
}

fn verdict(load: &Load, calls: &Calls) -> String {
    judge(load, calls).iter().map(|problem| format!("{problem:?}\n")).collect()
}

#[test]
fn a_job_needs_all_its_parts_and_its_archive() {
    let (load, key) = load(Kind::Job { parts: 2 });
    let mut calls = Calls::default();
    let said = verdict(&load, &calls);
    assert!(said.contains("assemble story-1 #0: never called") && said.contains("archive"), "{said}");
    done(&mut calls, "assemble", "a", json!({ "key": key, "parts": ["1"] }));
    done(&mut calls, "archive", "b", json!({ "key": key }));
    assert!(verdict(&load, &calls).contains("each of 2 parts"), "{}", verdict(&load, &calls));
    let mut calls = Calls::default();
    done(&mut calls, "assemble", "a", json!({ "key": key, "parts": ["2", "1"] }));
    call(&mut calls, "archive", ("b", 1, 1), json!({ "key": key }));
    assert!(verdict(&load, &calls).contains("never called again"), "{}", verdict(&load, &calls));
    calls.answered("b", 1, true);
    assert_eq!(verdict(&load, &calls), "");
}

#[test]
fn a_click_counts_in_one_round_and_no_round_is_missing_or_invented() {
    let (load, key) = load(Kind::User { clicks: 2 * CLICKS + 1 });
    let round = |first: usize, round: u64| {
        let clicks: Vec<String> = (first..first + CLICKS).map(|n| format!("{key}.{n}")).collect();
        json!({ "key": key, "round": round, "clicks": clicks })
    };
    let mut calls = Calls::default();
    done(&mut calls, "reward", "a", round(0, 1));
    assert!(verdict(&load, &calls).contains("reward story-1 #2: never called"));
    let mut twice = Calls::default();
    done(&mut twice, "reward", "a", round(0, 1));
    done(&mut twice, "reward", "b", round(CLICKS - 1, 2));
    assert!(verdict(&load, &twice).contains("counts in two rounds"));
    done(&mut calls, "reward", "b", round(CLICKS, 2));
    assert_eq!(verdict(&load, &calls), "");
    done(&mut calls, "reward", "c", round(2 * CLICKS, 3));
    assert!(verdict(&load, &calls).contains("nothing asked for it"));
}

#[test]
fn a_pair_is_met_or_late_and_a_closed_ticket_is_left_alone() {
    let (pair, key) = load(Kind::Pair { both: true });
    let mut calls = Calls::default();
    assert!(verdict(&pair, &calls).contains("never called"));
    done(&mut calls, "greet", "a", json!({ "key": key }));
    assert_eq!(verdict(&pair, &calls), "");
    done(&mut calls, "chase", "b", json!({ "key": key, "missing": ["right"] }));
    assert!(verdict(&pair, &calls).contains("met and timed out"));
    let (ticket, key) = load(Kind::Ticket { closed: true });
    let mut calls = Calls::default();
    assert_eq!(verdict(&ticket, &calls), "");
    done(&mut calls, "remind", "a", json!({ "key": key }));
    assert!(verdict(&ticket, &calls).contains("nothing asked for it"));
}

#[test]
fn a_basket_needs_every_price_and_the_invoice_in_order() {
    let (load, key) = load(Kind::Basket { items: 2 });
    let mut calls = Calls::default();
    for index in 0..2_usize {
        let payload = json!({ "key": key, "index": index, "item": item(&key, index) });
        done(&mut calls, "price", &format!("p{index}"), payload);
    }
    let invoice = |order: [usize; 2]| {
        let results = order.map(|index| json!({ "ok": { "key": key, "item": item(&key, index) } }));
        json!({ "key": key, "results": results })
    };
    assert!(verdict(&load, &calls).contains("invoice story-1 #0: never called"));
    let subject = Subject { function: "price".to_owned(), key: key.clone(), part: 1 };
    assert!(calls.of(&subject).is_some());
    done(&mut calls, "invoice", "i", invoice([0, 1]));
    assert_eq!(verdict(&load, &calls), "");
    let mut swapped = Calls::default();
    for index in 0..2_usize {
        let payload = json!({ "key": key, "index": index, "item": item(&key, index) });
        done(&mut swapped, "price", &format!("p{index}"), payload);
    }
    done(&mut swapped, "invoice", "i", invoice([1, 0]));
    assert!(verdict(&load, &swapped).contains("order of the items"));
}

#[test]
fn an_event_that_was_never_acknowledged_is_lost() {
    let mut load = Load::new(Random::new(1));
    load.tell(Story { key: "story-1".to_owned(), kind: Kind::Order });
    assert!(verdict(&load, &Calls::default()).contains("not all of it was ever acknowledged"));
}
