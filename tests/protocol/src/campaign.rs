//! Many seeds, one after the other: every subject of the simulation, what is to be clean and what must be found broken.

use std::path::Path;
use std::time::Duration;

use crate::log::{self, Store};
use crate::real;
use crate::settings::{Sabotage, Settings};
use crate::shrink::shrink;
use crate::small::PROTOCOLS;
use crate::verdict::Verdict;

/// Seeds within which a broken protocol must be found broken.
pub const CONTROL_SEEDS: u64 = 1_000;
/// Seeds after which a campaign that can be resumed notes how far it is.
const STAGE: u64 = 500;
/// A hot key takes so much longer: of so many seeds one is run.
const HOT_SHARE: u64 = 200;

/// Runs one seed, traced or not.
type Run = Box<dyn Fn(&Settings, bool) -> Verdict>;

/// What runs seeds: a name, whether it stands, and how.
pub struct Subject {
    /// What it is.
    pub name: String,
    /// It must be clean; else it must be found broken.
    pub stands: bool,
    /// Of so many seeds one is run.
    pub share: u64,
    run: Run,
}

impl Subject {
    fn new(
        name: impl Into<String>,
        stands: bool,
        run: impl Fn(&Settings, bool) -> Verdict + 'static,
    ) -> Subject {
        Subject { name: name.into(), stands, share: 1, run: Box::new(run) }
    }

    /// One run.
    #[must_use]
    pub fn run(&self, settings: &Settings, traced: bool) -> Verdict {
        (self.run)(settings, traced)
    }

    /// The seeds of a range that it runs.
    fn seeds(&self, from: u64, seeds: u64) -> impl Iterator<Item = u64> {
        let share = self.share;
        (from..from.saturating_add(seeds)).filter(move |seed| seed.is_multiple_of(share))
    }
}

/// On the real store a run takes several times as long: of so many seeds one is run, and with a hot key of so many.
const TABLE_SHARE: u64 = 20;
const HOT_TABLE_SHARE: u64 = 2_000;

/// The host's own turns with the store's model, in worlds that do not keep their word.
const LIES: [(&str, Sabotage); 4] = [
    ("host: writes without their condition", Sabotage::Unconditional),
    ("host: fresh reads that are old", Sabotage::OldReads),
    ("host: sends that are lost", Sabotage::LostSends),
    ("host: outboxes that are not stored", Sabotage::NoOutbox),
];

/// The same on the real store, where the service does not keep its word.
const SLIPS: [(&str, Sabotage); 2] = [
    ("table: writes without their condition", Sabotage::Unconditional),
    ("table: fresh reads that are old", Sabotage::OldReads),
];

/// Log-first hosts that do not do what they should.
const FLAWS: [(&str, Sabotage); 3] = [
    ("log: answers before the event is durable", Sabotage::EarlyAnswers),
    ("log: calls before their cause is durable", Sabotage::EarlyCalls),
    ("log: calls that a restart forgets", Sabotage::ForgottenCalls),
];

/// Everything that is simulated.
#[must_use]
pub fn subjects() -> Vec<Subject> {
    let small = |protocol: &'static crate::small::Protocol| {
        Subject::new(protocol.name, protocol.good, |settings, traced| protocol.run(settings, traced))
    };
    let mut list: Vec<Subject> = PROTOCOLS.iter().map(small).collect();
    let hot = Subject::new("host: a hot key", true, real::run_hot);
    list.extend([
        Subject::new("host: as it is", true, real::run),
        Subject { share: HOT_SHARE, ..hot },
        Subject { share: TABLE_SHARE, ..Subject::new("table: as it is", true, real::run_on_table) },
        Subject { share: HOT_TABLE_SHARE, ..Subject::new("table: a hot key", true, real::run_hot_on_table) },
        Subject::new("log: on the model store", true, |s, traced| log::run(Store::Model, s, traced)),
        Subject::new("log: on files", true, |s, traced| log::run(Store::Files, s, traced)),
    ]);
    list.extend(LIES.map(|(name, sabotage)| {
        Subject::new(name, false, move |settings, traced| real::run(&with(settings, sabotage), traced))
    }));
    list.extend(SLIPS.map(|(name, sabotage)| {
        Subject::new(name, false, move |settings, traced| {
            real::run_on_table(&with(settings, sabotage), traced)
        })
    }));
    list.extend(FLAWS.map(|(name, sabotage)| {
        Subject::new(name, false, move |settings, traced| {
            log::run(Store::Files, &with(settings, sabotage), traced)
        })
    }));
    list
}

