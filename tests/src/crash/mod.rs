//! The crash harness: the real `fanin dev` under load, killed at random moments, and held to account from outside.
//!
//! A round is one life of the process. The state directory goes on over [`ROUNDS_PER_DIRECTORY`] rounds; then the last
//! life runs until nothing is left to do, and what the functions saw is compared with what the acknowledged events ask
//! for: nothing lost, nothing done twice, the same call again only after a kill and only if its outcome could not have been
//! durable. The only witnesses are HTTP answers and HTTP calls, as for a user.

mod calls;
mod chance;
mod life;
mod load;
mod problem;
mod producers;
mod server;
mod settle;
mod stories;
#[cfg(test)]
mod tests;
mod verdict;
mod workflow;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use anyhow::Context;
use tokio::sync::watch;

use crate::process::Start;
use life::{Moment, live};
use load::Load;
use problem::Problems;
use producers::{PRODUCERS, World, produce};
use server::Functions;

/// Lives of one state directory.
pub const ROUNDS_PER_DIRECTORY: u32 = 25;
/// Bytes of log after which a snapshot is taken: several in most lives.
const SNAPSHOT_EVERY: u64 = 150_000;
/// A line about the progress comes after so many rounds.
const TELL_EVERY: u32 = 5;

/// What to do.
#[derive(Clone, Debug)]
pub struct Options {
    /// The binary.
    pub fanin: PathBuf,
    /// Lives to kill.
    pub rounds: u32,
    /// Decides load and moments.
    pub seed: u64,
    /// State directories are made in here; what failed is left behind.
    pub dir: PathBuf,
}

/// What was seen.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Lives that were killed.
    pub rounds: u32,
    /// Of these, before they were ready.
    pub unready: u32,
    /// Of these, such that found and cut an unacknowledged write.
    pub torn: u32,
    /// Events acknowledged, each counted once.
    pub events: u64,
    /// Acknowledgements of events, those of repetitions too.
    pub answers: u64,
    /// Calls that came in.
    pub calls: u64,
    /// Of these, made again after a kill.
    pub repeated: u64,
    problems: Problems,
    /// Where the state lies that something is wrong with.
    pub kept: Option<PathBuf>,
}

impl Report {
    /// Whether all is well.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.problems.none()
    }

    /// What is wrong, the first of it.
    #[must_use]
    pub fn problems(&self) -> &[String] {
        self.problems.told()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Report { rounds, unready, torn, events, answers, calls, repeated, problems, .. } = self;
        write!(
            f,
            "rounds {rounds}, kills {rounds}, events acknowledged {events}, lost {}, double {}, \
             calls repeated {repeated} (all after a kill, same id); kills before ready {unready}, \
             torn writes cut {torn}, acknowledgements with repetitions {answers}, calls {calls}",
            problems.lost, problems.double
        )?;
        if problems.wrong > 0 {
            write!(f, ", otherwise wrong {}", problems.wrong)?;
        }
        Ok(())
    }
}

/// Runs all rounds, or up to the first directory with which something is wrong. `tell` hears of the progress.
///
/// # Errors
/// When the harness itself cannot work, or the process does not start or end as it should; the state is left in
/// `options.dir` then too.
pub async fn run(options: &Options, tell: &mut dyn FnMut(&str)) -> anyhow::Result<Report> {
    let mut report = Report::default();
    let mut number = 0;
    while report.rounds < options.rounds && report.is_good() {
        let dir = options.dir.join(format!("state-{number}"));
        std::fs::create_dir_all(&dir).with_context(|| format!("cannot create {}", dir.display()))?;
        let rounds = (options.rounds - report.rounds).min(ROUNDS_PER_DIRECTORY);
        let place = Place { options, dir: &dir, rounds, seed: options.seed.wrapping_add(number) };
        let done = directory(place, &mut report, tell).await;
        done.with_context(|| format!("seed {}, state in {}", options.seed, dir.display()))?;
        if report.is_good() {
            std::fs::remove_dir_all(&dir).with_context(|| format!("cannot remove {}", dir.display()))?;
        } else {
            report.kept = Some(dir);
        }
        number += 1;
    }
    Ok(report)
}

/// One state directory and what is done with it.
struct Place<'a> {
    options: &'a Options,
    dir: &'a Path,
    rounds: u32,
    /// Of this directory.
    seed: u64,
}

async fn directory(place: Place<'_>, report: &mut Report, tell: &mut dyn FnMut(&str)) -> anyhow::Result<()> {
    let Place { options, dir, rounds, seed } = place;
    let functions = Functions::start().await?;
    let file = dir.join("crash.yaml");
    std::fs::write(&file, workflow::text(&format!("http://{}", functions.address)))?;
    let start = Start {
        snapshot_every: Some(SNAPSHOT_EVERY),
        ..Start::new(&options.fanin, &file, &dir.join("state"))
    };
    let load = Mutex::new(Load::new(chance::part(seed, 1)));
    let world = Arc::new(World { load, functions, door: watch::Sender::new(None) });
    let producers: Vec<_> = (0..PRODUCERS).map(|_| tokio::spawn(produce(world.clone()))).collect();
    let mut moments = chance::part(seed, 2);
    for _ in 0..rounds {
        let seen = live(&world, &start, Moment::choose(&mut moments)).await?;
        report.rounds += 1;
        report.unready += u32::from(!seen.ready);
        report.torn += u32::from(seen.torn);
        if report.rounds.is_multiple_of(TELL_EVERY) {
            let (events, _) = world.load().counts();
            let (calls, repeated) = world.functions.calls().counts();
            tell(&format!(
                "round {}: in this directory {events} events acknowledged, {calls} calls, {repeated} repeated",
                report.rounds
            ));
        }
        if !world.functions.calls().problems().none() {
            break;
        }
    }
    if world.functions.calls().problems().none() {
        settle::settle(&world, &start, producers).await?;
    } else {
        producers.iter().for_each(tokio::task::JoinHandle::abort);
    }
    let ((events, answers), (calls, repeated)) = (world.load().counts(), world.functions.calls().counts());
    report.events += events;
    report.answers += answers;
    report.calls += calls;
    report.repeated += repeated;
    report.problems.extend(world.functions.calls().problems());
    Ok(())
}

/// A seed that was not used before, from the clock.
#[must_use]
pub fn fresh_seed() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    u64::from(now.subsec_nanos()) | (now.as_secs() & 0xff_ffff) << 32
}
