//! Runs of many calls: concurrency, order of results, tolerance, claims, limits, linear time.

use crate::support::*;
use fanin_rule::limits::{MAX_MAP_ITEMS, MAX_OPEN_PAYLOAD_BYTES, MAX_RESULT_BYTES, MAX_RUN_RESULT_BYTES};
use fanin_rule::{Outcome, Rule, Run};
use serde_json::{Value, json};

fn lines(n: usize) -> Value {
    json!({"lines": (0..n).map(|i| json!({"sku": i})).collect::<Vec<_>>()})
}

#[test]
fn results_stand_in_index_order_whatever_the_order_of_answers() {
    let mut player = Player::start(map_rule(2, 0.0), &lines(4));
    let first = player.actions();
    assert_eq!(first.iter().map(|a| a.index).collect::<Vec<_>>(), [0, 1]);
    assert_eq!(&*first[1].payload, r#"{"line":{"sku":1},"index":1}"#);
    player.settle(1, 1, done("\"b\""));
    assert_eq!(player.actions().iter().map(|a| a.index).collect::<Vec<_>>(), [2]);
    player.settle(2, 1, done("\"c\""));
    assert_eq!(player.actions().iter().map(|a| a.index).collect::<Vec<_>>(), [3]);
    assert_eq!(player.run.progress(), (2, 4));
    player.settle(3, 1, done("\"d\""));
    assert!(player.take().is_empty());
    player.settle(0, 1, done("\"a\""));
    let (name, detail) = player.completion();
    assert_eq!(name, "assemble.done");
    assert_eq!(detail["results"], json!([{"ok": "a"}, {"ok": "b"}, {"ok": "c"}, {"ok": "d"}]));
    assert_eq!((&detail["failed"], &detail["attempts"]), (&json!(0), &json!(4)));
    assert_eq!(detail["action"], player.run.identity().to_uuid());
}

#[test]
fn no_items_are_done_at_once() {
    let player = Player::start(map_rule(2, 0.0), &lines(0));
    assert!(player.run.is_over());
    let (name, detail) = player.completion();
    assert_eq!(
        (name.as_str(), &detail["results"], &detail["failed"]),
        ("assemble.done", &json!([]), &json!(0))
    );
}

#[test]
fn items_that_cannot_be_mapped_fail_the_run() {
    for (detail, error) in [
        (json!({"lines": {"a": 1}}), "Fanin.ItemsNotAList"),
        (json!({"lines": null}), "Fanin.ItemsNotAList"),
        (json!({}), "States.ParameterPathFailure"),
    ] {
        let player = Player::start(map_rule(2, 0.0), &detail);
        let (name, completion) = player.completion();
        assert_eq!((name.as_str(), &completion["error"]), ("assemble.failed", &json!(error)), "{detail}");
        assert_eq!(player.letters()[0].payload, player.run.cause().envelope);
    }
    let catch = vec![catcher(&["States.ALL"], "bad_order")];
    let player = Player::start(Rule { catch, ..map_rule(2, 0.0) }, &json!({}));
    assert_eq!(player.completion().0, "bad_order");
    assert!(player.letters().is_empty());
}

#[test]
fn the_number_of_items_is_limited() {
    let player = Player::start(map_rule(1, 0.0), &lines(MAX_MAP_ITEMS));
    assert!(!player.run.is_over());
    let player = Player::start(map_rule(1, 0.0), &lines(MAX_MAP_ITEMS + 1));
    let (_, detail) = player.completion();
    assert_eq!(detail["error"], "Fanin.TooManyItems");
    assert!(detail["cause"].as_str().unwrap().contains("10001"), "{detail}");
}

#[test]
fn an_indefinite_path_gives_the_items_too() {
    let mut rule = map_rule(9, 0.0);
    rule.map.as_mut().unwrap().items = "$.detail.lines[?(@.sku > 0)].sku".to_owned();
    let mut player = Player::start(rule, &lines(3));
    let payloads: Vec<String> = player.actions().iter().map(|a| a.payload.to_string()).collect();
    assert_eq!(payloads, [r#"{"line":1,"index":0}"#, r#"{"line":2,"index":1}"#]);
}

#[test]
fn without_tolerance_the_first_failure_ends_the_run_after_what_runs() {
    let catch = vec![catcher(&["Mine"], "mine_failed")];
    let retry = vec![retrier(&["Again"], 5)];
    let mut player = Player::start(Rule { catch, retry, ..map_rule(3, 0.0) }, &lines(6));
    player.actions();
    player.settle(0, 1, failed("Again"));
    assert!(player.take().is_empty(), "a retry keeps its place");
    player.settle(1, 1, failed("Mine"));
    assert_eq!(player.actions().len(), 0, "nothing new starts");
    assert_eq!(player.letters().len(), 1, "the waiting retry is given up, the caught one is not dead");
    assert_eq!((player.letters()[0].index, player.letters()[0].error.as_str()), (0, "Again"));
    assert!(!player.run.is_over());
    assert_eq!(player.run.next_due(), fanin_event::Timestamp::NEVER);
    player.settle(2, 1, failed("Again"));
    let (name, detail) = player.completion();
    assert_eq!(
        (name.as_str(), &detail["error"], &detail["failed"]),
        ("mine_failed", &json!("Mine"), &json!(3))
    );
    let cause = detail["cause"].as_str().unwrap();
    assert!(
        cause.contains("3 of 6 items failed, 3 never started") && cause.contains("item 1: Mine"),
        "{cause}"
    );
}

#[test]
fn failures_within_the_tolerance_stand_among_the_results() {
    let mut player = Player::start(map_rule(9, 50.0), &lines(4));
    let ids: Vec<_> = player.actions().iter().map(|a| a.id).collect();
    player.settle(1, 1, failed("A"));
    player.settle(3, 1, failed("B"));
    player.settle(0, 1, done("0"));
    player.settle(2, 1, done("2"));
    let (name, detail) = player.completion();
    assert_eq!((name.as_str(), &detail["failed"]), ("assemble.done", &json!(2)));
    assert_eq!(
        detail["results"],
        json!([{"ok": 0}, {"error": "A", "cause": "because"}, {"ok": 2}, {"error": "B", "cause": "because"}])
    );
    let dead: Vec<_> = player.letters().iter().map(|letter| letter.action).collect();
    assert_eq!(dead, [ids[1], ids[3]], "given up all the same: they can be redriven");
    assert_eq!(&*player.letters()[0].payload, r#"{"line":{"sku":1},"index":1}"#);
}

#[test]
fn one_failure_past_the_tolerance_fails_the_run() {
    let catch = vec![catcher(&["States.ExceedToleratedFailureThreshold"], "too_many")];
    let mut player = Player::start(Rule { catch, ..map_rule(2, 50.0) }, &lines(4));
    player.actions();
    for index in 0..2 {
        player.settle(index, 1, failed("A"));
    }
    assert_eq!(player.actions().len(), 2, "two of four is just tolerated");
    player.settle(3, 1, failed("A"));
    assert!(!player.run.is_over(), "one still runs");
    player.settle(2, 1, done("1"));
    let (name, detail) = player.completion();
    assert_eq!(name, "too_many");
    assert_eq!(detail["error"], "States.ExceedToleratedFailureThreshold");
    assert_eq!(detail["failed"], 3);
}

#[test]
fn retries_are_counted_per_item() {
    let retry = vec![retrier(&["States.ALL"], 1)];
    let mut player = Player::start(Rule { retry, ..map_rule(2, 0.0) }, &lines(2));
    player.actions();
    player.settle(0, 1, failed("A"));
    player.settle(1, 1, failed("A"));
    player.retry();
    let again = player.actions();
    assert_eq!(again.iter().map(|a| (a.index, a.attempt)).collect::<Vec<_>>(), [(0, 2), (1, 2)]);
    player.settle(0, 2, done("0"));
    player.settle(1, 2, done("1"));
    let (name, detail) = player.completion();
    assert_eq!((name.as_str(), &detail["attempts"]), ("assemble.done", &json!(4)));
}

#[test]
fn large_results_are_claimed_and_limited_together() {
    let text = format!("\"{}\"", "a".repeat(MAX_RESULT_BYTES - 2));
    let fit = MAX_RUN_RESULT_BYTES / MAX_RESULT_BYTES;
    let mut player = Player::start(map_rule(10_000, 50.0), &lines(fit + 1));
    player.actions();
    for index in 0..u32::try_from(fit).unwrap() {
        player.settle(index, 1, done(&text));
    }
    assert!(player.effects.is_empty());
    player.settle(u32::try_from(fit).unwrap(), 1, done("1"));
    let emitted = player.emitted()[0];
    let claim = emitted.claim.as_ref().unwrap();
    let results: Vec<Value> = serde_json::from_str(&claim.body).unwrap();
    assert_eq!(results.len(), fit + 1);
    assert_eq!(results[fit]["error"], "States.DataLimitExceeded", "one byte too many");
    assert!(results[..fit].iter().all(|result| result["ok"].is_string()));
    let detail = player.completion().1;
    assert_eq!(detail["results"], json!({"$claim": claim.key, "bytes": claim.body.len()}));
    assert_eq!(detail["failed"], 1);
    assert!(emitted.envelope.len() < 2000);
}

#[test]
fn open_payloads_are_limited_together() {
    let mut rule = map_rule(10_000, 0.0);
    rule.input = Some(json!({"all.$": "$.detail.text"}));
    let bytes = 200_000;
    let detail = json!({"lines": vec![0; 1000], "text": "a".repeat(bytes - "{\"all\":\"\"}".len())});
    let mut player = Player::start(rule, &detail);
    let open = player.actions();
    assert!(open.iter().all(|action| action.payload.len() == bytes));
    assert_eq!(open.len(), MAX_OPEN_PAYLOAD_BYTES.div_ceil(bytes));
    player.settle(0, 1, done("1"));
    assert_eq!(player.actions().len(), 1, "room for the next one");
}

#[test]
fn a_zero_concurrency_still_moves() {
    let mut player = Player::start(map_rule(0, f64::NAN), &lines(2));
    assert_eq!(player.actions().len(), 1);
    player.settle(0, 1, failed("A"));
    assert_eq!(player.completion().0, "assemble.failed", "a tolerance that is no number tolerates nothing");
}

/// Settling one of 10,000 must not look at the 9,999 others: twice the items take about twice the time.
#[test]
fn a_large_fan_out_is_linear() {
    let play = |n: usize| {
        let start = std::time::Instant::now();
        let mut player = Player::start(map_rule(10_000, 0.0), &lines(n));
        let actions = player.actions();
        assert_eq!(actions.len(), n);
        for action in actions.iter().rev() {
            player.settle(action.index, 1, Outcome::Done { result: "1".to_owned() });
        }
        assert_eq!(player.completion().1["failed"], 0);
        start.elapsed()
    };
    play(100);
    let best = |n: usize| (0..3).map(|_| play(n)).min().unwrap();
    let (small, large) = (best(1_000), best(10_000));
    assert!(large < small * 40, "1,000 items: {small:?}; 10,000 items: {large:?}");
}

#[test]
fn pending_after_a_restart_in_the_middle() {
    let retry = vec![retrier(&["States.ALL"], 3)];
    let mut player = Player::start(Rule { retry, ..map_rule(3, 0.0) }, &lines(5));
    let first = player.actions();
    player.settle(0, 1, done("0"));
    player.settle(1, 1, failed("A"));
    let opened = player.actions();
    let mut loaded = Run::decode(&player.run.encode()).unwrap();
    assert_eq!(loaded.pending(&player.rule), [first[2].clone(), opened[0].clone()]);
    assert_eq!(loaded.pending(&player.rule), player.run.pending(&player.rule));
    assert_eq!(loaded.progress(), player.run.progress());
    for run in [&mut player.run, &mut loaded] {
        let mut effects = Vec::new();
        run.due(&player.rule, run.next_due(), &mut effects);
        for (index, attempt) in [(3, 1), (1, 2), (2, 1), (4, 1)] {
            let settlement = fanin_rule::Settlement { index, attempt, outcome: done("9") };
            run.settle(&player.rule, settlement, player.now, &mut effects);
        }
        assert!(run.is_over());
        player.effects.extend(effects);
    }
    let emitted = player.emitted();
    assert_eq!(emitted[0], emitted[1], "the same bytes with and without the restart");
}
