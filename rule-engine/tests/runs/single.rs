//! Runs of one call: completion, retry, catch, dead letters, duplicates, limits.

use std::sync::Arc;

use crate::support::*;
use fanin_event::Timestamp;
use fanin_rule::limits::{MAX_CAUSE_BYTES, MAX_COMPLETION_BYTES, MAX_PAYLOAD_BYTES, MAX_RESULT_BYTES};
use fanin_rule::{Cause, Jitter, Retrier, Rule, Run, RunEffect};
use serde_json::{Value, json};

#[test]
fn a_result_completes_the_run() {
    let mut player = Player::start(rule(), &json!({"n": 1}));
    let actions = player.actions();
    assert_eq!(actions.len(), 1);
    let action = &actions[0];
    assert_eq!((action.index, action.attempt, &*action.rule, &*action.workflow), (0, 1, "assemble", "video"));
    assert_eq!(action.run, player.run.identity());
    assert!(
        Arc::ptr_eq(&action.payload, &player.run.cause().envelope),
        "without `input` the envelope is not copied"
    );
    assert_eq!(player.run.progress(), (0, 1));
    player.settle(0, 1, done(r#"{"b":2.0, "a":[1]}"#));
    assert!(player.run.is_over());
    let emitted = player.emitted()[0].clone();
    let id = emitted.identity.to_uuid();
    let expected = format!(
        concat!(
            r#"{{"version":"0","id":"{id}","detail-type":"assemble.done","source":"fanin.video","account":"000000000000","#,
            r#""time":"2026-01-02T03:04:05Z","region":"local","resources":[],"detail":{{"workflow":"video","rule":"assemble","#,
            r#""result":{{"b":2.0, "a":[1]}},"attempts":1,"cause_id":"e-1","action":"{action}"}}}}"#
        ),
        id = id,
        action = action.id
    );
    assert_eq!(emitted.envelope, expected);
    assert_eq!((emitted.hops, emitted.at, emitted.captures.len()), (3, player.now, 1));
    assert_eq!(player.effects.len(), 1);
}

#[test]
fn the_template_makes_the_payload() {
    let input = json!({"n.$": "$.detail.n", "id.$": "$$.Action.Id", "w.$": "States.Format('{}/{}', $$.Workflow.Name, $$.Rule.Name)"});
    let mut player = Player::start(Rule { input: Some(input), ..rule() }, &json!({"n": 1}));
    let action = player.actions().remove(0);
    assert_eq!(&*action.payload, format!(r#"{{"n":1,"id":"{}","w":"video/assemble"}}"#, action.id));
}

#[test]
fn an_error_without_retry_fails_the_run_and_is_a_dead_letter() {
    let mut player = Player::start(rule(), &json!({}));
    let action = player.actions().remove(0);
    player.settle(0, 1, failed("Mine"));
    let (name, detail) = player.completion();
    assert_eq!(name, "assemble.failed");
    assert_eq!(
        (&detail["error"], &detail["cause"], &detail["attempts"]),
        (&json!("Mine"), &json!("because"), &json!(1))
    );
    assert_eq!(detail.get("result"), None);
    let letters = player.letters();
    assert_eq!(letters.len(), 1);
    assert_eq!(
        (letters[0].action, &letters[0].payload, letters[0].attempts),
        (action.id, &action.payload, 1)
    );
    assert_eq!((letters[0].error.as_str(), letters[0].cause.as_str()), ("Mine", "because"));
}

#[test]
fn retriers_have_their_own_counters_and_waits() {
    let retry = vec![retrier(&["A"], 2), retrier(&["States.ALL"], 1)];
    let mut player = Player::start(Rule { retry, ..rule() }, &json!({}));
    let id = player.actions().remove(0).id;
    let start = player.now;
    for (attempt, error, wait) in [(1, "A", 1000), (2, "B", 1000), (3, "A", 2000)] {
        player.settle(0, attempt, failed(error));
        assert_eq!(player.run.next_due().since(player.now).0, wait, "attempt {attempt}");
        assert!(player.effects.is_empty());
        let before = player.now;
        player.now = Timestamp(player.run.next_due().0 - 1);
        let (now, rule) = (player.now, &player.rule);
        player.run.due(rule, now, &mut player.effects);
        assert!(player.effects.is_empty(), "a millisecond too early");
        player.now = before;
        player.retry();
        let again = player.actions().remove(0);
        assert_eq!((again.id, again.attempt), (id, attempt + 1));
    }
    assert_eq!(player.now.since(start).0, 4000);
    player.settle(0, 4, failed("A"));
    let (name, detail) = player.completion();
    assert_eq!((name.as_str(), &detail["attempts"]), ("assemble.failed", &json!(4)));
    assert_eq!(player.run.next_due(), Timestamp::NEVER);
    assert_eq!(player.letters()[0].attempts, 4);
}

#[test]
fn the_first_retrier_that_names_the_error_decides() {
    let retry = vec![retrier(&["A"], 0), retrier(&["States.ALL"], 5)];
    let mut player = Player::start(Rule { retry, ..rule() }, &json!({}));
    player.settle(0, 1, failed("A"));
    assert!(player.run.is_over(), "MaxAttempts 0 means never, whatever stands below");
}

#[test]
fn a_catcher_emits_its_name_and_nothing_is_dead() {
    let catch = vec![
        catcher(&["Other"], "no"),
        catcher(&["States.ALL"], "assembly_failed"),
        catcher(&["Mine"], "late"),
    ];
    let retry = vec![retrier(&["States.ALL"], 1)];
    let mut player = Player::start(Rule { catch, retry, ..rule() }, &json!({}));
    player.settle(0, 1, failed("Mine"));
    player.retry();
    player.settle(0, 2, failed("Mine"));
    let (name, detail) = player.completion();
    assert_eq!((name.as_str(), &detail["error"]), ("assembly_failed", &json!("Mine")));
    assert!(player.letters().is_empty());
    assert_eq!(player.emitted()[0].captures, vec![Arc::<str>::from("42")]);
}

#[test]
fn all_does_not_name_what_would_come_again() {
    let retry = vec![retrier(&["States.ALL"], 9)];
    let catch = vec![catcher(&["States.ALL"], "caught")];
    for (error, name) in
        [("States.Runtime", "assemble.failed"), ("States.DataLimitExceeded", "assemble.failed")]
    {
        let mut player =
            Player::start(Rule { retry: retry.clone(), catch: catch.clone(), ..rule() }, &json!({}));
        player.settle(0, 1, failed(error));
        assert_eq!(player.completion().0, name);
        assert_eq!(player.letters().len(), 1);
    }
}

#[test]
fn duplicates_and_strangers_change_nothing() {
    let retry = vec![retrier(&["States.ALL"], 3)];
    let mut player = Player::start(Rule { retry, ..rule() }, &json!({}));
    player.take();
    let before = player.run.encode();
    player.settle(1, 1, done("1"));
    player.settle(u32::MAX, 1, done("1"));
    player.settle(0, 0, done("1"));
    player.settle(0, 2, done("1"));
    assert_eq!(player.run.encode(), before);
    player.settle(0, 1, failed("A"));
    player.settle(0, 1, failed("A"));
    player.settle(0, 1, done("1"));
    assert!(player.take().is_empty());
    player.retry();
    assert_eq!(player.actions().len(), 1);
    player.settle(0, 1, done("late answer of the first attempt"));
    assert!(player.take().is_empty());
    player.settle(0, 2, done("2"));
    assert_eq!(player.completion().1["result"], json!(2));
    let after = player.run.encode();
    player.settle(0, 2, done("3"));
    player.run.due(&player.rule, Timestamp::NEVER, &mut player.effects);
    assert_eq!(player.run.encode(), after);
    assert_eq!(player.effects.len(), 1);
    assert!(player.run.pending(&player.rule).is_empty());
}

#[test]
fn a_path_that_finds_nothing_is_retried_and_caught() {
    let input = Some(json!({"x.$": "$.detail.nope"}));
    let retry = vec![retrier(&["States.ParameterPathFailure"], 2)];
    let catch = vec![catcher(&["States.ParameterPathFailure"], "bad_input")];
    let mut player = Player::start(Rule { input: input.clone(), retry, catch, ..rule() }, &json!({}));
    for _ in 0..2 {
        assert!(player.effects.is_empty());
        player.retry();
    }
    let (name, detail) = player.completion();
    assert_eq!((name.as_str(), &detail["attempts"]), ("bad_input", &json!(3)));
    assert!(detail["cause"].as_str().unwrap().contains("/x.$"), "{detail}");

    let player = Player::start(Rule { input, ..rule() }, &json!({"n": 1}));
    assert!(player.run.is_over());
    assert_eq!(player.letters()[0].payload, player.run.cause().envelope);
}

#[test]
fn an_envelope_that_is_no_json_is_a_failure_not_a_crash() {
    let cause = Cause { envelope: "{".into(), ..cause(&json!({})) };
    let player = Player::start_with(Rule { input: Some(json!({"x.$": "$.a"})), ..rule() }, cause.clone());
    assert_eq!(player.completion().1["error"], "States.Runtime");
    let player = Player::start_with(map_rule(1, 0.0), cause);
    assert_eq!(player.completion().1["error"], "States.Runtime");
}

#[test]
fn limits_of_payload_and_result() {
    let sized = |bytes: usize| Cause { envelope: "x".repeat(bytes).into(), ..cause(&json!({})) };
    let mut player = Player::start_with(rule(), sized(MAX_PAYLOAD_BYTES));
    assert_eq!(player.actions().len(), 1);
    let player = Player::start_with(rule(), sized(MAX_PAYLOAD_BYTES + 1));
    assert_eq!(player.completion().1["error"], "States.DataLimitExceeded");

    let text = |bytes: usize| format!("\"{}\"", "a".repeat(bytes - 2));
    let mut player = Player::start(rule(), &json!({}));
    player.settle(0, 1, done(&text(MAX_RESULT_BYTES + 1)));
    assert_eq!(player.completion().1["error"], "States.DataLimitExceeded");

    let mut player = Player::start(rule(), &json!({}));
    player.settle(0, 1, done("not json"));
    assert_eq!(player.completion().1["error"], "Fanin.BadOutput");

    let mut player = Player::start(rule(), &json!({}));
    let cause = "ä".repeat(MAX_CAUSE_BYTES);
    player.settle(0, 1, fanin_rule::Outcome::Failed { error: "E".repeat(1000), cause });
    let (_, detail) = player.completion();
    assert_eq!(detail["cause"].as_str().unwrap().len(), MAX_CAUSE_BYTES);
    assert_eq!(detail["error"].as_str().unwrap().len(), 256);
}

#[test]
fn a_result_that_does_not_fit_the_envelope_is_claimed() {
    let complete = |bytes: usize| {
        let mut player = Player::start(rule(), &json!({}));
        player.settle(0, 1, done(&format!("\"{}\"", "a".repeat(bytes - 2))));
        (player.emitted()[0].clone(), player.completion().1)
    };
    let overhead = complete(2).0.envelope.len() - 2;
    let (fits, _) = complete(MAX_COMPLETION_BYTES - overhead);
    assert_eq!((fits.envelope.len(), fits.claim), (MAX_COMPLETION_BYTES, None));
    let (claimed, detail) = complete(MAX_COMPLETION_BYTES - overhead + 1);
    let claim = claimed.claim.unwrap();
    assert_eq!(claim.key, format!("fanin-claims/{}.json", claimed.identity.to_uuid()));
    assert_eq!(detail["result"], json!({"$claim": claim.key, "bytes": claim.body.len()}));
    assert!(claim.body.starts_with("\"aaa") && claimed.envelope.len() < 1000);
}

#[test]
fn identities_follow_from_workflow_rule_and_cause_alone() {
    let ids = |rule: Rule, cause: Cause| {
        let mut player = Player::start_with(rule, cause);
        let action = player.actions().remove(0).id;
        player.settle(0, 1, done("1"));
        (player.run.identity(), action, player.emitted()[0].identity)
    };
    let base = ids(rule(), cause(&json!({"a": 1})));
    assert_eq!(base, ids(rule(), Cause { hops: 9, ..cause(&json!({"a": 2})) }));
    let edited = ids(Rule { version: 8, ..rule() }, cause(&json!({})));
    assert_eq!(base, edited, "an event delivered again after an edit must not call again");
    let others = [
        ids(Rule { workflow: "w".into(), ..rule() }, cause(&json!({}))),
        ids(Rule { name: "r".into(), ..rule() }, cause(&json!({}))),
        ids(rule(), Cause { identity: fanin_event::Identity::of(&["x"]), ..cause(&json!({})) }),
    ];
    for other in others {
        assert!(other.0 != base.0 && other.1 != base.1 && other.2 != base.2);
    }
    assert_ne!(base.0, base.1.0);
    assert_ne!(base.0, base.2);
}

#[test]
fn pending_gives_the_same_calls_after_a_restart() {
    let input = Some(json!({"n.$": "$.detail.n"}));
    let retry = vec![Retrier { jitter: Jitter::Full, ..retrier(&["States.ALL"], 5) }];
    let mut player = Player::start(Rule { input, retry, ..rule() }, &json!({"n": 1}));
    let first = player.actions();
    let mut loaded = Run::decode(&player.run.encode()).unwrap();
    assert_eq!(loaded.pending(&player.rule), first);
    player.settle(0, 1, failed("A"));
    let waiting = Run::decode(&player.run.encode()).unwrap();
    assert!(waiting.pending(&player.rule).is_empty());
    assert_eq!(waiting.next_due(), player.run.next_due());
    let settlement = fanin_rule::Settlement::of(&first[0], failed("A"));
    loaded.settle(&player.rule, settlement, player.now, &mut player.effects);
    assert_eq!(loaded.next_due(), player.run.next_due(), "the jitter is the same after a restart");
}

#[test]
fn hops_saturate() {
    let mut player = Player::start_with(rule(), Cause { hops: 255, ..cause(&json!({})) });
    player.settle(0, 1, done("1"));
    assert_eq!(player.emitted()[0].hops, 255);
}

#[test]
fn the_cause_id_falls_back_to_its_identity() {
    let cause = Cause { envelope: r#"{"detail":{"id":"inner"}}"#.into(), ..cause(&json!({})) };
    let mut player = Player::start_with(rule(), cause.clone());
    player.settle(0, 1, done("1"));
    let effects: &[RunEffect] = &player.effects;
    assert_eq!(effects.len(), 2, "the call and the completion");
    let envelope: Value = serde_json::from_str(&player.emitted()[0].envelope).unwrap();
    assert_eq!(envelope["detail"]["cause_id"], cause.identity.to_uuid());
}
