//! `fanin backtest` as a user runs it: what it prints, and the exit codes. Golden texts in `backtest/`.
#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "backtest/golden.rs"]
mod golden;
#[path = "../../history/tests/backtest/recorder.rs"]
#[expect(dead_code, reason = "the recorder can do more than is asked of it here")]
mod recorder;

use fanin_rule::Outcome;
use golden::{Shown, shown};
use recorder::Recorder;

const UPLOADS: &str = r#"version: 1
name: uploads
events:
  part:     { match: { source: [t], detail-type: [part], detail: { size: [{ numeric: [">", 0] }] } }, capture: { $.detail.job: "{job}", $.detail.part: "{part}" } }
  manifest: { match: { source: [t], detail-type: [manifest] }, capture: { $.detail.job: "{job}", $.detail.parts: "{parts}" } }
conditions:
  parts_complete: { count: part, by: job, distinct: part, reach: manifest.parts, within: 1h }
  announced: { any: [manifest], by: job }
rules:
  assemble: { when: parts_complete, invoke: assembler, input: { job.$: $.detail.key.job, parts.$: $.detail.count } }
  page: { when: parts_complete.timeout, send: { log: incomplete } }
functions:
  assembler: { http: "http://127.0.0.1:1" }
"#;

const MINUTE: i64 = 60_000;

/// Job 1 completes in ten minutes, job 2 in fifty, job 3 never; some parts are small.
fn recorded() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let mut host = Recorder::new(&dir.path().join(".fanin/uploads"), UPLOADS);
    host.answer = Box::new(|action| {
        let done = Outcome::Done { result: r#"{"url":"there"}"#.into() };
        (&*action.rule == "assemble").then_some((done, 3_000))
    });
    for (job, pace, parts) in [(1, 5, 3), (2, 25, 3), (3, 5, 2)] {
        let begin = i64::from(job) * 120 * MINUTE;
        host.event(begin, "manifest", &format!("m{job}"), &format!(r#"{{"job":"{job}","parts":"3"}}"#));
        for part in 1..=parts {
            let at = begin + i64::from(part - 1) * pace * MINUTE + 1;
            let detail = format!(r#"{{"job":"{job}","part":"{part}","size":{}}}"#, 10 * part);
            host.event(at, "part", &format!("p{job}-{part}"), &detail);
        }
    }
    host.wait(600 * MINUTE);
    host.close();
    std::fs::write(dir.path().join("workflow.yaml"), UPLOADS).unwrap();
    dir
}

/// Runs it against another version of the workflow; the golden text has everything but the directory.
fn golden(name: &str, new: &str, more: &[&str]) -> Shown {
    let dir = recorded();
    std::fs::write(dir.path().join("new.yaml"), new).unwrap();
    let mut args = vec!["backtest", "new.yaml"];
    args.extend(more);
    shown("backtest", name, dir.path(), &args)
}

#[test]
fn an_unchanged_workflow() {
    assert_eq!(golden("unchanged", UPLOADS, &[]).code, 0);
}

#[test]
fn a_shorter_deadline() {
    assert_eq!(golden("shorter-deadline", &UPLOADS.replace("within: 1h", "within: 20m"), &[]).code, 1);
}

#[test]
fn a_fixed_number() {
    assert_eq!(golden("fixed-number", &UPLOADS.replace("reach: manifest.parts", "reach: 2"), &[]).code, 1);
}

#[test]
fn a_narrower_pattern() {
    assert_eq!(golden("narrower-pattern", &UPLOADS.replace("\">\", 0", "\">\", 10"), &[]).code, 1);
}

#[test]
fn another_event_for_a_rule_and_a_call_that_was_never_made() {
    let new = UPLOADS
        .replace("when: parts_complete, invoke: assembler", "when: announced, invoke: assembler")
        .replace("rules:\n", "rules:\n  tell: { when: assemble.done, invoke: teller }\n  told: { when: tell.done, send: { log: told } }\n")
        .replace("functions:\n", "functions:\n  teller: { http: \"http://127.0.0.1:1\" }\n");
    assert_eq!(golden("other-rules", &new, &[]).code, 1);
}

#[test]
fn conditions_added_removed_and_renamed() {
    let new = UPLOADS
        .replace("parts_complete", "all_there")
        .replace("  announced: { any: [manifest], by: job }\n", "  first_part: { any: [part], by: job }\n");
    assert_eq!(golden("other-conditions", &new, &[]).code, 1);
}

#[test]
fn a_stretch_of_it() {
    let new = UPLOADS.replace("within: 1h", "within: 20m");
    let stretch = ["--since", "2026-01-01T04:00:00Z", "--until", "2026-01-01T04:10:00Z"];
    assert_eq!(golden("stretch", &new, &stretch).code, 0, "nothing has happened yet by then");
    let none = ["--since", "2027-01-01"];
    assert_eq!(golden("nothing", &new, &none).code, 0);
}

#[test]
fn everything_and_documents() {
    let new = UPLOADS.replace("within: 1h", "within: 20m");
    assert_eq!(golden("all", &new, &["--all"]).code, 1);
    assert_eq!(golden("jsonl", &new, &["-o", "jsonl"]).code, 1);
    let told = golden("json", &new, &["-o", "json"]);
    let report: serde_json::Value = serde_json::from_str(&told.stdout).unwrap();
    assert_eq!(report["conditions"][0]["endings"]["changed"], 2);
}

#[test]
fn against_another_file_and_with_other_answers() {
    let dir = recorded();
    std::fs::write(dir.path().join("new.yaml"), UPLOADS.replace("within: 1h", "within: 20m")).unwrap();
    let answers = "{\"rule\":\"assemble\",\"fail\":\"TooLarge\",\"cause\":\"no room\"}\n";
    std::fs::write(dir.path().join("answers.jsonl"), answers).unwrap();
    let args = ["backtest", "new.yaml", "--against", "new.yaml", "--answers", "answers.jsonl"];
    assert_eq!(shown("backtest", "against", dir.path(), &args).code, 0);
    let args = ["backtest", "new.yaml", "--answers", "none"];
    assert_eq!(shown("backtest", "no-answers", dir.path(), &args).code, 1);
}

#[test]
fn what_cannot_be_done() {
    let dir = recorded();
    std::fs::write(dir.path().join("new.yaml"), UPLOADS.replace("by: job, distinct", "by: jop, distinct"))
        .unwrap();
    assert_eq!(shown("backtest", "mistake", dir.path(), &["backtest", "new.yaml"]).code, 1);
    assert_eq!(shown("backtest", "no-such-answers", dir.path(), &["backtest", "--answers", "x"]).code, 2);
    assert_eq!(shown("backtest", "no-moment", dir.path(), &["backtest", "--since", "soon"]).code, 2);
    std::fs::create_dir(dir.path().join("d")).unwrap();
    assert_eq!(shown("backtest", "no-log", dir.path(), &["backtest", "--dir", "d"]).code, 2);
}
