//! One step of one run, pure: from what the cell holds and what happened to what the cell is to hold, what has to leave,
//! and which calls this worker may make once that is committed.

use std::sync::Arc;

use fanin_event::{Identity, Timestamp};
use fanin_rule::{Action, Cause, CompiledRule, DeadLetter, Emitted, Run, RunEffect, Settlement};
use fanin_runtime::LetterKind;

use super::cell::{Call, Lease, OpenRun, OverRun, RunCell};
use super::input::{Input, What};
use crate::dead::DeadRecord;
use crate::message::{DerivedMessage, Message, StartMessage};
use crate::outbox::Entry;
use crate::ports::Lane;

/// A rule and the version of the plan it is from.
#[derive(Clone, Debug)]
pub(super) struct Ruled {
    /// The rule.
    pub(super) rule: Arc<CompiledRule>,
    /// The plan's version.
    pub(super) plan: String,
}

/// Who takes the step.
#[derive(Clone, Debug)]
pub(super) struct Worker {
    /// The messages it was given, and how often each was delivered. The first owns the calls it makes.
    pub(super) owners: Vec<(Arc<str>, u32)>,
    /// The latest moment of the batch.
    pub(super) now: Timestamp,
    /// When its lease ends.
    pub(super) until: Timestamp,
    /// It does not know whether a commit of its own happened: a lease of this owner and attempt is its own.
    pub(super) unknown: bool,
}

impl Worker {
    /// The message that owns the calls it makes.
    pub(super) fn owner(&self) -> (Arc<str>, u32) {
        self.owners.first().cloned().unwrap_or_else(|| ("".into(), 0))
    }
}

/// The rules a step may need.
#[derive(Clone, Debug, Default)]
pub(super) struct Rules {
    /// That of the run in progress.
    pub(super) running: Option<Ruled>,
    /// That under which a run would start now.
    pub(super) newest: Option<Ruled>,
}

impl Rules {
    /// The rule of a run. One that the step itself has started is under the newest.
    pub(super) fn of(&self, run: &Run) -> Option<&CompiledRule> {
        let (name, version) = run.rule();
        let fits = |ruled: &&Ruled| *name == ruled.rule.rule().name && version == ruled.rule.rule().version;
        self.running.iter().chain(&self.newest).find(fits).map(|ruled| &*ruled.rule)
    }
}

/// What a step comes to.
#[derive(Debug)]
pub(super) struct Step {
    /// What the cell is to hold.
    pub(super) cell: Option<RunCell>,
    /// Whether that is anything new.
    pub(super) changed: bool,
    /// What has to leave once it is committed.
    pub(super) entries: Vec<Entry>,
    /// What this worker calls once it is committed.
    pub(super) calls: Vec<Action>,
    /// Dead letters that are no part of the run.
    pub(super) letters: Vec<DeadRecord>,
    /// Runs that began.
    pub(super) started: usize,
    /// An input changed nothing: it is a repetition, or what was done for it was done by a worker that died.
    repeated: bool,
    /// Calls that this message may answer for may be on their way: it has to come again.
    pub(super) wait: bool,
}

impl Step {
    /// Takes `inputs` into `cell`.
    pub(super) fn take(cell: Option<RunCell>, inputs: &[Input], rules: &Rules, worker: &Worker) -> Step {
        let mut step = Step {
            cell,
            changed: false,
            entries: Vec::new(),
            calls: Vec::new(),
            letters: Vec::new(),
            started: 0,
            repeated: false,
            wait: false,
        };
        for input in inputs {
            let before = std::mem::take(&mut step.changed);
            step.input(input, rules, worker);
            let brought = !matches!(input.what, What::Accepted(_) | What::Release);
            step.repeated |= brought && !step.changed;
            step.changed |= before;
        }
        let released = inputs.iter().any(|input| matches!(input.what, What::Release));
        step.leases(rules, worker, released);
        step.wake();
        step
    }

    fn input(&mut self, input: &Input, rules: &Rules, worker: &Worker) {
        match &input.what {
            What::Start(start) => self.start(start, input, rules),
            What::Answer(call, outcome) => {
                let held = |open: &OpenRun| open.holds(*call);
                self.advance(rules, held, |open, rule, effects| {
                    open.take(*call);
                    let (index, attempt) = *call;
                    let settlement = Settlement { index, attempt, outcome: outcome.clone() };
                    open.run.settle(rule, settlement, input.at, effects);
                });
            }
            What::Accepted(call) => {
                if let Some(RunCell::Open(open)) = &mut self.cell
                    && open.leased(*call)
                {
                    open.take(*call);
                    open.accepted.insert(*call);
                    self.changed = true;
                }
            }
            What::Wake(due) => {
                let now = input.at.max(*due);
                let asleep = |open: &OpenRun| open.run.next_due() <= now;
                if let Some(RunCell::Open(open)) = &mut self.cell
                    && open.asked <= *due
                    && open.run.next_due() > *due
                {
                    // What was asked for has come, and what is next is later: it has to be asked for.
                    open.asked = Timestamp::NEVER;
                    self.changed = true;
                }
                self.advance(rules, asleep, |open, rule, effects| {
                    open.asked = Timestamp::NEVER;
                    open.run.due(rule, now, effects);
                });
            }
            What::Release => self.release(input.at, worker),
        }
    }