fn with(settings: &Settings, sabotage: Sabotage) -> Settings {
    Settings { sabotage, ..*settings }
}

/// What to run.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The first seed.
    pub from: u64,
    /// How many.
    pub seeds: u64,
    /// Only those whose name contains this.
    pub only: Option<String>,
    /// Show how a broken protocol fails.
    pub show: bool,
}

/// How far a subject is.
struct Tally {
    subject: Subject,
    runs: u64,
    took: Duration,
    failing: Option<u64>,
}

/// A campaign over everything chosen.
pub struct Campaign {
    options: Options,
    tallies: Vec<Tally>,
    next: u64,
}

impl Campaign {
    /// Before its first seed.
    #[must_use]
    pub fn new(options: &Options) -> Campaign {
        let chosen =
            |subject: &Subject| options.only.as_deref().is_none_or(|only| subject.name.contains(only));
        let tally = |subject| Tally { subject, runs: 0, took: Duration::ZERO, failing: None };
        let tallies = subjects().into_iter().filter(chosen).map(tally).collect();
        Campaign { options: options.clone(), tallies, next: options.from }
    }

    /// The seed that comes next; `None`: it is over, or something that should stand has failed.
    #[must_use]
    pub fn coming(&self) -> Option<u64> {
        let end = self.options.from.saturating_add(self.options.seeds);
        (self.next < end && !self.has_failed()).then_some(self.next)
    }

    /// Seeds before this one were run.
    #[must_use]
    pub fn reached(&self) -> u64 {
        self.next
    }

    /// Something that should stand does not.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.tallies.iter().any(|tally| tally.subject.stands && tally.failing.is_some())
    }

    /// Runs the next `seeds` of everything.
    pub fn go_on(&mut self, seeds: u64) {
        let end = self.options.from.saturating_add(self.options.seeds);
        let seeds = seeds.min(end.saturating_sub(self.next));
        for tally in &mut self.tallies {
            if tally.failing.is_some() || !tally.subject.stands && tally.runs >= CONTROL_SEEDS {
                continue;
            }
            let began = cpu();
            for seed in tally.subject.seeds(self.next, seeds) {
                tally.runs += 1;
                if !tally.subject.run(&Settings::of(seed), false).is_good() {
                    tally.failing = Some(seed);
                    break;
                }
            }
            tally.took += cpu().saturating_sub(began);
        }
        self.next = self.next.saturating_add(seeds);
    }

    /// Says what came out; false: something is wrong.
    pub fn tell(&self, say: &mut dyn FnMut(&str)) -> bool {
        let (mut good, mut runs, mut took) = (true, 0, Duration::ZERO);
        for tally in &self.tallies {
            good &= tally.tell(&self.options, self.next, say);
            (runs, took) = (runs + tally.runs, took + tally.took);
        }
        let mean = mean(took, runs);
        let (from, next) = (self.options.from, self.next);
        say(&format!(
            "seeds {from}..{next}: {runs} runs in {:.0} s of CPU, {mean:.2} ms each",
            took.as_secs_f64()
        ));
        good
    }
}

impl Tally {
    fn tell(&self, options: &Options, next: u64, say: &mut dyn FnMut(&str)) -> bool {
        let Subject { name, stands, .. } = &self.subject;
        let of = format!(
            "{} of seeds {}..{next}, {:.2} ms each",
            self.runs,
            options.from,
            mean(self.took, self.runs)
        );
        match self.failing {
            None if *stands => say(&format!("clean   {name}: {of}")),
            None if self.runs < CONTROL_SEEDS => say(&format!("not yet {name}: not found broken by {of}")),
            None => say(&format!("MISSED  {name}: not found broken by {of}")),
            Some(seed) if *stands => say(&format!("FAILED  {name}: FANIN_SEED={seed}, {of}")),
            Some(seed) => say(&format!("broken  {name}: found at seed {seed} by {of}")),
        }
        if let Some(seed) = self.failing
            && (*stands || options.show)
        {
            show(seed, &self.subject, say);
        }
        let missed = self.failing.is_none() && self.runs >= CONTROL_SEEDS;
        if *stands { self.failing.is_none() } else { !missed }
    }
}

