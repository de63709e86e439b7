//! The examples in the help texts are run, each verb's in a fresh directory made by `fanin init`.

use std::process::Command;

use crate::shell::Shell;

/// Nothing of this machine says which account and region are meant.
const NO_ACCOUNT: &str = "env -u AWS_REGION -u AWS_DEFAULT_REGION -u AWS_PROFILE AWS_CONFIG_FILE=/dev/null";

/// Words that say that a command goes on until it is stopped.
const ENDLESS: [&str; 4] = ["fanin dev", "--watch", " -f", "--follow"];

fn help(words: &[&str]) -> String {
    let out = Command::new(env!("CARGO_BIN_EXE_fanin")).args(words).arg("--help").output().unwrap();
    assert!(out.status.success(), "{words:?}");
    String::from_utf8(out.stdout).unwrap()
}

/// The verbs that `--help` lists.
fn verbs() -> Vec<String> {
    let text = help(&[]);
    let mut verbs: Vec<String> = text
        .lines()
        .filter_map(|line| line.strip_prefix("  "))
        .filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|verb| *verb != "help" && *verb != "fanin")
        .map(str::to_owned)
        .collect();
    verbs.dedup();
    verbs
}

fn examples(text: &str) -> Vec<String> {
    let Some((_, rest)) = text.split_once("Examples:\n") else { return Vec::new() };
    rest.lines()
        .map_while(|line| if line.is_empty() { None } else { Some(line.trim()) })
        .filter(|line| line.contains("fanin"))
        // What stands behind two spaces explains.
        .map(|line| line.split("  ").next().unwrap_or(line).trim_end_matches('&').trim().to_owned())
        .collect()
}

#[test]
fn every_verb_has_examples_that_work() {
    let mut wrong = Vec::new();
    let verbs = verbs();
    assert!(verbs.len() >= 5, "{verbs:?}");
    for verb in verbs {
        let examples = examples(&help(&[&verb]));
        if examples.len() < 2 {
            wrong.push(format!("`fanin {verb} --help` has fewer than two examples"));
        }
        let mut shell = Shell::new();
        let prepared = shell.run(&preparation(&verb));
        if prepared.1 != 0 {
            wrong.push(format!("the directory for {verb} could not be prepared: {prepared:?}"));
            continue;
        }
        for example in examples {
            let endless = ENDLESS.iter().any(|word| example.contains(word));
            // There is no account here: that is what such an example has to be refused for, and for nothing before.
            if example.contains("--stack") && verb != "template" {
                let (printed, code) = shell.run(&format!("{NO_ACCOUNT} {example}"));
                if code != 2 || !printed.iter().any(|line| line.contains("no region is set")) {
                    wrong.push(format!("{verb}: `{example}` ended with {code}:\n{}", printed.join("\n")));
                }
                continue;
            }
            let command = if endless { format!("timeout -s INT 3 {example}") } else { example.clone() };
            let (printed, code) = shell.run(&command);
            // No and pending are answers, and so is that nothing fits a filter; wrong usage is not what an example shows.
            let filters = matches!(verb.as_str(), "events" | "dead");
            let good =
                matches!(code, 0 | 1 | 3) || (code == 4 && filters) || (endless && matches!(code, 124 | 130));
            if !good || printed.iter().any(|line| line.contains("panicked")) {
                wrong.push(format!("{verb}: `{example}` ended with {code}:\n{}", printed.join("\n")));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// What stands in the directory before the examples run: a project, and for the verbs that look at a state, one.
fn preparation(verb: &str) -> String {
    match verb {
        "init" | "completions" => "true".to_owned(),
        "check" | "fmt" | "schema" | "graph" | "test" | "match" | "run" | "dev" | "template" | "cost" => {
            "fanin init .".to_owned()
        }
        "emit" => "fanin init . && { fanin dev workflow.yaml > dev.log 2>&1 & } && \
                   for i in $(seq 50); do grep -q ready dev.log && break; sleep 0.1; done"
            .to_owned(),
        _ => "fanin init . && fanin run workflow.yaml --events events.jsonl > run.log 2>&1; test $? -ne 2"
            .to_owned(),
    }
}