    fn start(&mut self, start: &StartMessage, input: &Input, rules: &Rules) {
        let known = match &self.cell {
            None => None,
            Some(RunCell::Open(open)) => {
                let mine = open.again.as_deref() == Some(&*input.message);
                if start.again && !mine {
                    self.letters.push(busy(start, input));
                }
                return;
            }
            Some(RunCell::Over(over)) => Some(over),
        };
        if let Some(over) = known
            && (!start.again || over.again.as_deref() == Some(&*input.message))
        {
            return;
        }
        let Some(ruled) = &rules.newest else {
            self.letters.push(unruled(start, input));
            return;
        };
        let cause = start.cause(&ruled.rule.rule().captures);
        let (run, effects) = Run::start(&ruled.rule, cause, input.at);
        let again = start.again.then(|| input.message.to_string());
        let open = OpenRun {
            plan: ruled.plan.clone(),
            run,
            asked: Timestamp::NEVER,
            leases: Vec::new(),
            accepted: std::collections::BTreeSet::new(),
            again,
        };
        self.cell = Some(RunCell::Open(Box::new(open)));
        self.started += 1;
        self.follow(&ruled.rule, effects);
    }

    /// Takes the run in progress one step further, where `wants` says that there is something to do.
    fn advance(
        &mut self,
        rules: &Rules,
        wants: impl FnOnce(&OpenRun) -> bool,
        go: impl FnOnce(&mut OpenRun, &CompiledRule, &mut Vec<RunEffect>),
    ) {
        let Some(RunCell::Open(open)) = &mut self.cell else { return };
        let Some(rule) = rules.of(&open.run).filter(|_| wants(open)) else { return };
        let mut effects = Vec::new();
        go(open, rule, &mut effects);
        self.follow(rule, effects);
    }

    /// Turns what follows from a step of the run into entries and calls.
    fn follow(&mut self, rule: &CompiledRule, effects: Vec<RunEffect>) {
        self.changed = true;
        let Some(RunCell::Open(open)) = &mut self.cell else { return };
        let cause = open.run.cause().clone();
        let again = open.again.clone();
        let over = open.run.is_over();
        let mut ended = None;
        for effect in effects {
            match effect {
                RunEffect::Dispatch(action) => self.calls.push(action),
                RunEffect::Emit(emitted) => {
                    ended = Some((emitted.at, emitted.name.clone()));
                    emit(rule, &cause, emitted, &mut self.entries);
                }
                RunEffect::DeadLetter(letter) => {
                    self.entries.push(Entry::Dead(Box::new(given_up(rule, letter, &cause))))
                }
            }
        }
        if let Some((ended, completion)) = ended.filter(|_| over) {
            self.cell = Some(RunCell::Over(OverRun { ended, completion, again }));
        }
    }

    /// Settles who makes which call: what is new is this worker's, and what nobody has any more.
    fn leases(&mut self, rules: &Rules, worker: &Worker, released: bool) {
        let Some(RunCell::Open(open)) = &mut self.cell else {
            self.calls.clear();
            return;
        };
        let mut mine: Vec<Call> = self.calls.iter().map(|action| (action.index, action.attempt)).collect();
        let repeated = self.repeated;
        if released {
            // This worker takes nothing more. What another delivery of its message took meanwhile is for the next one.
            let theirs = |lease: &Lease| !matches!(claim(lease, worker, repeated), Claim::Leave);
            self.wait |= open.leases.iter().any(|lease| lease.until.0 != 0 && theirs(lease));
        } else {
            let mut taken = Vec::new();
            open.leases.retain_mut(|lease| match claim(lease, worker, repeated) {
                Claim::Take => {
                    taken.append(&mut lease.calls);
                    false
                }
                Claim::Leave => true,
                Claim::Wait => {
                    self.wait = true;
                    true
                }
            });
            if !taken.is_empty() {
                self.changed = true;
                let pending = rules.of(&open.run).map(|rule| open.run.pending(rule)).unwrap_or_default();
                let again =
                    pending.into_iter().filter(|action| taken.contains(&(action.index, action.attempt)));
                self.calls.extend(again);
                mine.append(&mut taken);
            }
        }
        if mine.is_empty() {
            return;
        }
        let until = if released { Timestamp(0) } else { worker.until };
        let (owner, attempt) = worker.owner();
        open.leases.push(Lease { owner: owner.to_string(), attempt, until, calls: mine });
        if released {
            self.calls.clear();
        }
    }

