//! `fanin test` as its users see it: what a failure looks like, and what each option does.
//!
//! Each `NAME.test.yaml` in `test_verb/` fails in its own way; `NAME.txt` is what is shown. `FANIN_REWRITE=1` rewrites
//! these texts: read the difference before you commit it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// At least so many ways to fail are shown.
const WAYS: usize = 12;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/test_verb")
}

/// Runs `fanin test` with `args` in `dir`.
fn fanin(dir: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_fanin"))
        .arg("test")
        .args(args)
        .current_dir(dir)
        .env_remove("FANIN_SEED")
        .env("NO_COLOR", "1")
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
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
        let golden = folder().join(format!("{name}.txt"));
        if std::env::var_os("FANIN_REWRITE").is_some() {
            std::fs::write(&golden, &shown).unwrap();
        } else if std::fs::read_to_string(&golden).unwrap_or_default() != shown {
            wrong.push(format!("{}\n{shown}", golden.display()));
        }
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
