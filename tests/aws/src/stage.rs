//! The AWS host as a stage for scenarios: queues in virtual time around workers that are the library or the real functions.

use std::collections::HashMap;

use fanin_event::{Identity, Span, Timestamp};
use fanin_rule::{Action, Outcome};
use fanin_runtime::{DeadLetter, Notice};
use fanin_simulate::Stage;
use fanin_state_first::{Handled, Message};

use crate::limits::{BATCH, MAX_DRAIN};
use crate::observers::heard;
use crate::queues;
use crate::sweeper::{AHEAD, Sweeper};
use crate::world::{CONDITIONS, Invoked, RULES, Shared};

/// A minute of the sweeper.
const MINUTE: i64 = 60_000;

/// Whoever works on batches.
pub trait Workers {
    /// A batch of the conditions queue; one answer a message.
    fn conditions(&mut self, batch: &[queues::Message]) -> Vec<Handled>;
    /// A batch of the rules queue.
    fn rules(&mut self, batch: &[queues::Message]) -> Vec<Handled>;
    /// The minute has come: timers that are due soon are sent.
    fn timers(&mut self, now: Timestamp);
    /// What there is for the sweeper.
    fn sweeper(&self) -> Sweeper;
    /// The sweeper has found nothing up to this minute.
    fn idle_until(&mut self, minute: i64);
    /// A payload that was put aside.
    fn claim(&self, key: &str) -> Option<String>;
    /// What lies with the dead letters, as JSON values.
    fn dead_letters(&self) -> Vec<DeadLetter>;
    /// The answer to a call that was accepted goes into the rules queue.
    fn answer(&mut self, now: Timestamp, invoked: &Invoked, outcome: &Outcome);
    /// All processes die.
    fn crash(&mut self);
}

/// The stage.
pub struct Host<W> {
    shared: Shared,
    workers: W,
    swept: i64,
    notices: Vec<Notice>,
    /// Calls whose answer is still to come.
    open: HashMap<(Identity, u32), Invoked>,
    /// Messages that ended in a dead-letter queue or had no answer: faults of the host.
    trouble: Vec<String>,
    /// Something died on purpose in this play.
    crashed: bool,
    /// Minutes in which nothing could be found are left out.
    skip_idle_minutes: bool,
}

impl<W: Workers> Host<W> {
    /// A stage at this moment.
    pub fn new(shared: Shared, workers: W, at: Timestamp) -> Host<W> {
        Host {
            shared,
            workers,
            swept: at.0.div_euclid(MINUTE),
            notices: Vec::new(),
            open: HashMap::new(),
            trouble: Vec::new(),
            crashed: false,
            skip_idle_minutes: true,
        }
    }

    /// The minute sweep comes every minute, also where nothing can be found.
    pub fn sweep_every_minute(&mut self) {
        self.skip_idle_minutes = false;
    }

    /// What went wrong with the host itself.
    #[must_use]
    pub fn trouble(&self) -> Vec<String> {
        let world = self.shared.lock();
        let dead = world.queues.iter().flat_map(|(name, queue)| {
            queue.dead().iter().map(move |body| format!("{name}: given up: {body}"))
        });
        self.trouble.iter().cloned().chain(dead).collect()
    }

    /// The workers.
    pub fn workers(&mut self) -> &mut W {
        &mut self.workers
    }

    fn set(&mut self, at: Timestamp) {
        let mut world = self.shared.lock();
        world.now = world.now.max(at);
    }

    /// When the next sweep is worth while.
    fn next_sweep(&self) -> Timestamp {
        let next = self.swept + 1;
        match self.workers.sweeper().next {
            None => Timestamp::NEVER,
            Some(_) if !self.skip_idle_minutes => Timestamp(next * MINUTE),
            Some(minute) => Timestamp(next.max(minute - AHEAD) * MINUTE),
        }
    }

    fn sweep(&mut self, now: Timestamp) {
        let minute = now.0.div_euclid(MINUTE);
        if self.skip_idle_minutes && minute > self.swept + 1 {
            self.workers.idle_until(minute - 1 + AHEAD);
        }
        self.swept = minute;
        self.workers.timers(Timestamp(minute * MINUTE));
    }