    /// Gives the calls back that this worker has not made, and asks for somebody to go on with them.
    fn release(&mut self, at: Timestamp, worker: &Worker) {
        let Some(RunCell::Open(open)) = &mut self.cell else { return };
        let (owner, attempt) = worker.owner();
        let mine =
            |lease: &&mut Lease| lease.owner == *owner && lease.attempt == attempt && lease.until.0 != 0;
        let mut any = !self.calls.is_empty();
        for lease in open.leases.iter_mut().filter(mine) {
            lease.until = Timestamp(0);
            any = true;
        }
        if any {
            self.changed = true;
            self.entries.push(wake_up(&open.run, at, None));
        }
    }

    /// Asks to be woken for the next retry, unless that was asked for already.
    fn wake(&mut self) {
        let Some(RunCell::Open(open)) = &mut self.cell else { return };
        let due = open.run.next_due();
        if due < open.asked {
            open.asked = due;
            self.changed = true;
            self.entries.push(wake_up(&open.run, due, Some(due)));
        }
    }
}

enum Claim {
    Take,
    Leave,
    Wait,
}

/// Whether a worker may make the calls of a lease.
///
/// The queue delivers a message again only after the worker that had it before must have ended. So whoever gets the owner's
/// message once more goes on where that one stopped. The owner's message may also have been set aside and sent again by
/// a person, with another id: it is then a repetition that finds a lease. So a repetition is not acknowledged while
/// somebody else's lease lasts, and one that comes again finds that its owner has ended.
fn claim(lease: &Lease, worker: &Worker, repeated: bool) -> Claim {
    if worker.now >= lease.until {
        return Claim::Take;
    }
    match worker.owners.iter().find(|(message, _)| **message == *lease.owner) {
        Some((_, attempt)) if lease.attempt < *attempt => Claim::Take,
        Some((_, attempt)) if worker.unknown && lease.attempt == *attempt => Claim::Take,
        Some(_) => Claim::Wait,
        None if !repeated => Claim::Leave,
        None if worker.owners.iter().any(|(_, attempt)| *attempt > 1) => Claim::Take,
        None => Claim::Wait,
    }
}

/// A message that wakes the run; without a moment to wait for at once.
fn wake_up(run: &Run, due: Timestamp, wait: Option<Timestamp>) -> Entry {
    let message = Message::WakeRun { rule: run.rule().0.clone(), run: run.identity(), due };
    Entry::Send { lane: Lane::Rules, message, due: wait }
}

fn emit(rule: &CompiledRule, cause: &Cause, emitted: Emitted, entries: &mut Vec<Entry>) {
    if let Some(claim) = emitted.claim {
        entries.push(Entry::Claim { key: claim.key, body: claim.body });
    }
    let names = rule.rule().captures.iter().cloned();
    let mut chain = Vec::new();
    if cause.hops > 0 {
        chain.push(cause.name.clone());
    }
    chain.push(emitted.name.clone());
    entries.push(Entry::Derived(DerivedMessage {
        identity: emitted.identity,
        name: emitted.name,
        captures: names.zip(emitted.captures).collect(),
        at: emitted.at,
        hops: emitted.hops,
        envelope: emitted.envelope,
        chain,
    }));
}

/// Somebody tries a dead letter again while its run is not over yet.
fn busy(start: &StartMessage, input: &Input) -> DeadRecord {
    let reason = "its run is not over yet: try again when it is";
    letter_of(start, input.at, "run-not-over", reason.to_owned())
}

/// No plan in use has the rule that was to start.
fn unruled(start: &StartMessage, input: &Input) -> DeadRecord {
    let reason =
        format!("no plan in use has a rule `{}`: deploy a workflow with it, then try again", start.rule);
    letter_of(start, input.at, "no-such-rule", reason)
}

/// The dead letter of a start.
fn letter_of(start: &StartMessage, at: Timestamp, code: &str, reason: String) -> DeadRecord {
    let (names, values): (Vec<_>, Vec<_>) = start.captures.iter().cloned().unzip();
    let what = LetterKind::Action {
        id: Identity::of(&["start", &start.rule, &start.cause.to_uuid()]),
        rule: start.rule.to_string(),
        attempts: 0,
        cause: start.cause,
        cause_name: start.name.to_string(),
        captures: values.iter().map(ToString::to_string).collect(),
        envelope: start.envelope.clone(),
    };
    let mut record = DeadRecord::new(at, (code, reason), start.envelope.clone(), what);
    record.names = names;
    record
}

/// The dead letter of a call that no retrier and no catcher saved.
fn given_up(rule: &CompiledRule, letter: DeadLetter, cause: &Cause) -> DeadRecord {
    let what = LetterKind::Action {
        id: letter.action.0,
        rule: letter.rule.to_string(),
        attempts: letter.attempts,
        cause: cause.identity,
        cause_name: cause.name.to_string(),
        captures: cause.captures.iter().map(ToString::to_string).collect(),
        envelope: cause.envelope.to_string(),
    };
    let payload = letter.payload.to_string();
    let mut record = DeadRecord::new(letter.at, (&letter.error, letter.cause), payload, what);
    record.names = rule.rule().captures.clone();
    record
}
