//! Drives a run on a log to its rest: one thing happens at a time, and chance says which.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use fanin_rule::{Action, Target};
use fanin_runtime::{Origin, OutcomeRef, Record};

use super::ground::{Ground, Store};
use super::process::{NoStart, Out, Process};
use super::producers::Producers;
use crate::chance::Chance;
use crate::limits::{MAX_DOWN, MAX_STEPS};
use crate::real::{Seen, Work, answer_of};
use crate::settings::{Sabotage, Settings};
use crate::trace::brief;
use crate::verdict::Verdict;

/// What can happen next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Take,
    Settle,
    Tick,
    Ship,
    Write,
    Leave,
    Sweep,
}

/// An answer on its way.
struct Answer {
    at: i64,
    action: Box<Action>,
    outcome: Result<String, String>,
}

/// A run.
pub(super) struct Run<'a> {
    settings: &'a Settings,
    work: Work,
    ground: Ground,
    process: Option<Process>,
    producers: Producers,
    answers: Vec<Answer>,
    calls: Vec<Seen>,
    /// In which life an attempt of a call was made last.
    made: BTreeMap<(String, u32), u32>,
    /// The plan's wire form.
    wire: String,
    now: i64,
    /// The process is down until then.
    down: i64,
    life: u32,
    budget: u32,
    chance: Chance,
    problems: Vec<String>,
    trace: Option<Vec<String>>,
}

