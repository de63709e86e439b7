//! Small protocols over the same ports: those the host is built on, and those that are known to be broken.
//!
//! A broken one is a control: a simulation that does not find it broken proves nothing about the others.

mod cells;
mod items;
mod job;
mod machine;
mod slots;
mod table;

use std::collections::BTreeSet;

use crate::drive::{End, Host, drive};
use crate::exec::Boxed;
use crate::queue::Delivered;
use crate::settings::Settings;
use crate::verdict::Verdict;
use crate::world::World;

use cells::Turn;
use items::Adding;
use job::{Goal, Job};
use machine::{Entry, State, decode};
use slots::{Deadline, Filling};

pub use table::PROTOCOLS;

/// A protocol, its task, and what is known of it.
#[derive(Clone, Copy, Debug)]
pub struct Protocol {
    /// Its letter, and what is special.
    pub name: &'static str,
    /// Does it survive?
    pub good: bool,
    goal: Goal,
    way: Way,
}

#[derive(Clone, Copy, Debug)]
enum Way {
    Cells(fn(&Job) -> Turn),
    Slots(Deadline),
    Items(Adding),
}

#[derive(Clone, Copy)]
enum Ready {
    Cells(Turn),
    Slots(Filling),
    Items(Adding, u64),
}

impl Host for Ready {
    fn invoke(&self, world: World, lane: usize, batch: Vec<Delivered>) -> Boxed<Vec<bool>> {
        match *self {
            Ready::Cells(turn) if lane == 1 => Box::pin(cells::streamed(turn, world, batch)),
            Ready::Cells(turn) => Box::pin(cells::batch(turn, world, batch)),
            Ready::Slots(filling) => Box::pin(slots::batch(filling, world, batch)),
            Ready::Items(adding, n) => Box::pin(items::batch(adding, n, world, batch)),
        }
    }
}

impl Protocol {
    /// One run.
    #[must_use]
    pub fn run(&self, settings: &Settings, traced: bool) -> Verdict {
        let (job, arrivals) = Job::of(self.goal, settings);
        let host = match self.way {
            Way::Cells(turn) => Ready::Cells(turn(&job)),
            Way::Slots(deadline) => Ready::Slots(Filling { n: job.n, within: job.within, deadline }),
            Way::Items(adding) => Ready::Items(adding, job.n),
        };
        let world = World::new(settings, 0, arrivals, traced);
        if let Ready::Cells(turn) = &host
            && turn.clear.is_streamed()
        {
            world.with(|inner| inner.streams = Some(cells::record));
        }
        let end = drive(&host, settings, &world);
        let mut problems = Vec::new();
        if end == End::Endless {
            problems.push("it does not come to rest".to_owned());
        }
        let (published, open, unpublished) = world.with(|inner| {
            let mut open = BTreeSet::new();
            let mut unpublished = Vec::new();
            for (key, cell) in inner.db.living() {
                open.extend(decode::<State>(&cell.head).waiting());
                for entry in decode::<Vec<Entry>>(&cell.outbox) {
                    if let Entry::Fire(id, _) = entry
                        && !inner.published.iter().any(|one| one.id == id)
                    {
                        unpublished.push(format!("{id} waits in the outbox of {} for ever", key.key));
                    }
                }
            }
            (inner.published.clone(), open, unpublished)
        });
        problems.extend(job.problems(&published, &open));
        problems.extend(unpublished);
        Verdict { problems, trace: world.trace() }
    }
}