/// The CPU time of this thread: a busy machine does not change it. Zero where the system does not tell.
fn cpu() -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(told.split(' ').next().and_then(|nanos| nanos.parse().ok()).unwrap_or(0))
}

/// Milliseconds.
fn mean(took: Duration, runs: u64) -> f64 {
    took.as_secs_f64() * 1000.0 / runs.max(1) as f64
}

/// Runs everything; false: something is wrong. A line for each subject, and the smallest failing run of what should not
/// fail.
pub fn run(options: &Options, say: &mut dyn FnMut(&str)) -> bool {
    let mut campaign = Campaign::new(options);
    while campaign.coming().is_some() {
        campaign.go_on(STAGE);
    }
    campaign.tell(say)
}

/// How far the campaigns with a file are: the seeds before this one are clean.
fn clean_before(file: &Path) -> u64 {
    std::fs::read_to_string(file).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(0)
}

fn note(file: &Path, reached: u64) -> std::io::Result<()> {
    // In a clone whose builds go elsewhere its folder is not there yet.
    file.parent().map_or(Ok(()), std::fs::create_dir_all)?;
    std::fs::write(file, format!("{reached}\n"))
}

/// Goes on where the last campaign with this file ended, notes there how far it is, and says what is wrong. What failed is run
/// again by the next campaign. True: nothing is wrong.
pub fn resume(file: &Path, options: Options, say: &mut dyn FnMut(&str)) -> bool {
    let mut campaign = Campaign::new(&Options { from: clean_before(file), ..options });
    while campaign.coming().is_some() {
        campaign.go_on(STAGE);
        if !campaign.has_failed()
            && let Err(error) = note(file, campaign.reached())
        {
            say(&format!("cannot note in {} how far it is: {error}", file.display()));
        }
    }
    let good = campaign.tell(say);
    if good {
        say(&format!("seeds 0..{} are clean by {}", campaign.reached(), file.display()));
    }
    good
}

/// Replays one seed of everything that should stand, with what happened in it; false: something fails.
pub fn replay(seed: u64, only: Option<&str>, say: &mut dyn FnMut(&str)) -> bool {
    let mut good = true;
    let chosen = |subject: &Subject| only.map_or(subject.stands, |only| subject.name.contains(only));
    for subject in subjects().iter().filter(|subject| chosen(subject)) {
        let verdict = subject.run(&Settings::of(seed), only.is_some());
        good &= verdict.is_good() == subject.stands;
        verdict.trace.iter().for_each(|line| say(&format!("  {line}")));
        say(&format!("{}: {} problems with seed {seed}", subject.name, verdict.problems.len()));
        verdict.problems.iter().for_each(|problem| say(&format!("  => {problem}")));
        if subject.stands && !verdict.is_good() {
            show(seed, subject, say);
        }
    }
    good
}

/// The first seed of a range that fails.
pub fn first_failing(from: u64, seeds: u64, run: &dyn Fn(&Settings, bool) -> Verdict) -> Option<u64> {
    (from..from.saturating_add(seeds)).find(|seed| !run(&Settings::of(*seed), false).is_good())
}

/// Prints the smallest failing run.
fn show(seed: u64, subject: &Subject, say: &mut dyn FnMut(&str)) {
    let (settings, verdict) = shrink(Settings::of(seed), &|settings, traced| subject.run(settings, traced));
    say(&format!("  smallest: {settings:?}"));
    verdict.trace.iter().for_each(|line| say(&format!("  {line}")));
    verdict.problems.iter().for_each(|problem| say(&format!("  => {problem}")));
}
