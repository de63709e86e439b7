//! What a shell offers while a command is typed: names of the workflow, of tests, of files.
//!
//! A completion never says what is wrong and never takes long: a file that cannot be read offers nothing. The workflow is
//! the one that stands on the line, else the one that a test file on the line names, else `workflow.yaml` of the current
//! directory.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use clap::{Command, CommandFactory};
use clap_complete::CompleteEnv;
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate, PathCompleter};
use fanin_plan::{NameSource, Names, Plan};
use fanin_workflow::testfile::TestFile;

use crate::args::Args;

/// The workflow when none stands on the line.
const WORKFLOW: &str = "workflow.yaml";
/// Files of tests in the current directory that are read for their names.
const TEST_FILES: usize = 50;
/// A file that is larger is not read: a shell waits.
const MAX_BYTES: u64 = 1024 * 1024;
/// Set by the script for bash, and by no other.
const OF_BASH: &str = "_CLAP_COMPLETE_COMP_TYPE";

/// Answers a shell that asks, by `COMPLETE=SHELL`, for completions or for the script that asks. False: nobody asked.
pub(crate) fn answer() -> bool {
    let here = std::env::current_dir().ok();
    let answered = CompleteEnv::with_factory(command).try_complete(std::env::args_os(), here.as_deref());
    // A shell that is not known, a pipe that is closed: silence is better than a message between two keys.
    answered.unwrap_or(true)
}

/// The command whose options know what to offer.
fn command() -> Command {
    attach(Args::command())
}

/// Gives every option of a verb, and of the verbs below it, what [`completer`] has for it.
fn attach(verb: Command) -> Command {
    let name = verb.get_name().to_owned();
    verb.mut_args(|arg| match completer(&name, arg.get_id().as_str()) {
        Some(completer) => arg.add(completer),
        None => arg,
    })
    .mut_subcommands(attach)
}

/// What an option is completed with. The same name means the same in every verb, save where the verb is named here too.
fn completer(verb: &str, option: &str) -> Option<ArgValueCompleter> {
    Some(match (verb, option) {
        ("match", "event") | ("run", "events") | ("emit", "files") => events_files(),
        ("match", "cases") => events_files(),
        ("match", "named") | (_, "workflow") => workflows(),
        ("backtest", "new") | (_, "files") => workflows(),
        ("check", "explain") => codes(),
        ("test", "filter") => tests(),
        (_, "condition") => conditions(),
        (_, "key") => keys(),
        (_, "member" | "name") => names(),
        (_, "event_name") => events(),
        (_, "function") => functions(),
        _ => return None,
    })
}

/// Files with a workflow or tests.
fn workflows() -> ArgValueCompleter {
    ArgValueCompleter::new(PathCompleter::any().stdio().filter(is_workflow_file))
}

/// Files with events.
fn events_files() -> ArgValueCompleter {
    let of_events = |path: &Path| {
        let ending = path.extension().and_then(OsStr::to_str);
        matches!(ending, Some("json" | "jsonl" | "ndjson"))
    };
    ArgValueCompleter::new(PathCompleter::any().stdio().filter(of_events))
}

/// Names of conditions.
fn conditions() -> ArgValueCompleter {
    of_plan(|plan| plan.conditions.iter().map(|c| (c.name.to_string(), None)).collect())
}

/// Names of events from outside.
fn events() -> ArgValueCompleter {
    of_plan(|plan| plan.events.iter().map(|e| (e.name.to_string(), None)).collect())
}

/// Names of functions.
fn functions() -> ArgValueCompleter {
    of_plan(|plan| plan.functions.iter().map(|f| (f.name.to_string(), None)).collect())
}

/// Every name that an event can have, derived ones too.
fn names() -> ArgValueCompleter {
    of_plan(|plan| {
        let what = |source| match source {
            NameSource::Event(_) => "event",
            NameSource::Fired(_) => "firing",
            NameSource::Timeout(_) => "timeout",
            NameSource::Done(_) => "success of a rule",
            NameSource::Failed(_) => "failure of a rule",
            NameSource::Emitted => "caught failure",
        };
        let entry = |e: &fanin_plan::NameEntry| (e.name.to_string(), Some(what(e.source).to_owned()));
        Names::link(plan).entries.iter().map(entry).collect()
    })
}

/// The beginnings of keys: `job=`, for every capture that a condition correlates by. With a condition on the line, only its.
fn keys() -> ArgValueCompleter {
    of_plan(|plan| {
        let line = words();
        let named = |name: &str| line.iter().any(|word| word.to_str() == Some(name));
        let any = plan.conditions.iter().any(|c| named(&c.name));
        let mut keys: Vec<(String, Option<String>)> = plan
            .conditions
            .iter()
            .filter(|c| !any || named(&c.name))
            .flat_map(|c| c.by.iter().map(|by| (format!("{by}="), None)))
            .collect();
        keys.sort();
        keys.dedup();
        keys
    })
}

