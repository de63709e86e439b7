//! All small protocols, good and broken.

use fanin_store::state::Read;

use super::cells::{Clear, Turn};
use super::items::Adding;
use super::job::{Goal, Job};
use super::machine::{Ids, Machine, Pages};
use super::slots::Deadline;
use super::{Protocol, Way};

/// G with a lazy clear: what the host does.
fn lazy(job: &Job) -> Turn {
    let machine = Machine {
        goal: job.goal,
        n: job.n,
        within: job.within,
        ids: Ids::Always,
        pages: Pages::None,
        believes_wakes: false,
    };
    Turn { machine, clear: Clear::Lazily, believes_stale: false, timers_outside: false }
}

fn clearing(job: &Job, clear: Clear) -> Turn {
    Turn { clear, ..lazy(job) }
}

fn with_ids(job: &Job, ids: Ids) -> Turn {
    Turn { machine: Machine { ids, ..lazy(job).machine }, ..lazy(job) }
}

fn with_pages(job: &Job, pages: Pages) -> Turn {
    Turn { machine: Machine { pages, ..lazy(job).machine }, ..lazy(job) }
}

const fn good(name: &'static str, goal: Goal, way: Way) -> Protocol {
    Protocol { name, good: true, goal, way }
}

const fn broken(name: &'static str, goal: Goal, way: Way) -> Protocol {
    Protocol { name, good: false, goal, way }
}

/// All of them.
pub const PROTOCOLS: &[Protocol] = &[
    good(
        "G: outbox in the cell, cleared at once",
        Goal::Every,
        Way::Cells(|job| clearing(job, Clear::AtOnce)),
    ),
    good("G lazy: cleared by whoever loads it next", Goal::Every, Way::Cells(lazy)),
    good("G lazy, once", Goal::Once, Way::Cells(lazy)),
    good(
        "H: outbox in the cell, published from the store's stream of images",
        Goal::Every,
        Way::Cells(|job| clearing(job, Clear::Streamed)),
    ),
    good("M: slots", Goal::Slots, Way::Slots(Deadline::None)),
    good("M with deadline: closed check", Goal::Deadline, Way::Slots(Deadline::Closed)),
    good("T: the timer is an outbox entry, the wake-up is checked", Goal::Deadline, Way::Cells(lazy)),
    good("J: pages and root", Goal::Exact, Way::Cells(|job| with_pages(job, Pages::ById))),
    good("L: ids with a floor in the cell", Goal::Bounded, Way::Cells(|job| with_ids(job, Ids::Floor))),
    good(
        "K: shards, fresh reads, repetitions look too",
        Goal::Exact,
        Way::Items(Adding::Shards { read: Read::Fresh, repetitions: true }),
    ),
    broken("A: ADD", Goal::Exact, Way::Items(Adding::Blindly)),
    broken("B: id put first, then ADD", Goal::Exact, Way::Items(Adding::IdFirst)),
    broken("D: transaction, then a look", Goal::Once, Way::Items(Adding::Together)),
    broken("E: ids cleared by a firing", Goal::Every, Way::Cells(|job| with_ids(job, Ids::UntilFired))),
    broken("F: no outbox", Goal::Every, Way::Cells(|job| clearing(job, Clear::NoOutbox))),
    broken(
        "G: the next commit drops the outbox unpublished",
        Goal::Every,
        Way::Cells(|job| clearing(job, Clear::Unpublished)),
    ),
    broken(
        "H: the stream has the keys only",
        Goal::Every,
        Way::Cells(|job| clearing(job, Clear::StreamedKeys)),
    ),
    broken("N: set of ids, fire when large enough", Goal::Once, Way::Items(Adding::Set)),
    broken("J: pages without a flush", Goal::Exact, Way::Cells(|job| with_pages(job, Pages::NoFlush))),
    broken(
        "J: the page by when this copy was sent",
        Goal::Exact,
        Way::Cells(|job| with_pages(job, Pages::BySent)),
    ),
    broken(
        "K: shards, stale reads",
        Goal::Exact,
        Way::Items(Adding::Shards { read: Read::Stale, repetitions: true }),
    ),
    broken(
        "K: shards, repetitions do not look",
        Goal::Exact,
        Way::Items(Adding::Shards { read: Read::Fresh, repetitions: false }),
    ),
    broken(
        "T: the wake-up is believed",
        Goal::Deadline,
        Way::Cells(|job| Turn {
            machine: Machine { believes_wakes: true, ..lazy(job).machine },
            ..lazy(job)
        }),
    ),
    broken(
        "T: the timer is sent but not recorded",
        Goal::Deadline,
        Way::Cells(|job| Turn { timers_outside: true, ..lazy(job) }),
    ),
    broken(
        "T: a stale image is believed by the wake-up",
        Goal::Deadline,
        Way::Cells(|job| Turn { believes_stale: true, ..lazy(job) }),
    ),
    broken("L: by the worker's clock", Goal::Bounded, Way::Cells(|job| with_ids(job, Ids::Clock))),
    broken("L: pruned without a floor", Goal::Bounded, Way::Cells(|job| with_ids(job, Ids::Pruned))),
    broken(
        "L: the floor by when this copy was sent",
        Goal::Bounded,
        Way::Cells(|job| with_ids(job, Ids::FloorOfCopy)),
    ),
    broken("M with deadline: a look instead of the close", Goal::Deadline, Way::Slots(Deadline::Looked)),
    broken(
        "M with deadline: a complete image fires whenever",
        Goal::Deadline,
        Way::Slots(Deadline::Timeless),
    ),
    broken(
        "M with deadline: only who sees himself first sends the wake-up",
        Goal::Deadline,
        Way::Slots(Deadline::FirstSends),
    ),
];
