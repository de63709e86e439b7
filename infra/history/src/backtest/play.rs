//! Both versions at play, record by record.

use std::collections::HashMap;

use fanin_event::{Identity, Timestamp};
use fanin_plan::Plan;
use fanin_rule::Outcome;
use fanin_runtime::{ActivateError, OutcomeRef, Record};

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
use super::{Answers, BacktestError, Question, Watch};
use crate::history::History;

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
        stretch.records(history, &mut |record| self.record(record, watch))?;
        self.finish(watch)?;
        (watch.progress)(self.total, self.total);
        Ok(self.report(stretch))
    }

    fn tell(&mut self, watch: &mut Watch<'_>) {
        self.done += 1;
        if self.done.is_multiple_of(PACE) {
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
                    self.tell(watch);
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

    fn record(&mut self, record: &Record<'_>, watch: &mut Watch<'_>) -> Result<(), BacktestError> {
        match *record {
            Record::Event { at, text, .. } => {
                self.advance(at, watch)?;
                self.old.take(record)?;
                self.hear(Which::Old, watch);
                self.new.take(record)?;
                self.hear(Which::New, watch);
                self.named.see(at, text);
                self.tell(watch);
            }
            Record::Activated { at, plan } if self.question.against.is_none() => {
                self.advance(at, watch)?;
                let plan = Plan::from_json(plan).map_err(ActivateError::from)?;
                self.old.activate(&plan, at)?;
                self.hear(Which::Old, watch);
                self.tallies.know(&plan);
                self.named.old_is(&plan, self.new_plan)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Lets both versions do what happens by itself before an event at `until`.
    fn advance(&mut self, until: Timestamp, watch: &mut Watch<'_>) -> Result<(), BacktestError> {
        while self.old.step(until)? {
            self.hear(Which::Old, watch);
        }
        while self.new.step(until)? {
            self.hear(Which::New, watch);
        }
        Ok(())
    }

    /// Takes what a version gave out: counts it, answers calls, compares.
    fn hear(&mut self, which: Which, watch: &mut Watch<'_>) {
        let side = if which == Which::Old { &mut self.old } else { &mut self.new };
        if side.out.is_empty() {
            return;
        }
        let answerer = Answerer { answers: &self.question.answers, book: &self.book };
        for happening in std::mem::take(&mut side.out) {
            self.tallies.count(which, &happening);
            if let (What::Call, Some(call)) = (happening.what, &happening.call) {
                let answer = answerer.answer(&happening, &call.rule, &side.functions);
                let from = answer.as_ref().map(|(_, _, from)| *from);
                if let Some((outcome, delay, _)) = answer {
                    side.answer(&happening, happening.at.plus(delay), outcome);
                }
                note(&mut self.tallies, which, &happening.name, from);
            }
            let tallies = &mut self.tallies;
            let mut met = |met: Met| tallies.judge(met, watch.each);
            self.pairing.take(which, happening, &mut met);
        }
    }

    /// Lets time pass to the end, and judges what has found no counterpart.
    fn finish(&mut self, watch: &mut Watch<'_>) -> Result<(), BacktestError> {
        let end = self.span.1;
        loop {
            self.advance(end, watch)?;
            let more = self.old.tick(end)?;
            self.hear(Which::Old, watch);
            let more = self.new.tick(end)? || more;
            self.hear(Which::New, watch);
            if !more {
                break;
            }
        }
        for (which, alone) in self.pairing.rest() {
            self.tallies.judge(Met::Alone(which, Box::new(alone)), watch.each);
        }
        Ok(())
    }

    fn report(mut self, stretch: &Stretch) -> BacktestReport {
        let versions = if self.question.against.is_some() { 1 } else { self.survey.versions };
        state::open(&self.old.engine, &self.new.engine, &mut self.tallies);
        let dead = state::dead(&self.old.engine, &self.new.engine, self.tallies.renames());
        let first_difference = self.tallies.first_difference().map(|at| at.to_string());
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