impl<'a> Run<'a> {
    /// Before anything has happened.
    pub(super) fn new(store: Store, settings: &'a Settings, mut work: Work, traced: bool) -> Run<'a> {
        let (wire, problems) = match work.plan.to_json() {
            Ok(wire) => (wire, vec![]),
            Err(error) => (String::new(), vec![error.to_string()]),
        };
        let arrivals = std::mem::take(&mut work.arrivals);
        let largest = arrivals.iter().map(|arrival| arrival.2.len()).max().unwrap_or(0);
        let mut run = Run {
            settings,
            ground: Ground::new(store, settings.schedule, largest),
            process: None,
            producers: Producers::new(arrivals),
            answers: Vec::new(),
            calls: Vec::new(),
            made: BTreeMap::new(),
            now: work.start,
            down: work.start,
            life: 0,
            budget: settings.faults.budget,
            chance: Chance::part(settings.schedule, 32),
            wire,
            problems,
            trace: traced.then(Vec::new),
            work,
        };
        let text = run.work.text.clone();
        run.note(|| text);
        run
    }

    /// Runs, and says what is wrong.
    pub(super) fn judge(mut self) -> Verdict {
        let mut rests = false;
        for _ in 0..MAX_STEPS {
            if !self.step() {
                rests = true;
                break;
            }
        }
        if !rests {
            self.problems.push("it does not come to rest".to_owned());
        }
        if self.problems.is_empty() {
            let judged = self.work.history.judge(&self.work.shape, &self.calls, self.settings);
            self.problems.extend(judged.problems);
            self.at_rest(&judged.letters);
        }
        Verdict { problems: self.problems, trace: self.trace.unwrap_or_default() }
    }

    fn note(&mut self, text: impl FnOnce() -> String) {
        let (now, life) = (self.now, self.life);
        if let Some(trace) = &mut self.trace {
            trace.push(format!("{now:>8} life {life:<2} {}", text()));
        }
    }

    /// Does this go wrong now?
    fn strikes(&mut self, often: u32) -> bool {
        let hit = self.budget > 0 && self.chance.per_mille(often);
        self.budget -= u32::from(hit);
        hit
    }

    /// One thing happens; false: nothing can.
    fn step(&mut self) -> bool {
        if !self.problems.is_empty() {
            return false;
        }
        if self.process.is_none() {
            self.now = self.now.max(self.down);
            self.start();
            return true;
        }
        let possible = self.possible();
        let Some(next) = self.chance.pick(&possible).copied() else {
            return self.wait();
        };
        self.happen(next);
        self.now += self.chance.millis(0, 2);
        let often = self.settings.faults.crash;
        if self.process.is_some() && self.strikes(often) {
            self.die("");
        }
        true
    }

    fn possible(&mut self) -> Vec<Next> {
        let Some(process) = &self.process else { return vec![] };
        let due = |at: Option<i64>| at.is_some_and(|at| at <= self.now);
        let answer = self.answers.iter().map(|answer| answer.at).min();
        let list = [
            (due(self.producers.next()), Next::Take),
            (due(answer), Next::Settle),
            (process.is_due(self.now), Next::Tick),
            (process.has_frame(), Next::Ship),
            (process.has_flight(), Next::Write),
            (process.has_out(), Next::Leave),
            (process.is_sweeping(), Next::Sweep),
        ];
        list.into_iter().filter(|(possible, _)| *possible).map(|(_, next)| next).collect()
    }

    /// Time goes on to the next thing; false: there is none.
    fn wait(&mut self) -> bool {
        let Some(process) = &self.process else { return true };
        let due = process.engine.next_due().0;
        let due = (due < i64::MAX / 2).then(|| due.saturating_sub(process.skew));
        let answer = self.answers.iter().map(|answer| answer.at).min();
        let next = [due, self.producers.next(), answer].into_iter().flatten().min();
        if let Some(next) = next {
            self.now = self.now.max(next);
        }
        next.is_some()
    }

    fn start(&mut self) {
        self.life += 1;
        let crash = self.settings.faults.crash;
        let troubled = self.budget > 0 && crash > 0 && !self.chance.one_in(3);
        self.budget -= u32::from(troubled);
        let before = self.ground.struck();
        let skew = self.chance.millis(0, self.settings.skew);
        let opened = self.ground.open(troubled).map_err(NoStart::Store);
        let started = opened.and_then(|ports| Process::start(ports, skew, self.settings.sabotage));
        match started {
            Ok(mut process) => {
                let activated = process.activate(&self.work.plan, &self.wire, self.now);
                self.problems.extend(activated.err());
                self.process = Some(process);
                self.note(|| format!("starts, {skew} ms ahead"));
            }
            Err(NoStart::Store(error)) if self.ground.struck() > before => {
                self.note(|| format!("cannot start: {error}"));
                self.ground.die();
                self.down = self.now + self.chance.millis(1, MAX_DOWN);
            }
            Err(error) => self.problems.push(format!("it does not start again: {error}")),
        }
    }

    fn die(&mut self, why: &str) {
        self.process = None;
        let how = self.ground.die();
        self.answers.clear();
        self.producers.cut_off(self.now, &mut self.chance);
        self.down = self.now + self.chance.millis(1, MAX_DOWN);
        self.note(|| format!("{how} {why}"));
    }

    fn happen(&mut self, next: Next) {
        match next {
            Next::Take => self.take(),
            Next::Settle => self.settle(),
            Next::Leave => self.leave(),
            _ => self.work_on(next),
        }
    }

    /// What the process does by itself.
    fn work_on(&mut self, next: Next) {
        let (most, begin) = (1 + self.chance.place(3), self.chance.one_in(12));
        let now = self.now;
        let Some(process) = &mut self.process else { return };
        let mut said = format!("{next:?}");
        let mut trouble = None;
        match next {
            Next::Tick => {
                let at = process.stamp(now);
                self.problems.extend(process.turn(&Record::Tick { at }).err());
            }
            Next::Ship => process.ship(),
            Next::Write => trouble = process.write(most).err(),
            _ => said = process.sweep_on(most).to_owned(),
        }
        if begin && !process.is_sweeping() && trouble.is_none() {
            process.begin_snapshot();
            said.push_str(", begins a snapshot");
        }
        self.note(|| said);
        if let Some(error) = trouble {
            self.die(&format!("of {error}"));
        }
    }

    /// Takes some events in.
    fn take(&mut self) {
        for _ in 0..=self.chance.below(u64::from(self.settings.batch)) {
            let Some((delivery, body)) = self.producers.send(self.now, &mut self.chance) else { return };
            let Some(process) = &mut self.process else { return };
            let at = process.stamp(self.now);
            let record = Record::Event { at, identity: None, origin: Origin::Internal, text: &body };
            self.problems.extend(process.turn(&record).err());
            process.promise(delivery);
            self.note(|| format!("takes {}", brief(&body)));
        }
    }

    fn settle(&mut self) {
        let now = self.now;
        let Some(place) = self.answers.iter().position(|answer| answer.at <= now) else { return };
        let Answer { action, outcome, .. } = self.answers.swap_remove(place);
        let Some(process) = &mut self.process else { return };
        let at = process.stamp(now);
        let (run, index, attempt) = (action.run, action.index, action.attempt);
        let outcome = match &outcome {
            Ok(result) => OutcomeRef::Done(result),
            Err(error) => OutcomeRef::Failed(error, "it said so"),
        };
        let settled = process.turn(&Record::Settled { at, run, index, attempt, outcome });
        self.problems.extend(settled.err());
        self.note(|| format!("hears of {} attempt {attempt}: {outcome:?}", action.id));
    }

    /// One answer or call leaves.
    fn leave(&mut self) {
        let out = self.process.as_mut().and_then(Process::leave);
        match out {
            Some(Out::Ack(delivery)) => {
                let often = self.settings.faults.lost_reply;
                let heard = !self.strikes(often);
                let again = self.now + self.chance.millis(0, MAX_DOWN);
                self.producers.answered(delivery, heard, again);
                self.note(|| format!("answers delivery {delivery}, heard: {heard}"));
            }
            Some(Out::Call(action)) => self.call(action),
            None => {}
        }
    }

    fn call(&mut self, action: Box<Action>) {
        let seen = Seen::of(&action, self.now);
        let life = self.life;
        if self.made.insert((seen.id.clone(), seen.attempt), life) == Some(life) {
            self.problems.push(format!("attempt {} of {} is made twice in one life", seen.attempt, seen.id));
        }
        let outcome = match action.target {
            Target::Send(_) => Ok("null".to_owned()),
            Target::Invoke { .. } => answer_of(self.settings.workload, &seen.id, seen.attempt),
        };
        self.note(|| {
            format!("calls {} {} attempt {}: {}", seen.rule, seen.id, seen.attempt, brief(&seen.payload))
        });
        self.calls.push(seen);
        let at = self.now + self.chance.millis(0, 300);
        if self.chance.one_in(6) {
            let (action, outcome) = (action.clone(), outcome.clone());
            self.answers.push(Answer { at: at + 200, action, outcome });
        }
        self.answers.push(Answer { at, action, outcome });
    }

    /// Nothing is left to do: what is still there is there rightly, and a last recovery finds it again.
    fn at_rest(&mut self, right: &RangeInclusive<usize>) {
        let Some(process) = self.process.take() else { return };
        if !self.producers.are_done() {
            self.problems.push("some event was never acknowledged".to_owned());
        }
        let engine = &process.engine;
        let closed = engine.instances().filter(|view| !view.instance.is_open()).count();
        if closed > 0 || engine.active_runs() > 0 {
            let runs = engine.active_runs();
            self.problems.push(format!("{closed} instances are never cleaned up, {runs} runs never end"));
        }
        let letters = engine.dead_letters().len();
        if !right.contains(&letters) {
            self.problems.push(format!("{letters} dead letters, {right:?} are right"));
        }
        let before = process.picture();
        drop(process);
        self.ground.die();
        let again = self.ground.open(false).map_err(NoStart::Store);
        let again = again.and_then(|ports| Process::start(ports, 0, Sabotage::None));
        match again.map(|process| process.picture()) {
            Ok(after) if after == before => {}
            Ok(after) => self.problems.push(format!("a last recovery finds {after}, it was {before}")),
            Err(error) => self.problems.push(format!("a last recovery fails: {error}")),
        }
    }
}

#[cfg(test)]
mod tests;
