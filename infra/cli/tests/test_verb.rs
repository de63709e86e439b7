//! `fanin test` as its users see it: what a failure looks like, and what each option does.
//!
//! Each `NAME.test.yaml` in `test_verb/` fails in its own way; `NAME.txt` is what is shown. `FANIN_REWRITE=1` rewrites
//! these texts: read the difference before you commit it.
#![expect(clippy::unwrap_used, reason = "tests")]

mod testing;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use testing::{differs, fanin, text};

/// At least so many ways to fail are shown.
const WAYS: usize = 12;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/test_verb")
}

fn last_line(output: &Output) -> String {
    text(&output.stdout).lines().last().unwrap_or_default().to_owned()
}

/// The names of the files of failing tests.
fn failing() -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder())
        .unwrap()
        .filter_map(|e| Some(e.unwrap().file_name().to_str()?.strip_suffix(".test.yaml")?.to_owned()))
        .collect();
    names.sort();
    names
}

#[test]
fn every_way_to_fail_is_shown_as_it_was() {
    let names = failing();
    assert!(names.len() >= WAYS, "only {} were found", names.len());
    let mut wrong = Vec::new();
    for name in names {
        let output = fanin(&folder(), &[&format!("{name}.test.yaml"), "--seed", "1"]);
        assert_eq!(output.status.code(), Some(1), "{name}: {}", text(&output.stderr));
        let shown = text(&output.stdout);
        wrong.extend(differs(&folder().join(format!("{name}.txt")), &shown));
    }
    assert!(wrong.is_empty(), "not as they were; FANIN_REWRITE=1 rewrites them:\n\n{}", wrong.join("\n"));
}

#[test]
fn the_command_that_is_printed_replays_the_failure_as_the_first_variation() {
    for seed in ["1", "77", "4000"] {
        let first = fanin(&folder(), &["order_matters.test.yaml", "--seed", seed]);
        let first = text(&first.stdout);
        let command = first.lines().find_map(|line| line.trim().strip_prefix("fanin test ")).unwrap();
        let again = Command::new("sh")
            .arg("-c")
            .arg(format!("{} test {command}", env!("CARGO_BIN_EXE_fanin")))
            .current_dir(folder())
            .env("NO_COLOR", "1")
            .output()
            .unwrap();
        let again = text(&again.stdout);
        assert!(again.contains("it fails in variation 1 of 50"), "{command}\n{again}");
        let order =
            |text: &str| text.lines().filter(|l| l.trim().starts_with('+')).collect::<Vec<_>>().join("\n");
        assert_eq!(order(&first), order(&again), "{command}");
    }
}

#[test]
fn the_last_line_is_the_count_and_the_exit_code_says_the_same() {
    let output = fanin(&folder(), &["too_many.test.yaml", "never_came.test.yaml"]);
    assert_eq!((last_line(&output).as_str(), output.status.code()), ("0 passed, 3 failed", Some(1)));
    assert!(text(&output.stderr).contains("3 tests, 3 plays in "), "{}", text(&output.stderr));
    let examples = folder().join("../../../../examples/quorum");
    let output = fanin(&examples, &[]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
    assert!(last_line(&output).ends_with(" passed, 0 failed"));
}

#[test]
fn tests_are_chosen_by_their_names() {
    let list = |args: &[&str]| {
        let output = fanin(&folder(), &[&["--list"], args].concat());
        (text(&output.stdout).lines().count(), output.status.code())
    };
    assert_eq!(list(&["rule_failed.test.yaml"]), (2, Some(0)));
    assert_eq!(list(&["rule_failed.test.yaml", "--filter", "card"]), (1, Some(0)));
    assert_eq!(list(&["rule_failed.test.yaml", "--filter", "card", "--exact"]), (0, Some(4)));
    let exact = ["rule_failed.test.yaml", "--exact", "--filter", "the card is refused twice"];
    assert_eq!(list(&exact), (1, Some(0)));
    let output = fanin(&folder(), &["rule_failed.test.yaml", "--filter", "no such test"]);
    assert_eq!(output.status.code(), Some(4));
    assert!(text(&output.stderr).contains("no test has \"no such test\" in its name"));
    assert_eq!(fanin(&folder(), &["--exact"]).status.code(), Some(2));
    assert_eq!(fanin(&folder(), &["missing.yaml"]).status.code(), Some(2));
    let empty = tempfile::tempdir().unwrap();
    let output = fanin(empty.path(), &[]);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(4), String::new()));
    assert!(text(&output.stderr).contains("there are no tests here"));
}

#[test]
fn fail_fast_stops_at_the_first_failure() {
    let output = fanin(&folder(), &["--fail-fast", "--seed", "1"]);
    assert_eq!((last_line(&output).as_str(), output.status.code()), ("0 passed, 1 failed", Some(1)));
    assert!(text(&output.stderr).contains("stopped at the first failure"));
    assert!(text(&output.stdout).starts_with("FAILED call_missing.test.yaml"), "the first of the files");
}

