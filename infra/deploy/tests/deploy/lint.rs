//! The templates of the examples, looked at by cfn-lint.

use std::path::Path;
use std::process::Command;

use crate::support::{EXAMPLES, compiled, example, project};
use fanin_deploy::template::{Part, template};
use fanin_deploy::yaml;

/// What no example has: a clock, an asynchronous function, a bucket of the stack, every kind of target.
const MORE: &str = "version: 1\nname: more\nevents:\n  up: { s3: \"more-uploads/{name...}\" }\n  tick: { schedule: cron(0 3 * * ? *) }\n\
                    rules:\n  a: { when: [up, tick], invoke: fn }\n  b: { when: up, send: { sns: told } }\n  \
                    c: { when: up, send: { eventbridge: other } }\n  d: { when: up, send: { step_functions: machine } }\n\
                    functions: { fn: { respond: 1 } }\n";

#[test]
fn cfn_lint_finds_nothing() {
    let tool = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.tools/bin/cfn-lint");
    if !tool.exists() {
        assert!(std::env::var_os("FANIN_REQUIRE_AWS").is_none(), "{} is missing: make setup", tool.display());
        eprintln!("skipped: {} is missing: make setup", tool.display());
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let mut projects: Vec<_> = EXAMPLES.iter().map(|name| example(name)).collect();
    let mut more = project(compiled(MORE));
    more.settings.asynchronous.insert("fn".to_owned());
    more.settings.own_buckets.insert("more-uploads".to_owned());
    more.settings.functions.insert("fn".to_owned(), "real-name".to_owned());
    projects.push(more);
    let mut files = Vec::new();
    for project in &projects {
        // The parts are made of the same pieces: once is enough.
        let parts = [(Part::State, "state"), (Part::Functions, "functions"), (Part::Wiring, "wiring")];
        let parts = parts.into_iter().filter(|_| project.names.stack() == "more");
        for (part, kind) in std::iter::once((Part::Whole, "whole")).chain(parts) {
            let path = dir.path().join(format!("{}-{kind}.yaml", project.names.stack()));
            std::fs::write(&path, yaml::to_yaml(&template(project, part).unwrap())).unwrap();
            files.push(path);
        }
    }
    let said = Command::new(tool).arg("--include-checks").arg("I").arg("--").args(&files).output().unwrap();
    assert!(
        said.status.success(),
        "{}{}",
        String::from_utf8_lossy(&said.stdout),
        String::from_utf8_lossy(&said.stderr)
    );
}
