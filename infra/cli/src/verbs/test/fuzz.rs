//! `fanin test --fuzz N`: whether what comes out depends on the order of events, on duplicates, on delays or on crashes.

mod document;
mod text;

use std::time::Instant;

use fanin_simulate::{Fuzzed, fuzz};
use serde::Serialize;

use super::find::{Found, Job};
use super::play::{each, mistakes};
use super::{Test, json};
use crate::args::{Global, Output};
use crate::console::{Exit, data, say};
use crate::show::paint::Paint;

/// How one case varies.
struct Tried {
    job: Job,
    /// Or why it could not be played.
    fuzzed: Result<Fuzzed, String>,
}

/// What can be said of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Verdict {
    /// The outcome is the same in every variation.
    Same,
    /// It varies where a condition means it so.
    Meant,
    /// It varies, and nothing in the workflow says that it should.
    Depends,
    /// It could not be played.
    Unplayable,
}

impl Tried {
    fn verdict(&self) -> Verdict {
        match &self.fuzzed {
            Err(_) => Verdict::Unplayable,
            Ok(fuzzed) if fuzzed.findings.is_empty() => Verdict::Same,
            Ok(fuzzed) if fuzzed.is_meant() => Verdict::Meant,
            Ok(_) => Verdict::Depends,
        }
    }
}

/// The sums.
#[derive(Debug, Default, Serialize)]
struct Totals {
    same: usize,
    meant: usize,
    depends: usize,
    unplayable: usize,
    variations: u64,
    plays: u64,
    seed: u64,
    seconds: f64,
}

impl Totals {
    fn add(&mut self, result: &Tried) {
        match result.verdict() {
            Verdict::Same => self.same += 1,
            Verdict::Meant => self.meant += 1,
            Verdict::Depends => self.depends += 1,
            Verdict::Unplayable => self.unplayable += 1,
        }
        if let Ok(fuzzed) = &result.fuzzed {
            self.variations += u64::from(fuzzed.variations);
            self.plays += fuzzed.plays as u64;
        }
    }

    fn bad(&self) -> usize {
        self.depends + self.unplayable
    }
}

/// Plays every case that was found in `count` variations from `seed` on, and tells how its outcome varies.
pub(super) fn run(global: &Global, args: &Test, found: &Found, (count, seed): (u32, u64)) -> Exit {
    let started = Instant::now();
    let mut totals = Totals { seed, ..Totals::default() };
    let mut documents = Vec::new();
    let paint = Paint::of_output(global);
    let bad = |result: &Tried| matches!(result.verdict(), Verdict::Depends | Verdict::Unplayable);
    let last = |result: &Tried| args.fail_fast && bad(result);
    let stopped = each(found, &|job| one(found, job, (count, seed)), &last, |result| {
        totals.add(result);
        match global.output {
            Output::Text => text::tell(found, result, paint).iter().for_each(|line| data(line)),
            Output::Json => documents.push(document::of(found, result)),
            Output::Jsonl => data(&json(&document::of(found, result))),
        }
    });
    totals.seconds = started.elapsed().as_secs_f64();
    match global.output {
        Output::Text => {
            say(&text::summary(&totals, stopped));
            data(&format!("{} the same, {} as meant, {} not", totals.same, totals.meant, totals.bad()));
        }
        Output::Json => data(&json(&document::All { totals: &totals, tests: documents })),
        Output::Jsonl => data(&json(&totals)),
    }
    if totals.bad() > 0 { Exit::No } else { Exit::Done }
}

fn one(found: &Found, job: Job, plan: (u32, u64)) -> Tried {
    let fuzzed = match found.case(job) {
        None => Err(mistakes(found.files.get(job.file).map_or("", |file| &file.name))),
        Some((_, case, of)) => fuzz(of, case, plan).map_err(|error| error.to_string()),
    };
    Tried { job, fuzzed }
}
