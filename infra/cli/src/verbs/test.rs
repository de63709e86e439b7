//! `fanin test`: plays test files in virtual time; the last line is `N passed, N failed`.

mod document;
mod find;
mod fuzz;
mod junit;
mod play;
mod results;
mod text;
mod update;
mod values;
mod watch;

use std::path::PathBuf;
use std::time::Instant;

use fanin_simulate::limits::MAX_VARIATIONS;

use crate::args::{Global, Output};
use crate::console::{Exit, complain, data, say};
use crate::show::paint::Paint;
use find::Found;
use results::{CaseResult, Totals};

/// `fanin test`
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fanin test                                     every test file below the current directory
  fanin test workflow.test.yaml --filter job     tests whose name has `job` in it
  fanin test --list                              their names only
  fanin test --junit target/junit.xml            a report for CI beside the text
  fanin test --update                            failing tests expect what happened; read the change
  fanin test --fuzz 200                          does what comes out depend on order, duplicates, crashes?

A failing test is shown with what was expected, what came and how it differs, and why: the state of the
condition that did not fire, or the events that made the one fire that should not have. A test that
failed in a shuffled order is made as small as it still fails, and the command that replays it is printed.")]
pub(crate) struct Test {
    /// Test files, or directories of such. Default: the current directory.
    #[arg(default_value = ".")]
    pub(crate) files: Vec<PathBuf>,
    /// Only tests whose name contains this text.
    #[arg(long, value_name = "TEXT")]
    pub(crate) filter: Option<String>,
    /// With --filter: the name is exactly this text.
    #[arg(long, requires = "filter")]
    pub(crate) exact: bool,
    /// Do not play, list the tests.
    #[arg(long, conflicts_with_all = ["watch", "junit"])]
    pub(crate) list: bool,
    /// The seed of all shuffles; printed with every failure.
    #[arg(long, value_name = "N", env = "FANIN_SEED")]
    pub(crate) seed: Option<u64>,
    /// Stop at the first test that fails.
    #[arg(long)]
    pub(crate) fail_fast: bool,
    /// Play again whenever a test file or its workflow changes, until Ctrl-C.
    #[arg(long)]
    pub(crate) watch: bool,
    /// Rewrite `expect` of the tests that fail to what happened, and show the change.
    ///
    /// The rest of a file stays as it is, byte for byte. What a person has to decide is left alone: a test
    /// that fails only in another order, and what stands in `never`. A test that has neither `expect` nor
    /// `never` yet gets everything that came.
    #[arg(long, conflicts_with_all = ["watch", "list", "junit", "fail_fast"])]
    pub(crate) update: bool,
    /// Compare each test as written with N variations of it: other orders, duplicates, delays, crashes.
    ///
    /// What the tests expect plays no part: the outcome as written is the measure. Where it varies, the fewest
    /// events that show it are printed. Exit code 1, unless a condition means it so (a window, a deadline).
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_VARIATIONS)),
        conflicts_with_all = ["watch", "list", "junit", "update"])]
    pub(crate) fuzz: Option<u32>,
    /// Write a JUnit report to this file, too.
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
}

pub(crate) fn run(global: &Global, args: &Test) -> anyhow::Result<Exit> {
    if args.watch {
        return watch::run(global, args);
    }
    if args.update {
        let found = update::find(global, args)?;
        return update::run(global, args, &found, args.seed.unwrap_or_else(fresh_seed));
    }
    let found = find::find(global, args)?;
    if args.list {
        return Ok(list(global, &found));
    }
    if let Some(count) = args.fuzz {
        if found.is_empty() {
            return Ok(nothing(args));
        }
        return Ok(fuzz::run(global, args, &found, (count, args.seed.unwrap_or_else(fresh_seed))));
    }
    play_all(global, args, &found)
}

/// Plays everything that was found, and tells about it.
fn play_all(global: &Global, args: &Test, found: &Found) -> anyhow::Result<Exit> {
    let started = Instant::now();
    if found.is_empty() {
        return Ok(nothing(args));
    }
    let seed = args.seed.unwrap_or_else(fresh_seed);
    let mut totals = Totals::default();
    let mut suite = args.junit.as_ref().map(|_| junit::Suites::default());
    let mut documents = Vec::new();
    let paint = Paint::of_output(global);
    let stop = play::play(found, (seed, args.fail_fast), |result: &CaseResult| {
        totals.add(result);
        if let Some(suite) = &mut suite {
            suite.add(found, result);
        }
        match global.output {
            Output::Text => text::tell(found, result, paint).iter().for_each(|line| data(line)),
            Output::Json => documents.push(document::of(found, result)),
            Output::Jsonl => data(&json(&document::of(found, result))),
        }
    });
    totals.seconds = started.elapsed().as_secs_f64();
    if let (Some(path), Some(suite)) = (&args.junit, suite) {
        suite.write(path, &totals)?;
    }
    match global.output {
        Output::Text => {
            say(&totals.line(stop));
            data(&format!("{} passed, {} failed", totals.passed, totals.failed));
        }
        Output::Json => data(&json(&document::All { totals: &totals, tests: documents })),
        Output::Jsonl => data(&json(&totals)),
    }
    Ok(if totals.failed > 0 { Exit::No } else { Exit::Done })
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

fn nothing(args: &Test) -> Exit {
    complain(&match &args.filter {
        Some(text) if args.exact => format!("no test is named {text:?}; `fanin test --list` shows the names"),
        Some(text) => format!("no test has {text:?} in its name; `fanin test --list` shows the names"),
        None => "there are no tests here: a test file has a list `tests:`, see `fanin init`".to_owned(),
    });
    Exit::NotFound
}

fn list(global: &Global, found: &Found) -> Exit {
    let mut documents = Vec::new();
    for (file, case) in found.cases() {
        let (name, line) = (&case.name, case.span.line);
        match global.output {
            Output::Text => data(&format!("{}: {name}", file.name)),
            _ => documents.push(document::Listed { file: &file.name, test: name, line }),
        }
    }
    match global.output {
        Output::Text => {}
        Output::Json => data(&json(&documents)),
        Output::Jsonl => documents.iter().for_each(|one| data(&json(one))),
    }
    match (found.is_empty(), found.broken()) {
        (true, _) => Exit::NotFound,
        (false, 0) => Exit::Done,
        (false, _) => Exit::No,
    }
}

/// A seed nobody has chosen; printed with every failure, so that it can be chosen again. Short, to be typed.
fn fresh_seed() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    (u64::from(now.subsec_nanos()) ^ now.as_secs()) % 1_000_000
}