    /// Handles everything that is visible now.
    fn drain(&mut self) {
        for _ in 0..MAX_DRAIN {
            let conditions = self.receive(CONDITIONS);
            if !conditions.is_empty() {
                let handled = self.workers.conditions(&conditions);
                self.acknowledge(CONDITIONS, &conditions, &handled);
            }
            let rules = self.receive(RULES);
            if !rules.is_empty() {
                let ours = self.listen(&rules);
                let theirs: Vec<queues::Message> =
                    rules.iter().zip(&ours).filter(|(_, ours)| !**ours).map(|(m, _)| m.clone()).collect();
                if !theirs.is_empty() {
                    let handled = self.workers.rules(&theirs);
                    self.acknowledge(RULES, &theirs, &handled);
                }
            }
            if conditions.is_empty() && rules.is_empty() {
                return;
            }
        }
        self.trouble.push(format!("more than {MAX_DRAIN} batches at one moment"));
    }

    fn receive(&self, queue: &str) -> Vec<queues::Message> {
        let mut world = self.shared.lock();
        let now = world.now;
        world.queue(queue).receive(now, BATCH)
    }

    fn acknowledge(&mut self, queue: &str, batch: &[queues::Message], handled: &[Handled]) {
        if batch.len() != handled.len() {
            self.trouble.push(format!("{queue}: {} messages, {} answers", batch.len(), handled.len()));
        }
        let mut world = self.shared.lock();
        for (message, handled) in batch.iter().zip(handled) {
            let now = world.now;
            match handled {
                Handled::Done => world.queue(queue).delete(message.receipt),
                // Whoever died is noticed at once: a visibility timeout would only move what follows.
                Handled::Again if self.crashed => world.queue(queue).release(message.receipt, now),
                Handled::Again => {}
            }
        }
    }

    /// Takes the messages for our own listeners out; true at their places.
    fn listen(&mut self, batch: &[queues::Message]) -> Vec<bool> {
        let mut ours = Vec::with_capacity(batch.len());
        for message in batch {
            let mut read = Message::from_text(&message.body).ok().flatten();
            if let Some(Message::Claimed { key }) = &read {
                read = self.workers.claim(key).and_then(|body| Message::from_text(&body).ok().flatten());
            }
            let notice = read.as_ref().and_then(heard);
            ours.push(notice.is_some());
            if let Some(notice) = notice {
                self.notices.push(notice);
                self.shared.lock().queue(RULES).delete(message.receipt);
            }
        }
        ours
    }
}

impl<W: Workers> Stage for Host<W> {
    fn submit(&mut self, at: Timestamp, _: Identity, text: &str) -> Result<(), String> {
        self.set(at);
        self.shared.lock().queue(CONDITIONS).send(at, text.to_owned(), Span(0));
        self.drain();
        Ok(())
    }

    fn tick(&mut self, at: Timestamp) {
        // The last tick may be far away: what lies before it comes at its own moment.
        loop {
            let next = self.next_due();
            if next > at {
                break;
            }
            let before = self.shared.lock().now;
            self.set(next);
            let sweep = self.next_sweep();
            if sweep <= next.max(before) {
                self.sweep(next.max(before));
            }
            self.drain();
        }
        self.set(at);
    }

    fn settle(&mut self, at: Timestamp, action: &Action, outcome: &Outcome) {
        self.set(at);
        if let Some(invoked) = self.open.remove(&(action.id.0, action.attempt)) {
            self.workers.answer(at, &invoked, outcome);
        }
        self.drain();
    }

    fn next_due(&self) -> Timestamp {
        self.shared.lock().next_visible().min(self.next_sweep())
    }

    fn outbox(&mut self) -> (Vec<Action>, Vec<Notice>) {
        let invoked = std::mem::take(&mut self.shared.lock().invoked);
        let mut actions = Vec::new();
        for one in invoked {
            let (action, key) = (one.action.clone(), (one.action.id.0, one.action.attempt));
            if !one.answered {
                self.open.insert(key, one);
            }
            actions.push(action);
        }
        (actions, std::mem::take(&mut self.notices))
    }

    fn crash(&mut self) {
        self.crashed = true;
        self.workers.crash();
        // Answers that were on their way: the functions' own platform runs them again.
        let mut world = self.shared.lock();
        world.invoked.extend(self.open.drain().map(|(_, invoked)| invoked));
    }

    fn dead_letters(&self) -> Vec<DeadLetter> {
        self.workers.dead_letters()
    }
}
