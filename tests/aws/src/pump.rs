//! Drives the functions as AWS does: event source mappings with several batches at once, asynchronous invocations with
//! their retries and destinations, the minute schedule. Virtual time goes on when nothing is left to do at this moment.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use fanin_event::{Identity, Span, Timestamp};
use fanin_rule::Target;
use fanin_simulate::random::Random;
use fanin_state_first::Handled;
use tokio::task::JoinSet;

use crate::destinations::{Next, Pending};
use crate::esm;
use crate::lambda::{Failed, Function};
use crate::processes::timer_minutes;
use crate::queues::Message;
use crate::rig::Rig;
use crate::sweeper;
use crate::world::{CONDITIONS, RULES};

/// A minute of the schedule.
const MINUTE: i64 = 60_000;
/// What passes while a batch is worked on.
const STEP: Span = Span(1);

/// How the pump works.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Messages a function gets at once.
    pub batch: usize,
    /// Batches of one function at once.
    pub at_once: usize,
    /// Attempts of an asynchronous invocation.
    pub attempts: u32,
    /// A user's function fails once in so many attempts, 0 never; fixed by `seed`.
    pub fail_one_in: usize,
    /// The seed.
    pub seed: u64,
    /// Virtual time stops here.
    pub until: Timestamp,
}

/// What the users' functions saw.
#[derive(Clone, Debug, Default)]
pub struct Heard {
    /// Calls by the action's id: its rule and payload, and how often it came.
    pub actions: BTreeMap<Identity, (String, String, u64)>,
    /// Batches that failed as a whole: killed, timed out, an error.
    pub failed_batches: u64,
    /// Batches, and messages in them.
    pub batches: (u64, u64),
    /// Minutes swept.
    pub sweeps: u64,
}

enum Ended {
    Batch(&'static str, Vec<Message>, Result<Bytes, Failed>),
    Sweep,
}

/// The pump.
pub struct Pump<'a> {
    rig: &'a Rig,
    pace: Pace,
    random: Random,
    pending: Vec<Pending>,
    busy: BTreeMap<&'static str, usize>,
    running: JoinSet<Ended>,
    swept: i64,
    /// What was heard so far.
    pub heard: Heard,
}

