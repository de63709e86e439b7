//! One run of the host, from the workflow it is given to its rest; and what is said of it.

use std::ops::RangeInclusive;

use fanin_event::Timestamp;
use fanin_state_first::publish_plan;
use fanin_store::state::{CellKind, Shelf, StateStore};
use fanin_store_dynamodb::DynamoStore;
use fanin_store_dynamodb::simulation::draw_from;

use super::host::RealHost;
use super::model::Judged;
use super::{MAX_PROCESSES, START, Seen, Shape, Work, leaks};
use crate::chance::Chance;
use crate::drive::{End, Host, calmly, drive};
use crate::settings::Settings;
use crate::table;
use crate::verdict::Verdict;
use crate::world::World;

/// A store that a run can have.
pub(super) trait Kept: StateStore + Shelf + Clone + 'static {}

impl<S: StateStore + Shelf + Clone + 'static> Kept for S {}

/// How a process gets its store, and whether that is the real one.
pub(super) type Ground<S> = (fn(&World) -> S, bool);

/// The model behind the store's port.
pub(super) const PORT: Ground<World> = (World::clone, false);
/// The real store on the model of the service.
pub(super) const TABLE: Ground<DynamoStore> = (table::store, true);

/// A run that has ended, what its targets saw and what it left.
pub(super) struct Played<S> {
    pub(super) work: Work,
    pub(super) settings: Settings,
    pub(super) world: World,
    pub(super) store: fn(&World) -> S,
    pub(super) calls: Vec<Seen>,
    pub(super) end: End,
}

impl<S: Kept> Played<S> {
    /// Plays one.
    ///
    /// # Errors
    /// It cannot begin: a fault of the simulation.
    pub(super) fn of<H: Host>(
        (shape, settings): (Shape, &Settings),
        traced: bool,
        (store, on_table): Ground<S>,
        host: impl FnOnce(RealHost<S>) -> H,
    ) -> Result<Played<S>, Verdict> {
        let work = Work::of(shape, settings);
        let mut work = work.map_err(|problem| Verdict { problems: vec![problem], trace: vec![] })?;
        if on_table {
            let mut names = Chance::part(settings.schedule, 14);
            draw_from(move || names.draw());
        }
        let world = World::new(settings, START, std::mem::take(&mut work.arrivals), traced);
        world.with(|inner| inner.on_table = on_table);
        world.note(|| work.text.clone());
        let published = calmly(&world, async |world| {
            let shelf = store(&world);
            let published = publish_plan(&shelf, &world, &work.plan, Timestamp(START)).await;
            published.map_err(|error| error.to_string())
        });
        published.map_err(|error| Verdict { problems: vec![error], trace: world.trace() })?;
        let processes = u64::from(settings.workers.min(MAX_PROCESSES));
        let host = host(RealHost::new(&world, settings.workload, processes, store));
        let end = drive(&host, settings, &world);
        let calls = world.with(|inner| inner.calls.clone());
        world.note(|| {
            let cells = world.with(|inner| inner.cells());
            let of = |kind| cells.iter().filter(|(key, _, _)| key.kind == kind).count();
            let [instances, pages, runs] = [CellKind::Instance, CellKind::Page, CellKind::Run].map(of);
            format!("ends with {instances} instances, {pages} pages, {runs} runs")
        });
        Ok(Played { work, settings: *settings, world, store, calls, end })
    }

    /// What is to be said of it, if this is what its targets saw.
    pub(super) fn judged(&self, calls: &[Seen]) -> Judged {
        self.work.history.judge(&self.work.shape, calls, &self.settings)
    }

    /// What is wrong with what is left, if so many dead letters are right.
    pub(super) fn left(&self, letters: &RangeInclusive<usize>) -> Vec<String> {
        leaks::check(&self.work, (&self.world, self.store), letters)
    }

    /// All that is wrong.
    pub(super) fn verdict(self) -> Verdict {
        let mut problems = Vec::new();
        if self.end == End::Endless {
            problems.push("it does not come to rest".to_owned());
        }
        let judged = self.judged(&self.calls);
        problems.extend(judged.problems);
        problems.extend(self.left(&judged.letters));
        Verdict { problems, trace: self.world.trace() }
    }
}
