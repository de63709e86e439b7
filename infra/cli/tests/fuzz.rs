//! `fanin test --fuzz N` as its users see it: what is the same, what is meant to vary, what depends on the order.
//!
//! `NAME.txt` in `test_fuzz/` is what is shown for `NAME.test.yaml`. `FANIN_REWRITE=1` rewrites these
//! texts: read the difference before you commit it.
#![expect(clippy::unwrap_used, reason = "tests")]

mod testing;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use testing::{differs, text};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/test_fuzz")
}

fn fanin(args: &[&str]) -> Output {
    testing::fanin(&folder(), args)
}

#[test]
fn each_way_to_vary_is_shown_as_it_was() {
    let mut wrong = Vec::new();
    for (name, code) in [("same", 0), ("meant", 0)] {
        let output = fanin(&[&format!("{name}.test.yaml"), "--fuzz", "100", "--seed", "1"]);
        let shown = text(&output.stdout);
        assert_eq!(output.status.code(), Some(code), "{name}: {shown}{}", text(&output.stderr));
        wrong.extend(differs(&folder().join(format!("{name}.txt")), &shown));
    }
    assert!(wrong.is_empty(), "not as they were; FANIN_REWRITE=1 rewrites them:\n\n{}", wrong.join("\n"));
}

#[test]
fn what_nothing_in_the_workflow_explains_is_told_with_the_fewest_events_and_exit_code_1() {
    let output = fanin(&["depends.test.yaml", "--fuzz", "100", "--seed", "1"]);
    let shown = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{shown}{}", text(&output.stderr));
    assert!(shown.starts_with("DEPENDS  depends.test.yaml: a manifest is corrected\n"), "{shown}");
    assert!(
        shown.contains("  how many firings of `done` there are depends on the order of events\n"),
        "{shown}"
    );
    assert!(!shown.contains("this is meant"), "{shown}");
    assert!(!shown.contains("job=other"), "events of another job do not matter: {shown}");
    assert!(shown.ends_with("0 the same, 0 as meant, 1 not\n"), "{shown}");
}

#[test]
fn the_command_that_is_printed_shows_the_same_events_again() {
    let first = text(&fanin(&["depends.test.yaml", "--fuzz", "60", "--seed", "4"]).stdout);
    let command = first.lines().find_map(|line| line.trim().strip_prefix("again with fanin ")).unwrap();
    let again = Command::new("sh")
        .arg("-c")
        .arg(format!("{} {command}", env!("CARGO_BIN_EXE_fanin")))
        .current_dir(folder())
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    assert_eq!(again.status.code(), Some(1), "{command}\n{}", text(&again.stderr));
    let events = |text: &str| -> Vec<String> {
        let all = text.lines().skip_while(|line| !line.contains("as written"));
        all.take_while(|line| !line.contains("again with"))
            .filter(|l| l.trim().starts_with('+'))
            .map(str::to_owned)
            .collect()
    };
    let shown = text(&again.stdout);
    assert_eq!(events(&first), events(&shown), "{command}\n{shown}");
    assert!(events(&first).len() >= 4, "two orders of at least two events: {first}");
}

#[test]
fn documents_have_what_the_text_has() {
    let args = ["same.test.yaml", "meant.test.yaml", "depends.test.yaml", "--fuzz", "100", "--seed", "1"];
    let whole = fanin(&[&args[..], &["-o", "json"]].concat());
    assert_eq!(whole.status.code(), Some(1));
    let whole: Value = serde_json::from_slice(&whole.stdout).unwrap();
    assert_eq!((&whole["same"], &whole["meant"], &whole["depends"]), (&1.into(), &1.into(), &1.into()));
    assert_eq!((&whole["seed"], &whole["variations"]), (&1.into(), &300.into()));
    let verdicts: Vec<&Value> =
        whole["tests"].as_array().unwrap().iter().map(|test| &test["verdict"]).collect();
    assert_eq!(verdicts, ["same", "meant", "depends"]);
    let meant = &whole["tests"][1]["findings"][0];
    assert_eq!((&meant["condition"], &meant["kind"]), (&"shipped".into(), &"firing".into()));
    let depends = &whole["tests"][2]["findings"][0];
    assert_eq!((&depends["causes"][0], &depends["how"]), (&"order".into(), &"number".into()));
    assert_eq!((&depends["name"], &depends["meaning"]), (&"done".into(), &Value::Null));
    assert_eq!(
        depends["varied"]["timeline"].as_array().unwrap().len(),
        depends["written"]["timeline"].as_array().unwrap().len()
    );
    let lines = text(&fanin(&[&args[..], &["-o", "jsonl"]].concat()).stdout);
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((lines.len(), &lines[3]["depends"]), (4, &1.into()));
    assert_eq!(lines[2]["findings"], whole["tests"][2]["findings"]);
}

#[test]
fn what_cannot_be_is_refused() {
    for wrong in [
        &["--fuzz", "0"][..],
        &["--fuzz", "1000001"],
        &["--fuzz", "5", "--list"],
        &["--fuzz", "5", "--update"],
    ] {
        assert_eq!(fanin(wrong).status.code(), Some(2), "{wrong:?}");
    }
    let stopped =
        fanin(&["depends.test.yaml", "same.test.yaml", "--fuzz", "20", "--seed", "1", "--fail-fast"]);
    assert!(text(&stopped.stderr).contains("stopped at the first that depends"), "{}", text(&stopped.stderr));
    assert_eq!(fanin(&["same.test.yaml", "--fuzz", "5", "--filter", "nothing"]).status.code(), Some(4));
}
