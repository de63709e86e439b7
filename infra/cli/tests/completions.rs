//! Completions as a shell asks for them: the script, and what is offered at a place of a line.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::Path;
use std::process::{Command, Output};

const WORKFLOW: &str = r#"
version: 1
name: parts
events:
  part: { s3: "uploads/jobs/{job}/part-{part}.csv" }
conditions:
  complete: { count: part, by: job, distinct: part, reach: 3, within: 1h }
rules:
  assembly: { when: complete, invoke: assemble }
functions:
  assemble: { respond: {} }
"#;

const TESTS: &str = r#"
workflow: workflow.yaml
tests:
  - name: three parts, any order
    given: [ { part: { job: a, part: "1" } } ]
    never: [complete]
  - name: it's "odd"
    given: [ { part: { job: a, part: "1" } } ]
    never: [complete]
"#;

fn project() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("workflow.yaml"), WORKFLOW).unwrap();
    std::fs::write(dir.path().join("workflow.test.yaml"), TESTS).unwrap();
    std::fs::write(dir.path().join("events.jsonl"), "{}\n").unwrap();
    std::fs::write(dir.path().join("notes.txt"), "").unwrap();
    dir
}

/// Asks as the shell does when the last word is being typed.
fn ask(shell: &str, dir: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fanin"));
    command
        .current_dir(dir)
        .env("COMPLETE", shell)
        .env("_CLAP_COMPLETE_INDEX", (words.len() - 1).to_string());
    command.env("_CLAP_IFS", "\n");
    if shell == "bash" {
        command.env("_CLAP_COMPLETE_COMP_TYPE", "9").env("_CLAP_COMPLETE_SPACE", "true");
    }
    command.arg("--").args(words).output().unwrap()
}

/// What is offered, options left out; nothing may be said beside it.
fn offered(shell: &str, dir: &Path, words: &[&str]) -> Vec<String> {
    let answer = ask(shell, dir, words);
    assert!(answer.stderr.is_empty() && answer.status.success(), "{words:?}: {answer:?}");
    let text = String::from_utf8(answer.stdout).unwrap();
    let value = |line: &str| line.split('\t').next().unwrap_or(line).trim().to_owned();
    text.lines().map(value).filter(|line| !line.is_empty() && !line.starts_with('-')).collect()
}

#[test]
fn the_scripts_ask_this_program() {
    let dir = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = Command::new(env!("CARGO_BIN_EXE_fanin"))
            .current_dir(dir.path())
            .args(["completions", shell])
            .output();
        let script = String::from_utf8(script.unwrap().stdout).unwrap();
        assert!(
            script.contains("COMPLETE") && script.contains(env!("CARGO_BIN_EXE_fanin")),
            "{shell}: {script}"
        );
    }
    let wrong = Command::new(env!("CARGO_BIN_EXE_fanin")).args(["completions", "tcsh"]).output().unwrap();
    assert_eq!(wrong.status.code(), Some(2));
}

#[test]
fn verbs_and_fixed_values_are_offered() {
    let dir = project();
    assert!(offered("bash", dir.path(), &["fanin", ""]).contains(&"match".to_owned()));
    assert_eq!(offered("bash", dir.path(), &["fanin", "gra"]), ["graph"]);
    let formats = offered("bash", dir.path(), &["fanin", "graph", "--format", ""]);
    assert_eq!(formats, ["mermaid", "dot", "svg", "json"]);
    let templates = offered("bash", dir.path(), &["fanin", "init", "p", "--template", ""]);
    assert_eq!(templates, ["uploads", "counter", "quorum", "map", "absence", "sequence"]);
    assert_eq!(offered("bash", dir.path(), &["fanin", "completions", "z"]), ["zsh"]);
}

#[test]
fn files_of_the_right_kind_are_offered() {
    let dir = project();
    let workflows = offered("bash", dir.path(), &["fanin", "run", "w"]);
    assert_eq!(workflows, ["workflow.test.yaml", "workflow.yaml"]);
    let all = offered("bash", dir.path(), &["fanin", "graph", ""]);
    assert!(!all.iter().any(|path| path.contains("notes") || path.contains("jsonl")), "{all:?}");
    assert_eq!(offered("bash", dir.path(), &["fanin", "match", "e"]), ["events.jsonl"]);
    assert_eq!(
        offered("bash", dir.path(), &["fanin", "run", "workflow.yaml", "--events", "ev"]),
        ["events.jsonl"]
    );
}

#[test]
fn names_of_tests_are_offered_as_the_shell_reads_them() {
    let dir = project();
    let words = ["fanin", "test", "--filter", ""];
    assert_eq!(offered("fish", dir.path(), &words), ["three parts, any order", "it's \"odd\""]);
    assert_eq!(offered("bash", dir.path(), &words), ["three\\ parts,\\ any\\ order", "it\\'s\\ \\\"odd\\\""]);
    let words = ["fanin", "test", "--filter", "three\\ p"];
    assert_eq!(offered("bash", dir.path(), &words), ["three\\ parts,\\ any\\ order"]);
    // From elsewhere, by the file on the line.
    let elsewhere = tempfile::tempdir().unwrap();
    let file = dir.path().join("workflow.test.yaml");
    let words = ["fanin", "test", file.to_str().unwrap(), "--filter", "th"];
    assert_eq!(offered("fish", elsewhere.path(), &words), ["three parts, any order"]);
    assert!(offered("fish", elsewhere.path(), &["fanin", "test", "--filter", ""]).is_empty());
}

#[test]
fn a_broken_file_offers_nothing_and_says_nothing() {
    let dir = project();
    std::fs::write(dir.path().join("workflow.yaml"), "version: [").unwrap();
    std::fs::write(dir.path().join("workflow.test.yaml"), "tests: {").unwrap();
    assert!(offered("bash", dir.path(), &["fanin", "test", "--filter", ""]).is_empty());
    let unknown = ask("tcsh", dir.path(), &["fanin", ""]);
    assert!(unknown.stderr.is_empty() && unknown.stdout.is_empty(), "{unknown:?}");
}

/// A real bash, where there is one, with the script taken in: what its completion function puts into COMPREPLY.
#[test]
fn bash_itself_completes() {
    let dir = project();
    let program = r#"
        source <("$FANIN" completions bash)
        COMP_WORDS=(fanin graph --format m); COMP_CWORD=3; COMP_TYPE=9
        _clap_complete_fanin fanin m --format
        printf '%s\n' "${COMPREPLY[@]}"
        complete -p fanin
    "#;
    let bash = Command::new("bash")
        .args(["--norc", "-c", program])
        .current_dir(dir.path())
        .env("FANIN", env!("CARGO_BIN_EXE_fanin"))
        .output();
    let Ok(bash) = bash else { return };
    let text = String::from_utf8_lossy(&bash.stdout).into_owned();
    assert!(text.starts_with("mermaid\n"), "{bash:?}");
    assert!(text.contains("-F _clap_complete_fanin fanin"), "{text}");
}
