//! Both versions at play, record by record.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use fanin_event::{Identity, Timestamp};
use fanin_plan::Plan;
use fanin_rule::Outcome;
use fanin_runtime::{ActivateError, OutcomeRef, Record, Records};
use fanin_store::Seq;

use super::book::{Answerer, Book, From, Kept};
use super::compare::Words;
use super::names;
use super::pairing::{Met, Pairing, Which};
use super::recognized::{Named, raw_names};
use super::report::{BacktestReport, Definition, LeftOut, What};
use super::side::Side;
use super::state;
use super::stretch::{Stretch, Survey};
use super::tally::Tallies;
use super::worker::{Batch, Job, Worker};
use super::{Answers, BacktestError, Question, Watch};
use crate::error::HistoryError;
use crate::history::History;
use crate::limits::MAX_FRAMES_AHEAD;

/// Events between two words about the progress.
const PACE: u64 = 4096;

/// The play.
pub(super) struct Play<'a> {
    survey: &'a Survey,
    question: &'a Question,
    new_plan: &'a Plan,
    /// Where both versions begin, and where they end.
    span: (Timestamp, Timestamp),
    old: Side,
    new: Side,
    book: Book,
    pairing: Pairing,
    tallies: Tallies,
    named: Named,
    definitions: Vec<Definition>,
    done: u64,
    total: u64,
}

