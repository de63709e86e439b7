//! `fanin test`: plays test files in virtual time; the last line is `N passed, N failed`.

use std::path::{Path, PathBuf};

use fanin_simulate::{CaseReport, PlayError, run_case};
use serde_json::json;

use super::files;
use crate::args::{Global, Output};
use crate::console::{Exit, data};

/// `fanin test`
#[derive(Debug, clap::Args)]
pub(crate) struct Test {
    /// Test files, or directories of such.
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Only tests whose name contains this text.
    #[arg(long)]
    pub(crate) filter: Option<String>,
    /// The seed of all shuffles; printed with every failure.
    #[arg(long, env = "FANIN_SEED")]
    pub(crate) seed: Option<u64>,
}

pub(crate) fn run(global: &Global, args: &Test) -> anyhow::Result<Exit> {
    let seed = args.seed.unwrap_or_else(fresh_seed);
    let (mut passed, mut failed) = (0, 0);
    for path in files::find(&args.files)? {
        if !args.files.contains(&path) && !files::holds_tests(&files::read(&path)?) {
            continue;
        }
        let Some(tests) = files::tests(global, &path)? else {
            failed += 1;
            tell(global, &path, "(file)", &Err("the file has mistakes".to_owned()));
            continue;
        };
        for case in &tests.file.tests {
            if args.filter.as_ref().is_some_and(|part| !case.name.contains(part)) {
                continue;
            }
            let report = run_case(&tests.plan, case, seed).map_err(|e: PlayError| e.to_string());
            let good = report.as_ref().is_ok_and(|r| r.failures.is_empty());
            if good {
                passed += 1
            } else {
                failed += 1
            }
            tell(global, &path, &case.name, &report);
        }
    }
    match global.output {
        Output::Text => data(&format!("{passed} passed, {failed} failed")),
        Output::Json | Output::Jsonl => data(&json!({ "passed": passed, "failed": failed }).to_string()),
    }
    Ok(if failed > 0 { Exit::No } else { Exit::Done })
}

/// A seed nobody has chosen; printed with every failure, so that it can be chosen again.
fn fresh_seed() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    u64::from(now.subsec_nanos()) ^ now.as_secs()
}

fn tell(global: &Global, path: &Path, name: &str, report: &Result<CaseReport, String>) {
    if global.output != Output::Text {
        return data(&document(path, name, report).to_string());
    }
    let place = format!("{}: {name}", path.display());
    match report {
        Err(error) => data(&format!("FAILED {place}\n  {error}")),
        Ok(report) if report.failures.is_empty() => data(&format!("ok     {place}")),
        Ok(report) => {
            let mut text = format!("FAILED {place}");
            if let Some((n, seed)) = report.variation {
                text.push_str(&format!("\n  in variation {n}; again with FANIN_SEED={seed}"));
            }
            for failure in &report.failures {
                text.push_str(&format!("\n  {}: {}", failure.subject, failure.message));
            }
            for letter in &report.played.dead {
                text.push_str(&format!("\n  dead letter: {}: {}", letter.code, letter.reason));
            }
            data(&text);
        }
    }
}

fn document(path: &Path, name: &str, report: &Result<CaseReport, String>) -> serde_json::Value {
    let file = path.display().to_string();
    match report {
        Err(error) => json!({ "file": file, "test": name, "passed": false, "error": error }),
        Ok(report) => {
            let failures: Vec<_> = report
                .failures
                .iter()
                .map(|f| json!({ "subject": f.subject, "message": f.message }))
                .collect();
            let seed = report.variation.map(|(_, seed)| seed);
            json!({ "file": file, "test": name, "passed": failures.is_empty(), "failures": failures, "seed": seed })
        }
    }
}