/// Codes of diagnostics, with what they are about.
fn codes() -> ArgValueCompleter {
    let all = fanin_workflow::codes::ALL;
    ArgValueCompleter::new(move |current: &OsStr| {
        offer(all.iter().map(|code| (code.id.to_owned(), Some(code.title.to_owned()))), current)
    })
}

/// Names of tests, of the files on the line or in the current directory.
fn tests() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| {
        let tests = test_files().into_iter().flat_map(|file| file.tests);
        offer(tests.map(|test| (test.name, None)), current)
    })
}

fn of_plan(
    pick: impl Fn(&Plan) -> Vec<(String, Option<String>)> + Send + Sync + 'static,
) -> ArgValueCompleter {
    ArgValueCompleter::new(move |current: &OsStr| match plan() {
        Some(plan) => offer(pick(&plan).into_iter(), current),
        None => Vec::new(),
    })
}

/// Those that go on from what was typed. Bash takes a candidate as it is: what has a meaning for it is escaped.
fn offer(names: impl Iterator<Item = (String, Option<String>)>, current: &OsStr) -> Vec<CompletionCandidate> {
    let bash = std::env::var_os(OF_BASH).is_some();
    let typed = current.to_string_lossy();
    let typed = if bash { unescape(&typed) } else { typed.into_owned() };
    names
        .filter(|(name, _)| name.starts_with(&typed))
        .map(|(name, about)| {
            let name = if bash { escape(&name) } else { name };
            CompletionCandidate::new(name).help(about.map(Into::into))
        })
        .collect()
}

fn escape(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.chars() {
        if !(c.is_alphanumeric() || "-_./,:=@%+".contains(c)) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

fn unescape(typed: &str) -> String {
    let mut out = String::with_capacity(typed.len());
    let mut chars = typed.trim_start_matches(['"', '\'']).chars();
    while let Some(c) = chars.next() {
        out.extend(if c == '\\' { chars.next() } else { Some(c) });
    }
    out
}

/// The words of the command line that is being typed.
fn words() -> Vec<OsString> {
    std::env::args_os().skip_while(|word| word != "--").skip(1).collect()
}

fn is_workflow_file(path: &Path) -> bool {
    matches!(path.extension().and_then(OsStr::to_str), Some("yaml" | "yml" | "json"))
}

fn read(path: &Path) -> Option<String> {
    if path.metadata().ok()?.len() > MAX_BYTES { None } else { std::fs::read_to_string(path).ok() }
}

/// Files of a workflow or of tests on the line, in their order.
fn on_the_line() -> Vec<PathBuf> {
    let words = words().into_iter().map(PathBuf::from);
    words.filter(|path| is_workflow_file(path) && path.is_file()).collect()
}

fn plan() -> Option<Plan> {
    let compile = |path: &Path| fanin_workflow::compile(&path.display().to_string(), &read(path)?).plan;
    let on_the_line = on_the_line();
    let of_tests = on_the_line.iter().filter_map(|path| {
        let file = tests_in(path)?;
        compile(&path.parent()?.join(&file.workflow))
    });
    on_the_line
        .iter()
        .filter_map(|path| compile(path))
        .chain(of_tests)
        .next()
        .or_else(|| compile(Path::new(WORKFLOW)))
}

fn tests_in(path: &Path) -> Option<TestFile> {
    fanin_workflow::testfile::parse(&path.display().to_string(), &read(path)?).file
}

fn test_files() -> Vec<TestFile> {
    let mut paths = on_the_line();
    if paths.is_empty() {
        let of_tests = |path: &PathBuf| {
            let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
            [".test.yaml", ".test.yml", ".test.json"].iter().any(|ending| name.ends_with(ending))
        };
        let entries = std::fs::read_dir(".").into_iter().flatten().flatten();
        paths = entries.map(|entry| entry.path()).filter(of_tests).collect();
        paths.sort();
    }
    paths.iter().take(TEST_FILES).filter_map(|path| tests_in(path)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_named_here_is_an_option_there() {
        let command = Args::command();
        let files = ["check", "fmt", "test", "emit"].map(|verb| (verb, "files"));
        let more = [
            ("match", "event"),
            ("match", "cases"),
            ("match", "named"),
            ("run", "events"),
            ("test", "filter"),
        ];
        let workflows = ["run", "dev", "graph", "match"].map(|verb| (verb, "workflow"));
        for (verb, option) in files.into_iter().chain(more).chain(workflows) {
            let verb = command.find_subcommand(verb).unwrap();
            assert!(verb.get_arguments().any(|arg| arg.get_id() == option), "{} {option}", verb.get_name());
            assert!(completer(verb.get_name(), option).is_some(), "{} {option}", verb.get_name());
        }
    }

    #[test]
    fn what_is_escaped_is_read_back() {
        for name in ["fires once, any order", "it's \"odd\" \\ $HOME", "a(b)*"] {
            assert_eq!(unescape(&escape(name)), name);
        }
        assert_eq!(escape("a b"), "a\\ b");
        assert_eq!(unescape("'fires on"), "fires on");
    }
}