impl<'a> Play<'a> {
    /// Both versions, empty, where the stretch begins.
    pub(super) fn new(
        (survey, new): (&'a Survey, &'a Plan),
        question: &'a Question,
    ) -> Result<Play<'a>, BacktestError> {
        let begins = question.since.or(survey.first).unwrap_or(Timestamp(0));
        let ends = question.until.or(survey.last).unwrap_or(begins).max(begins);
        let last = question.against.as_ref().or(survey.newest.as_ref());
        let last = last.ok_or(BacktestError::NoOldVersion)?;
        let first = question.against.as_ref().or(survey.plan.as_ref());
        let (renames, definitions) = names::compare(last, new);
        let raw = raw_names(last, new, &renames);
        let words = Words { renames: renames.clone(), raw };
        let named = Named::new(first.unwrap_or(last), new, &renames)?;
        let mut play = Play {
            survey,
            question,
            new_plan: new,
            span: (begins, ends),
            old: Side::default(),
            new: Side::new(renames),
            book: Book::default(),
            pairing: Pairing::default(),
            tallies: Tallies::new((last, new), words),
            named,
            definitions,
            done: 0,
            total: survey.events,
        };
        play.new.activate(new, begins)?;
        if let Some(first) = first {
            play.old.activate(first, begins)?;
        }
        Ok(play)
    }

    /// Plays and compares.
    pub(super) fn run(
        mut self,
        history: &History,
        stretch: &Stretch,
        watch: &mut Watch<'_>,
    ) -> Result<BacktestReport, BacktestError> {
        if self.survey.settled > 0 && !matches!(self.question.answers, Answers::Nobody) {
            self.total *= 2;
            self.read_answers(history, stretch, watch)?;
        }
        self.play(history, stretch, watch)?;
        for (which, alone) in self.pairing.rest() {
            self.tallies.judge(Met::Alone(which, Box::new(alone)), watch);
        }
        (watch.progress)(self.total, self.total);
        Ok(self.report(stretch))
    }

    fn tell(&mut self, events: u64, watch: &mut Watch<'_>) {
        let before = self.done / PACE;
        self.done += events;
        if self.done / PACE != before {
            (watch.progress)(self.done, self.total);
        }
    }

    /// The first pass: the recorded version alone, to learn when each call was made that the log has an answer to.
    fn read_answers(
        &mut self,
        history: &History,
        stretch: &Stretch,
        watch: &mut Watch<'_>,
    ) -> Result<(), BacktestError> {
        let mut side = Side::default();
        if let Some(plan) = &self.survey.plan {
            side.activate(plan, self.span.0)?;
        }
        let mut open: HashMap<CallId, (Kept, Timestamp)> = HashMap::new();
        stretch.records(history, &mut |record| {
            if let Record::Tick { .. } = record {
                return Ok(());
            }
            let mut more = true;
            while more {
                more = side.step(record.at())?;
                open.extend(calls(&mut side));
            }
            match *record {
                Record::Event { .. } => {
                    side.take(record)?;
                    self.tell(1, watch);
                }
                Record::Activated { plan, at } => {
                    side.activate(&Plan::from_json(plan).map_err(ActivateError::from)?, at)?;
                }
                Record::Settled { at, run, index, attempt, outcome } => {
                    // The answer may belong to a call of this very moment.
                    if let Some((call, made)) = open.remove(&(run, index, attempt)) {
                        self.book.keep(&call, at.since(made), owned(outcome))?;
                    }
                    side.take(record)?;
                }
                _ => {}
            }
            open.extend(calls(&mut side));
            Ok::<(), BacktestError>(())
        })
    }

    /// The second pass: both versions side by side, each on a thread of its own, a bounded number of frames ahead of what is
    /// compared here.
    fn play(
        &mut self,
        history: &History,
        stretch: &Stretch,
        watch: &mut Watch<'_>,
    ) -> Result<(), BacktestError> {
        let (mut old, mut new) = (std::mem::take(&mut self.old), std::mem::take(&mut self.new));
        let (book, answers) = (std::mem::take(&mut self.book), &self.question.answers);
        let follows = self.question.against.is_none();
        let outcome = std::thread::scope(|scope| {
            let begin = |side, follows| {
                let (jobs, to_do) = sync_channel(MAX_FRAMES_AHEAD);
                let (done, batches) = sync_channel(MAX_FRAMES_AHEAD);
                let answerer = Answerer { answers, book: &book };
                let worker = Worker { side, answerer, stretch, follows };
                scope.spawn(move || worker.run(&to_do, &done));
                Line { jobs, batches }
            };
            let lines = [begin(&mut old, follows), begin(&mut new, false)];
            let mut ahead = 0;
            stretch.frames(history, &mut |frame, bytes| {
                let job = Arc::new(bytes.to_vec());
                lines.iter().try_for_each(|line| line.give(Job::Frame(frame, job.clone())))?;
                ahead += 1;
                self.look((frame, bytes), stretch)?;
                if ahead >= MAX_FRAMES_AHEAD {
                    ahead -= 1;
                    self.compare(&lines, watch)?;
                }
                Ok::<(), BacktestError>(())
            })?;
            lines.iter().try_for_each(|line| line.give(Job::Finish(self.span.1)))?;
            (0..=ahead).try_for_each(|_| self.compare(&lines, watch))
        });
        (self.old, self.new) = (old, new);
        outcome
    }

    /// What needs neither version's state: which named events an event is, and which versions there are.
    fn look(&mut self, (frame, bytes): (Seq, &[u8]), stretch: &Stretch) -> Result<(), BacktestError> {
        for record in Records::of(bytes) {
            match record.map_err(|error| HistoryError::Record { frame, error })? {
                Record::Event { at, text, .. } if stretch.has(at) => self.named.see(at, text),
                Record::Activated { at, plan } if stretch.has(at) && self.question.against.is_none() => {
                    let plan = Plan::from_json(plan).map_err(ActivateError::from)?;
                    self.tallies.know(&plan);
                    self.named.old_is(&plan, self.new_plan)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Counts and compares what came out of the next job of both.
    fn compare(&mut self, [old, new]: &[Line; 2], watch: &mut Watch<'_>) -> Result<(), BacktestError> {
        let (old, new) = (old.take()?, new.take()?);
        self.tell(old.events, watch);
        for (which, batch) in [(Which::Old, old), (Which::New, new)] {
            for (happening, from) in batch.out {
                self.tallies.count(which, &happening);
                if happening.what == What::Call {
                    note(&mut self.tallies, which, &happening.name, from);
                }
                let tallies = &mut self.tallies;
                self.pairing.take(which, happening, &mut |met| tallies.judge(met, watch));
            }
        }
        Ok(())
    }

    fn report(mut self, stretch: &Stretch) -> BacktestReport {
        let versions = if self.question.against.is_some() { 1 } else { self.survey.versions };
        state::open(&self.old.engine, &self.new.engine, &mut self.tallies);
        let dead = state::dead(&self.old.engine, &self.new.engine, self.tallies.renames());
        let first_difference = self.tallies.firsts().map(|at| at.to_string());
        let events = self.survey.events > 0;
        let mut report = BacktestReport {
            same: false,
            since: events.then(|| self.span.0.to_string()),
            until: events.then(|| self.span.1.to_string()),
            known_from: stretch.known_from.map(|at| at.to_string()),
            events: self.survey.events,
            left_out: LeftOut { refused: self.survey.refused, by_hand: self.survey.by_hand },
            old: state::version(&mut self.old.engine, versions),
            new: state::version(&mut self.new.engine, 1),
            definitions: self.definitions,
            conditions: self.tallies.conditions,
            rules: self.tallies.rules,
            named: self.named.rows(),
            dead,
            not_paired: self.pairing.given_up,
            first_difference,
        };
        report.same = agrees(&report);
        report
    }
}

/// The ways to and from a version's thread.
struct Line {
    jobs: SyncSender<Job>,
    batches: Receiver<Result<Batch, BacktestError>>,
}

impl Line {
    fn give(&self, job: Job) -> Result<(), BacktestError> {
        // A version that has failed takes no more; its last batch says why.
        if self.jobs.send(job).is_err() {
            self.take()?;
        }
        Ok(())
    }

    fn take(&self) -> Result<Batch, BacktestError> {
        self.batches.recv().unwrap_or(Err(BacktestError::Stopped))
    }
}

/// Run, item and attempt.
type CallId = (Identity, u32, u32);

/// The calls that a version has just made, as its engine knows them.
fn calls(side: &mut Side) -> impl Iterator<Item = (CallId, (Kept, Timestamp))> + '_ {
    side.out.drain(..).filter_map(|happening| {
        let call = happening.call.as_ref()?;
        Some(((call.run, happening.index, happening.nth), (Kept::of(&happening), happening.at)))
    })
}

fn note(tallies: &mut Tallies, which: Which, rule: &std::sync::Arc<str>, from: Option<From>) {
    let answers = &mut tallies.rule(rule).answers;
    match (which, from) {
        (Which::Old, None) => answers.unknown_old += 1,
        (Which::Old, Some(_)) => {}
        (Which::New, None) => answers.unknown += 1,
        (Which::New, Some(From::Log)) => answers.recorded += 1,
        (Which::New, Some(From::LogOtherInput)) => {
            answers.recorded += 1;
            answers.other_input += 1;
        }
        (Which::New, Some(From::File)) => answers.from_file += 1,
        (Which::New, Some(From::Stub)) => answers.stub += 1,
    }
}

fn owned(outcome: OutcomeRef<'_>) -> Outcome {
    match outcome {
        OutcomeRef::Done(result) => Outcome::Done { result: result.to_owned() },
        OutcomeRef::Failed(error, cause) => {
            Outcome::Failed { error: error.to_owned(), cause: cause.to_owned() }
        }
    }
}

/// Whether nothing that the versions give out, take or leave open differs. Definitions and sizes may.
fn agrees(report: &BacktestReport) -> bool {
    let conditions =
        report.conditions.iter().all(|c| c.endings.agrees() && c.open.only_old + c.open.only_new == 0);
    let rules = report.rules.iter().all(|r| r.calls.agrees() && r.ends.agrees());
    let named = report.named.iter().all(|n| n.lost + n.gained == 0);
    conditions && rules && named && report.dead.is_empty()
}
