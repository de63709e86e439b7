//! Whatever happened: the version that was in force differs from itself in nothing.

use fanin_rule::Outcome;
use proptest::prelude::*;

use crate::asking::ask_all;
use crate::recorder::Recorder;

const WORKFLOW: &str = r#"{
  "version": 1, "name": "all",
  "events": {
    "a": { "match": { "source": ["t"], "detail-type": ["a"] }, "capture": { "$.detail.k": "{k}", "$.detail.v": "{v}" } },
    "b": { "match": { "source": ["t"], "detail-type": ["b"] }, "capture": { "$.detail.k": "{k}", "$.detail.v": "{v}" } }
  },
  "conditions": {
    "both": { "all": ["a", "b"], "by": "k", "within": "10s" },
    "three": { "count": "a", "by": "k", "distinct": "v", "reach": 3, "fire": "every", "within": "20s" },
    "burst": { "count": "b", "reach": 4, "fire": "every", "sliding": "5s" },
    "quiet": { "absent": "b", "by": "k", "for": "7s" },
    "pair": { "all": ["both", "three"], "by": "k", "within": "1m" },
    "lost": { "any": ["both.timeout", "work.failed"], "by": "k", "fire": "every" }
  },
  "rules": {
    "work": { "when": "both", "invoke": "f", "input": { "k.$": "$.detail.key.k" },
              "retry": [ { "ErrorEquals": ["States.ALL"], "IntervalSeconds": 2, "MaxAttempts": 2, "JitterStrategy": "FULL" } ] },
    "raw": { "when": "a", "invoke": "f" },
    "spread": { "when": "pair", "invoke": "f", "map": { "items": "$.detail.members.both", "max_concurrency": 1 } }
  },
  "functions": { "f": { "http": "http://127.0.0.1:1" } }
}"#;

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_version_does_not_differ_from_itself(
        events in prop::collection::vec((prop_oneof![Just("a"), Just("b")], 0..3_u8, 0..4_u8, 0..40_u8, 1..4_000_i64), 1..60),
        moods in prop::collection::vec((any::<bool>(), any::<bool>(), 0..3_000_u64), 8),
        rest in 0..60_000_i64,
        snapshot in 0..80_usize,
    ) {
        let dir = tempfile::tempdir().unwrap();
        let mut host = Recorder::new(dir.path(), WORKFLOW);
        host.answer = Box::new(move |action| {
            let place = (action.id.0.short() % 8) as usize;
            let (answered, good, after) = moods[place];
            let failed = Outcome::Failed { error: "Boom".into(), cause: "it broke".into() };
            let outcome = if good || action.attempt > 1 { Outcome::Done { result: "1".into() } } else { failed };
            answered.then_some((outcome, after))
        });
        let mut at = 0;
        for (n, (kind, key, value, id, pause)) in events.iter().enumerate() {
            at += pause;
            host.event(at, kind, &format!("{kind}{id}"), &format!(r#"{{"k":"{key}","v":"{value}"}}"#));
            if n == snapshot {
                host.snapshot();
            }
        }
        host.wait(at + rest);
        let stats = host.close().stats();
        let told = ask_all(dir.path(), WORKFLOW);
        prop_assert!(told.report.same, "{:#?}", told.differences);
        let fired: u64 = told.report.conditions.iter().map(|c| c.new.fired).sum();
        prop_assert_eq!(fired, stats.fired, "as many as when it was recorded");
        let calls: u64 = told.report.rules.iter().map(|r| r.new_calls).sum();
        prop_assert_eq!(calls, stats.calls);
        // Another name of the workflow gives other ids, and nothing else.
        let named = WORKFLOW.replace("\"name\": \"all\"", "\"name\": \"other\"");
        let told = ask_all(dir.path(), &named);
        prop_assert!(told.report.same || by_name(&told.differences), "{:#?}", told.differences);
    }
}

/// Jitter is drawn from the action's id, which has the workflow's name in it; a whole envelope as payload has it too.
fn by_name(differences: &[fanin_history::backtest::report::Difference]) -> bool {
    differences.iter().all(|d| matches!(d.name.as_str(), "work" | "lost" | "spread"))
}
