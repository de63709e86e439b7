//! `fanin doctor`: looks at everything a host stands on, says what is wrong and what to do, and repairs a damaged state.

mod contents;
mod endpoint;
mod ini;
mod repair;
mod report;
mod settings;
mod store;
mod tools;

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde_json::json;

use crate::args::{Global, Output};
use crate::console::{Exit, data};
use crate::show::paint::Paint;
use crate::source::{Endpoint, USUAL as USUAL_URL};
use report::{Check, Report};

/// `fanin doctor`
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:
  fanin doctor                     # everything: the state under ./.fanin, the running host, AWS settings, tools
  fanin doctor -o json             # the same for programs, with every fact about the files
  fanin doctor --repair            # what a repair of a damaged state would do, and lose
  fanin doctor --repair --yes      # do it; what is taken away lies in damaged-1 beside

Exit codes: 0 healthy, 1 there are problems, 2 usage, 4 there is no such state.")]
pub(crate) struct Doctor {
    /// Directory of the state. Default: every one under `./.fanin`.
    #[arg(long)]
    pub(crate) dir: Option<PathBuf>,
    /// Show what a repair would do and lose; with `--yes` or a typed yes, do it.
    #[arg(long)]
    pub(crate) repair: bool,
    /// Repair without asking.
    #[arg(long, requires = "repair")]
    pub(crate) yes: bool,
    /// The running host. Default: the one that has the state directory open, else http://127.0.0.1:4800.
    #[arg(long, value_name = "URL", env = "FANIN_URL")]
    pub(crate) to: Option<String>,
}

/// Where states lie unless somebody says otherwise.
const USUAL: &str = ".fanin";

pub(crate) fn run(global: &Global, args: &Doctor) -> anyhow::Result<Exit> {
    let dirs = match &args.dir {
        Some(dir) => vec![dir.clone()],
        None => usual_dirs()?,
    };
    if let Some(dir) = args.dir.as_ref().filter(|dir| !store::is_one(dir)) {
        return not_there(global, &format!("there is no state in {}", dir.display()));
    }
    if args.repair {
        return match dirs.as_slice() {
            [] => not_there(global, &format!("there is no state under ./{USUAL}; name one with --dir")),
            [dir] => repair::run(global, dir, args.yes),
            several => {
                let names: Vec<String> = several.iter().map(|dir| dir.display().to_string()).collect();
                bail!("there are several states: {}; name one with --dir", names.join(", "))
            }
        };
    }
    let mut report = Report::default();
    report.add(versions());
    let mut stores = Vec::new();
    if dirs.is_empty() {
        report.add(Check::ok("state", format!("none under ./{USUAL}: nothing has run in this directory")));
    }
    for dir in &dirs {
        let examined = store::examine(dir).with_context(|| format!("cannot look into {}", dir.display()))?;
        report.add_all(examined.checks);
        stores.push(examined.diagnosis);
    }
    let endpoint = endpoint::examine(&url(args, &dirs))?;
    report.add_all(endpoint.checks);
    let settings = settings::examine(&settings::Surroundings::of_the_process());
    report.add_all(settings.checks);
    report.add_all(tools::examine());
    tell(global, &report, &json!({ "stores": stores, "endpoint": endpoint.facts, "aws": settings.facts }))?;
    Ok(if report.problems() > 0 { Exit::No } else { Exit::Done })
}

/// The host that is meant, else the one of a state, else the usual one.
fn url(args: &Doctor, dirs: &[PathBuf]) -> String {
    let of_state = || dirs.iter().find_map(|dir| Some(Endpoint::of(dir)?.url));
    args.to.clone().or_else(of_state).unwrap_or_else(|| USUAL_URL.to_owned())
}

fn not_there(global: &Global, what: &str) -> anyhow::Result<Exit> {
    let mut report = Report::default();
    report.add(Check::problem(
        "state",
        what.to_owned(),
        "name a directory that `fanin run` or `fanin dev` has used",
    ));
    tell(global, &report, &json!({ "stores": [], "endpoint": null, "aws": null }))?;
    Ok(Exit::NotFound)
}

/// The directories under `./.fanin` that hold a state, by name.
fn usual_dirs() -> anyhow::Result<Vec<PathBuf>> {
    let usual = Path::new(USUAL);
    if !usual.is_dir() {
        return Ok(Vec::new());
    }
    let entries = std::fs::read_dir(usual).with_context(|| format!("cannot list {USUAL}"))?;
    let mut dirs: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    dirs.retain(|dir| store::is_one(dir));
    dirs.sort();
    Ok(dirs)
}

fn versions() -> Check {
    let (semantics, format) = (fanin_runtime::SEMANTICS, fanin_store_embedded::FORMAT);
    let before = if semantics > 1 { format!("{} or ", semantics - 1) } else { String::new() };
    let text = format!(
        "fanin {}: writes file format {format} with semantics {semantics}; continues a state of semantics {before}{semantics}",
        env!("CARGO_PKG_VERSION")
    );
    Check::ok("version", text)
}

/// The report as text, as one document, or one check a line.
fn tell(global: &Global, report: &Report, facts: &serde_json::Value) -> anyhow::Result<()> {
    match global.output {
        Output::Text => data(&report.text(Paint::of_output(global))),
        Output::Jsonl => {
            for check in report.checks() {
                data(&serde_json::to_string(check)?);
            }
        }
        Output::Json => {
            let version = env!("CARGO_PKG_VERSION");
            let healthy = report.problems() == 0;
            let mut document = json!({ "version": version, "healthy": healthy, "checks": report.checks() });
            if let (Some(document), Some(facts)) = (document.as_object_mut(), facts.as_object()) {
                document.extend(facts.clone());
            }
            data(&serde_json::to_string_pretty(&document)?);
        }
    }
    Ok(())
}
