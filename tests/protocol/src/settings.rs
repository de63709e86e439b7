//! What a seed decides before anything runs: how many work, and how often what goes wrong.

use crate::chance::Chance;

/// How often each thing goes wrong, of a thousand times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// A worker dies, at each step.
    pub crash: u32,
    /// The store or the queue asks to come again.
    pub throttle: u32,
    /// It is done, and the reply is lost.
    pub lost_reply: u32,
    /// It is not done, and the caller does not learn that.
    pub never: u32,
    /// The caller hears nothing; it is done much later, after others have written.
    pub later: u32,
    /// It is done now and once more, much later.
    pub repeated: u32,
    /// The first reply is lost on the way and the client itself does it again: the caller has the second reply.
    pub retried: u32,
    /// A stale read gives an older image.
    pub stale: u32,
    /// A message is delivered although somebody has it.
    pub double: u32,
    /// A message that was deleted comes again.
    pub lost_delete: u32,
    /// A worker stops for longer than its messages stay hidden.
    pub slow: u32,
    /// A producer sends an event once more.
    pub copies: u32,
    /// At most so many of the above (copies and slowness aside) in one run.
    pub budget: u32,
}

/// A world that does not keep its word: what the simulation of the host must notice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sabotage {
    /// It keeps its word.
    #[default]
    None,
    /// Writes happen whatever their condition says.
    Unconditional,
    /// Fresh reads are as old as stale ones.
    OldReads,
    /// Some sends are acknowledged and lost.
    LostSends,
    /// Outboxes are not stored.
    NoOutbox,
    /// The log-first host answers a producer before his event is durable.
    EarlyAnswers,
    /// The log-first host makes calls before their cause is durable.
    EarlyCalls,
    /// The log-first host forgets, when it starts, the calls that were not settled.
    ForgottenCalls,
}

/// Everything about a run but what happens in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Decides the events.
    pub workload: u64,
    /// Decides the order of everything.
    pub schedule: u64,
    /// Of a hundred events so many are kept.
    pub keep: u32,
    /// Workers at once.
    pub workers: u32,
    /// Messages in a batch.
    pub batch: u32,
    /// How long a delivered message stays hidden, in milliseconds.
    pub visibility: i64,
    /// Deliveries before a message is set aside.
    pub max_receive: u32,
    /// How long after everything else has come to rest what was set aside is sent again, in milliseconds.
    pub redrive_after: i64,
    /// A worker's clock differs by at most so much, in milliseconds.
    pub skew: i64,
    /// The moments that a queue notes are later than the real ones by at most so much, in milliseconds.
    pub queue_ahead: i64,
    /// What goes wrong.
    pub faults: Faults,
    /// What must not go wrong, and does.
    pub sabotage: Sabotage,
}

impl Settings {
    /// What `seed` decides. Each kind of fault is off in every second run, so that they are seen apart and together.
    #[must_use]
    pub fn of(seed: u64) -> Settings {
        let mut chance = Chance::part(seed, 0);
        let mut some = |most: u32| -> u32 {
            let often = u32::try_from(chance.between(1, u64::from(most))).unwrap_or(1);
            if chance.one_in(2) { 0 } else { often }
        };
        let faults = Faults {
            crash: some(30),
            throttle: some(60),
            lost_reply: some(60),
            never: some(40),
            later: some(60),
            repeated: some(60),
            retried: some(60),
            stale: some(500),
            double: some(200),
            lost_delete: some(150),
            slow: some(60),
            copies: some(400),
            budget: 10 + some(60),
        };
        let mut chance = Chance::part(seed, 1);
        Settings {
            workload: seed,
            schedule: seed,
            keep: 100,
            workers: u32::try_from(chance.between(1, 6)).unwrap_or(1),
            batch: u32::try_from(chance.between(1, 8)).unwrap_or(1),
            visibility: chance.millis(60, 400),
            max_receive: u32::try_from(chance.between(3, 12)).unwrap_or(3),
            redrive_after: if chance.one_in(2) { 0 } else { 3 * 3_600_000 },
            skew: if chance.one_in(2) { 0 } else { chance.millis(1, 600) },
            queue_ahead: 0,
            faults,
            sabotage: Sabotage::None,
        }
    }

    /// No fault, one worker, one message at a time.
    #[must_use]
    pub fn calm(seed: u64) -> Settings {
        let faults = Faults::default();
        Settings { workers: 1, batch: 1, skew: 0, faults, ..Settings::of(seed) }
    }

    /// Nothing goes wrong.
    #[must_use]
    pub fn is_calm(&self) -> bool {
        self.faults == Faults::default() && self.skew == 0 && self.sabotage == Sabotage::None
    }
}