impl<'a> Pump<'a> {
    /// A pump for the functions of a rig.
    #[must_use]
    pub fn new(rig: &'a Rig, pace: Pace) -> Pump<'a> {
        let swept = rig.shared.lock().now.0.div_euclid(MINUTE);
        Pump {
            rig,
            pace,
            random: Random::new(pace.seed),
            pending: Vec::new(),
            busy: BTreeMap::new(),
            running: JoinSet::new(),
            swept,
            heard: Heard::default(),
        }
    }

    /// Works until nothing is left, or the time is over.
    pub async fn run(&mut self) {
        loop {
            self.user_functions();
            self.feed(CONDITIONS, &self.rig.conditions.clone());
            self.feed(RULES, &self.rig.rules.clone());
            if !self.running.is_empty() {
                if let Some(Ok(ended)) = self.running.join_next().await {
                    self.ended(ended);
                }
                continue;
            }
            let Some(next) = self.next().await else { return };
            self.rig.shared.lock().now = next;
            self.sweep(next).await;
        }
    }

    /// Gives a function as many batches as it may have.
    fn feed(&mut self, queue: &'static str, function: &Arc<Function>) {
        while *self.busy.entry(queue).or_default() < self.pace.at_once {
            let batch = {
                let mut world = self.rig.shared.lock();
                let now = world.now;
                world.queue(queue).receive(now, self.pace.batch)
            };
            if batch.is_empty() {
                return;
            }
            *self.busy.entry(queue).or_default() += 1;
            let function = function.clone();
            self.running.spawn(async move {
                let answer = function.invoke(Bytes::from(esm::event(queue, &batch))).await;
                Ended::Batch(queue, batch, answer)
            });
        }
    }

    fn ended(&mut self, ended: Ended) {
        let Ended::Batch(queue, batch, answer) = ended else { return };
        *self.busy.entry(queue).or_default() -= 1;
        self.heard.batches.0 += 1;
        self.heard.batches.1 += u64::try_from(batch.len()).unwrap_or(0);
        let handled = match &answer {
            Ok(response) => esm::handled(&batch, response),
            Err(_) => {
                self.heard.failed_batches += 1;
                batch.iter().map(|_| Handled::Again).collect()
            }
        };
        let mut world = self.rig.shared.lock();
        world.now = world.now.plus(STEP);
        for (message, handled) in batch.iter().zip(handled) {
            if handled == Handled::Done {
                world.queue(queue).delete(message.receipt);
            }
        }
    }

    /// The users' functions: what was invoked is noted, what is asynchronous has its attempt.
    fn user_functions(&mut self) {
        let (now, invoked) = {
            let mut world = self.rig.shared.lock();
            (world.now, std::mem::take(&mut world.invoked))
        };
        for one in invoked {
            let action = one.action;
            let Target::Invoke { function } = &action.target else { continue };
            let entry = self.heard.actions.entry(action.id.0);
            let told = entry.or_insert_with(|| (action.rule.to_string(), action.payload.to_string(), 0));
            told.2 += 1;
            if !one.answered {
                self.pending.push(Pending::new(function, one.request, now));
            }
        }
        let (due, later): (Vec<Pending>, Vec<Pending>) =
            std::mem::take(&mut self.pending).into_iter().partition(|p| p.at <= now);
        self.pending = later;
        for pending in due {
            let fails = self.pace.fail_one_in > 0 && self.random.one_in(self.pace.fail_one_in);
            let answer = if fails {
                Err(Failed { error_type: "Moody".to_owned(), error_message: "not now".to_owned() })
            } else {
                Ok("{\"ok\":true}".to_owned())
            };
            match pending.ended(now, self.pace.attempts, &answer) {
                Next::Again(pending) => self.pending.push(pending),
                Next::Record(body) => {
                    self.rig.shared.lock().queue(RULES).send(now, body, Span(0));
                }
            }
        }
    }

    /// The next moment at which something is to be done.
    async fn next(&self) -> Option<Timestamp> {
        let (now, visible) = {
            let world = self.rig.shared.lock();
            (world.now, world.next_visible())
        };
        let pending = self.pending.iter().map(|p| p.at).min().unwrap_or(Timestamp::NEVER);
        // No timer comes before the next minute: the table need not be looked through.
        let soonest = visible.min(pending).max(now);
        if soonest.0 <= (self.swept + 1) * MINUTE && soonest <= self.pace.until {
            return Some(soonest);
        }
        let minutes = timer_minutes(self.rig).await;
        let timer = sweeper::read(&self.rig.store, &self.rig.workflow, minutes).await.next;
        let timer = timer.map_or(Timestamp::NEVER, |minute| {
            Timestamp((minute - sweeper::AHEAD).max(self.swept + 1) * MINUTE)
        });
        let next = visible.min(pending).min(timer);
        (next != Timestamp::NEVER && next <= self.pace.until).then_some(next.max(now))
    }

    /// The minute sweep, if its minute has come.
    async fn sweep(&mut self, now: Timestamp) {
        let minute = now.0.div_euclid(MINUTE);
        if minute <= self.swept {
            return;
        }
        if minute > self.swept + 1 {
            sweeper::pass_by(&self.rig.store, &self.rig.workflow, minute - 1 + sweeper::AHEAD).await;
        }
        self.swept = minute;
        self.heard.sweeps += 1;
        let function = self.rig.timers.clone();
        self.running.spawn(async move {
            // A sweep that fails is made again a minute later.
            let _ = function.invoke(Bytes::from(esm::every_minute(Timestamp(minute * MINUTE)))).await;
            Ended::Sweep
        });
    }
}
