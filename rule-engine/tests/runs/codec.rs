//! Stored runs: every format still loads, what is loaded goes on as if never stored, damage is refused.

use crate::support::*;
use fanin_event::Span;
use fanin_rule::{DecodeError, Outcome, Rule, Run, Settlement};
use proptest::prelude::*;
use serde_json::json;

/// A run with a slot in every state.
fn sample() -> Player {
    let retry = vec![retrier(&["A"], 2), retrier(&["States.ALL"], 1)];
    let detail = json!({"lines": [0, 1, 2, 3, 4, 5]});
    let mut player = Player::start(Rule { retry, ..map_rule(3, 50.0) }, &detail);
    player.settle(0, 1, done("{\"ä\":1}"));
    player.settle(1, 1, failed("A"));
    player.settle(2, 1, Outcome::Failed { error: "States.Runtime".to_owned(), cause: "no".to_owned() });
    player
}

fn hex(bytes: &[u8]) -> String {
    let lines: Vec<String> =
        bytes.chunks(32).map(|line| line.iter().map(|byte| format!("{byte:02x}")).collect()).collect();
    lines.join("\n") + "\n"
}

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> =
        text.chars().filter_map(|c| c.to_digit(16)).map(|d| u8::try_from(d).unwrap()).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

/// `FANIN_WRITE_FIXTURES=1` writes the file; a change of the bytes needs a new format and a new fixture beside it.
#[test]
fn format_1_still_loads_and_is_still_written() {
    let player = sample();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/run.format-1.hex");
    if std::env::var_os("FANIN_WRITE_FIXTURES").is_some() {
        std::fs::write(path, hex(&player.run.encode())).unwrap();
    }
    let stored = unhex(&std::fs::read_to_string(path).unwrap());
    assert_eq!(player.run.encode(), stored);
    let mut loaded = Run::decode(&stored).unwrap();
    assert_eq!(loaded.rule(), (&"assemble".into(), 7));
    assert_eq!(loaded.identity(), player.run.identity());
    assert_eq!(loaded.cause(), player.run.cause());
    assert_eq!(loaded.next_due(), player.now.plus(Span::seconds(1)));
    let pending: Vec<(u32, String)> =
        loaded.pending(&player.rule).into_iter().map(|a| (a.index, a.payload.to_string())).collect();
    assert_eq!(
        pending,
        [(3, r#"{"line":3,"index":3}"#.to_owned()), (4, r#"{"line":4,"index":4}"#.to_owned())]
    );
    let mut effects = Vec::new();
    loaded.due(&player.rule, loaded.next_due(), &mut effects);
    for (index, attempt) in [(1, 2), (3, 1), (4, 1), (5, 1)] {
        let settlement = Settlement { index, attempt, outcome: done("7") };
        loaded.settle(&player.rule, settlement, player.now, &mut effects);
    }
    let player = Player { effects, run: loaded, ..player };
    let (name, detail) = player.completion();
    assert_eq!((name.as_str(), &detail["failed"]), ("assemble.done", &json!(1)));
    assert_eq!(detail["results"][0], json!({"ok": {"ä": 1}}));
    assert_eq!(detail["results"][2], json!({"error": "States.Runtime", "cause": "no"}));
}

#[test]
fn a_run_that_is_over_returns() {
    let mut player = Player::start(rule(), &json!({}));
    player.settle(0, 1, done("1"));
    let loaded = Run::decode(&player.run.encode()).unwrap();
    assert!(loaded.is_over());
    assert_eq!(loaded.encode(), player.run.encode());
}

#[test]
fn a_newer_format_is_refused_by_its_number() {
    let newer = minicbor_map(&[(0, 2), (1, 2)]);
    assert!(
        matches!(Run::decode(&newer), Err(DecodeError::Newer { needed: 2 })),
        "{:?}",
        Run::decode(&newer)
    );
}

/// `{0: format, 1: min_reader, 2: h''}`.
fn minicbor_map(numbers: &[(u8, u8)]) -> Vec<u8> {
    let mut bytes = vec![0xa3];
    for (key, value) in numbers {
        bytes.extend([*key, *value]);
    }
    bytes.extend([2, 0x40]);
    bytes
}

#[test]
fn damage_is_refused_not_a_crash() {
    let bytes = sample().run.encode();
    for end in 0..bytes.len() {
        assert!(Run::decode(&bytes[..end]).is_err(), "cut at {end}");
    }
    let rule = compiled(map_rule(3, 50.0));
    for place in 0..bytes.len() {
        for flip in [0x01, 0x10, 0xff] {
            let mut damaged = bytes.clone();
            damaged[place] ^= flip;
            if let Ok(mut run) = Run::decode(&damaged) {
                let mut effects = Vec::new();
                run.due(&rule, run.next_due(), &mut effects);
                for index in 0..6 {
                    let settlement = Settlement { index, attempt: 1, outcome: done("1") };
                    run.settle(&rule, settlement, fanin_event::Timestamp(0), &mut effects);
                }
            }
        }
    }
}

/// What a test does to a run.
#[derive(Clone, Debug)]
enum Deed {
    Done(u32, u32),
    Failed(u32, u32, &'static str),
    Due,
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let error = prop_oneof![Just("A"), Just("B"), Just("States.Timeout"), Just("States.Runtime")];
    let deed = prop_oneof![
        (0..8_u32, 1..4_u32).prop_map(|(index, attempt)| Deed::Done(index, attempt)),
        (0..8_u32, 1..4_u32, error).prop_map(|(index, attempt, error)| Deed::Failed(index, attempt, error)),
        Just(Deed::Due),
    ];
    prop::collection::vec(deed, 0..40)
}

fn perform(run: &mut Run, player: &Player, deed: &Deed) -> Vec<fanin_rule::RunEffect> {
    let mut effects = Vec::new();
    let (index, attempt, outcome) = match deed {
        Deed::Due => {
            run.due(&player.rule, player.now.plus(Span::seconds(4)), &mut effects);
            return effects;
        }
        Deed::Done(index, attempt) => (*index, *attempt, done("{}")),
        Deed::Failed(index, attempt, error) => (*index, *attempt, failed(error)),
    };
    run.settle(&player.rule, Settlement { index, attempt, outcome }, player.now, &mut effects);
    effects
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// A run that is stored and loaded after every step does exactly what one does that never was; and the books
    /// balance: never more open than allowed, exactly one completion, none while something is open.
    #[test]
    fn storing_changes_nothing(
        deeds in deeds(), items in 0..8_usize, concurrency in 1..4_u32, tolerated in prop_oneof![Just(0.0), Just(30.0)]
    ) {
        let retry = vec![retrier(&["A"], 1), retrier(&["States.TaskFailed"], 2)];
        let rule = Rule { retry, ..map_rule(concurrency, tolerated) };
        let player = Player::start(rule, &json!({"lines": vec![0; items]}));
        let mut stored = player.run.clone();
        let mut kept = player.run.clone();
        let mut completions = player.emitted().len();
        for deed in &deeds {
            let expected = perform(&mut kept, &player, deed);
            stored = Run::decode(&stored.encode()).unwrap();
            let got = perform(&mut stored, &player, deed);
            prop_assert_eq!(&got, &expected);
            prop_assert_eq!(stored.encode(), kept.encode());
            prop_assert_eq!(stored.next_due(), kept.next_due());
            prop_assert!(kept.pending(&player.rule).len() <= concurrency as usize);
            completions += got.iter().filter(|effect| matches!(effect, fanin_rule::RunEffect::Emit(_))).count();
            prop_assert_eq!(completions, usize::from(kept.is_over()));
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Run::decode(&bytes);
    }
}