#[test]
fn documents_have_what_the_text_has() {
    let lines = fanin(&folder(), &["order_matters.test.yaml", "-o", "jsonl", "--seed", "1"]);
    let lines: Vec<serde_json::Value> =
        text(&lines.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let [test, totals] = lines.as_slice() else { panic!("{lines:?}") };
    assert_eq!((&totals["passed"], &totals["failed"]), (&0.into(), &1.into()));
    assert_eq!(test["passed"], false);
    assert_eq!(test["failures"][0]["subject"], "invoke assemble-video");
    let differences = &test["failures"][0]["unmet"][0]["differences"];
    assert_eq!(
        (&differences[0]["path"], &differences[0]["found"]),
        (&"keys[0]".into(), &"jobs/42/part-2.csv".into())
    );
    assert_eq!(test["variation"]["seed"], 1);
    assert_eq!(test["variation"]["timeline"][0]["at"], "2026-01-01T00:00:00Z");
    let whole = fanin(&folder(), &["count_not_reached.test.yaml", "-o", "json", "--seed", "1"]);
    let whole: serde_json::Value = serde_json::from_slice(&whole.stdout).unwrap();
    assert_eq!((&whole["failed"], &whole["plays"]), (&1.into(), &1.into()));
    let told = &whole["tests"][0]["failures"][0]["why"]["explanations"][0];
    assert_eq!((&told["condition"], &told["count"]), (&"parts_complete".into(), &2.into()));
    assert_eq!(told["deadline"], "2026-01-01T01:00:00Z", "moments are text");
}

#[test]
fn junit_has_a_suite_a_file() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("reports/junit.xml");
    let path = file.to_str().unwrap();
    fanin(&folder(), &["rule_failed.test.yaml", "too_many.test.yaml", "--junit", path]);
    let xml = std::fs::read_to_string(&file).unwrap();
    assert!(
        xml.contains("<testsuites name=\"fanin test\" tests=\"3\" skipped=\"0\" failures=\"3\""),
        "{xml}"
    );
    assert!(xml.contains("classname=\"rule_failed.test.yaml\""), "{xml}");
    assert!(xml.contains("message=\"pairs: expected 1, got 2\""), "{xml}");
    assert!(xml.contains("charge.done: expected 1, got none"), "{xml}");
}

#[test]
fn colour_is_asked_for() {
    let plain = fanin(&folder(), &["too_many.test.yaml"]);
    assert!(!text(&plain.stdout).contains('\u{1b}'));
    let coloured = fanin(&folder(), &["too_many.test.yaml", "--color", "always"]);
    assert!(text(&coloured.stdout).contains("\u{1b}[31mFAILED\u{1b}[0m"));
}

/// A copy of a folder of tests with the workflow they name, so that they can be rewritten.
fn copy(from: &Path) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let files = std::fs::read_dir(from).unwrap().map(|entry| entry.unwrap().path());
    for path in files.chain([folder().join("workflow.yaml")]) {
        std::fs::copy(&path, dir.path().join(path.file_name().unwrap())).unwrap();
    }
    dir
}

#[test]
fn update_rewrites_what_happened_and_leaves_the_rest() {
    let from = folder().join("../test_update");
    let dir = copy(&from);
    let output = fanin(dir.path(), &["--update", "--seed", "1"]);
    assert_eq!(output.status.code(), Some(1), "some were left: {}", text(&output.stderr));
    let shown = text(&output.stdout);
    let golden = from.join("shown.txt");
    if std::env::var_os("FANIN_REWRITE").is_some() {
        std::fs::write(&golden, &shown).unwrap();
    }
    assert_eq!(shown, std::fs::read_to_string(&golden).unwrap_or_default());
    // What was updated passes, and is not touched again.
    let again = fanin(dir.path(), &["--update", "--seed", "1"]);
    let again = text(&again.stdout);
    assert!(!again.contains("@@"), "{again}");
    assert_eq!(shown.lines().last(), again.lines().last());
    let played = fanin(dir.path(), &["--seed", "1"]);
    let counts = |text: &str| text.lines().last().map(str::to_owned);
    assert_eq!(counts(&text(&played.stdout)), counts(&shown));
}

#[test]
fn update_says_what_a_person_has_to_decide() {
    let dir = copy(&folder());
    let before = std::fs::read_to_string(dir.path().join("order_matters.test.yaml")).unwrap();
    let files = ["order_matters.test.yaml", "never_came.test.yaml", "reach_unknown.test.yaml"];
    let output = fanin(dir.path(), &[&files[..], &["--update", "--seed", "1"]].concat());
    let shown = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        shown.contains("fails in another order: what is meant there has to be decided by a person"),
        "{shown}"
    );
    assert!(shown.contains("`unpaid` came and stands in `never`"), "{shown}");
    assert!(shown.contains("nothing came, so nothing would be left to expect"), "{shown}");
    assert!(shown.ends_with("0 passed, 4 failed\n"), "{shown}");
    assert_eq!(before, std::fs::read_to_string(dir.path().join("order_matters.test.yaml")).unwrap());
}
