//! What a log stands on: the model store, whose calls fail, or files on a disk whose power goes.

use std::sync::Arc;

use fanin_runtime::SEMANTICS;
use fanin_store::{Checkpoint, Fault, Faults, Journal, ModelDisk, StoreError};
use fanin_store_embedded::simulation::{SimDisk, Trouble};
use fanin_store_embedded::{FileStore, Options};

use crate::chance::Chance;

/// Both ports of one opening.
pub(super) type Ports = (Box<dyn Journal>, Box<dyn Checkpoint>);

/// Which store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Store {
    /// The model.
    Model,
    /// Files.
    Files,
}

/// A store that outlives its processes.
pub(super) enum Ground {
    Model { disk: ModelDisk, faults: Faults, planned: u64, chance: Chance },
    Files { disk: SimDisk, options: Options, chance: Chance },
}

impl Ground {
    /// An empty store; `largest` bytes of one event must fit.
    pub(super) fn new(store: Store, schedule: u64, largest: usize) -> Ground {
        let mut chance = Chance::part(schedule, 30);
        if store == Store::Model {
            return Ground::Model { disk: ModelDisk::new(), faults: Faults::none(), planned: 0, chance };
        }
        let small = if largest > 1_000 { 64 * 1024 } else { 16 * 1024 };
        let options = Options {
            segment_bytes: small * chance.between(1, 3),
            retain_bytes: chance.below(3) * 20_000,
            retain_bases: chance.place(4),
            spares: chance.place(3),
            ..Options::new(SEMANTICS)
        };
        let mut of_disk = Chance::part(schedule, 31);
        Ground::Files { disk: SimDisk::new(move || of_disk.draw()), options, chance }
    }

    /// A new process opens it. If `troubled`, something goes wrong after some of what it will do.
    ///
    /// # Errors
    /// What the store says; [`Ground::struck`] tells whether that is the trouble it was given.
    pub(super) fn open(&mut self, troubled: bool) -> Result<Ports, StoreError> {
        match self {
            Ground::Model { disk, faults, planned, chance } => {
                // What was planned for the life before is over with it.
                *faults = Faults::none();
                if troubled {
                    let kinds = [Fault::Before, Fault::After, Fault::DiskFull, Fault::Torn(chance.place(4))];
                    let fault = chance.pick(&kinds).copied().unwrap_or(Fault::After);
                    faults.add(chance.below(25), fault);
                    *planned += 1;
                }
                let (journal, checkpoint) = disk.open()?;
                let (journal, checkpoint) = faults.wrap(journal, checkpoint);
                Ok((Box::new(journal), Box::new(checkpoint)))
            }
            Ground::Files { disk, options, chance } => {
                let after = if chance.one_in(4) { chance.below(10) } else { chance.below(120) };
                let kinds = [Trouble::Death, Trouble::Death, Trouble::SyncFails, Trouble::NoRoom];
                let trouble = chance.pick(&kinds).copied().unwrap_or(Trouble::Death);
                disk.revive(troubled.then_some((after, trouble)));
                let (journal, checkpoint, _) = FileStore::open_on(Arc::new(disk.clone()), options.clone())?;
                Ok((Box::new(journal), Box::new(checkpoint)))
            }
        }
    }

    /// How often its troubles struck, or may have.
    pub(super) fn struck(&self) -> u64 {
        match self {
            Ground::Model { planned, .. } => *planned,
            Ground::Files { disk, .. } => disk.struck().all(),
        }
    }

    /// The process is gone; maybe the power as well.
    pub(super) fn die(&mut self) -> &'static str {
        if let Ground::Files { disk, chance, .. } = self
            && !chance.one_in(3)
        {
            disk.cut_power();
            return "the power goes";
        }
        "it dies"
    }
}
