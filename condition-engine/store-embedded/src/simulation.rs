//! Power cuts, kills and failing syncs, at every step of a store's life, on a disk in memory.
//!
//! The [`SimDisk`] is there for whoever asks for the feature `simulation`; the store's own lives on it are its tests.
//! `FANIN_SEED=<n>` plays one run again; a failure prints its seed.

mod disk;
#[cfg(test)]
mod life;

pub use disk::{SimDisk, Struck, Trouble};

#[cfg(test)]
mod tests {
    use super::life;
    use crate::options::Protection::{Chain, Epoch, FreshSegment, Number};
    use crate::options::{Protection, Protections};

    /// Runs seeds until one fails; returns its story, or how many passed.
    fn until_failure(runs: u64, off: &[Protection]) -> Result<life::Tally, String> {
        let protections = Protections::without(off);
        let mut tally = life::Tally::default();
        let replayed = std::env::var("FANIN_SEED").ok().and_then(|seed| seed.parse().ok());
        let seeds = replayed.map_or(0..runs, |seed: u64| seed..seed + 1);
        for seed in seeds {
            life::run(seed, protections, &mut tally)
                .map_err(|what| format!("FANIN_SEED={seed}, without {off:?}: {what}"))?;
        }
        Ok(tally)
    }

    #[test]
    fn what_is_acknowledged_survives_and_what_was_seen_never_changes() {
        let tally = until_failure(2_000, &[]).unwrap_or_else(|failure| panic!("{failure}"));
        println!("{tally:?}");
        if std::env::var("FANIN_SEED").is_err() {
            // A simulation in which nothing happens proves nothing.
            assert!(tally.power_cuts > 3_000 && tally.kills > 1_000 && tally.failed_syncs > 300, "{tally:?}");
            assert!(tally.torn > 100 && tally.recycled > 1_000 && tally.unanswered_kept > 100, "{tally:?}");
            assert!(tally.snapshots > 3_000 && tally.full_disks > 300 && tally.bases > 10_000, "{tally:?}");
        }
    }

    /// Which protections are needed: with any of these sets switched off, some run finds lost or false history.
    #[test]
    fn without_its_protections_the_log_fails() {
        let sets: [&[Protection]; 5] = [
            &[Epoch, Chain, FreshSegment, Number],
            &[Epoch, Chain, Number],
            &[Chain, FreshSegment, Number],
            &[Chain, FreshSegment],
            &[Epoch, Chain, FreshSegment],
        ];
        for off in sets {
            match until_failure(10_000, off) {
                Err(failure) => println!("{failure}"),
                Ok(tally) => panic!("nothing was found without {off:?}: {tally:?}"),
            }
        }
    }

    /// What each protection is for: put back into a set that fails, it makes the set hold.
    #[test]
    fn each_protection_alone_mends_a_set_that_fails() {
        let sets: [(&[Protection], Protection); 3] =
            [(&[Chain, Number], Epoch), (&[FreshSegment, Number], Chain), (&[Chain, Number], FreshSegment)];
        for (off, mends) in sets {
            let tally = until_failure(1_000, off).unwrap_or_else(|failure| panic!("{mends:?}: {failure}"));
            assert!(std::env::var("FANIN_SEED").is_ok() || tally.power_cuts > 4_000, "{tally:?}");
        }
    }

    /// Numbers from a seed: `SplitMix64`.
    pub(super) fn dice(seed: u64) -> impl FnMut() -> u64 + Send + 'static {
        let mut dice = life::Dice(seed);
        move || dice.next()
    }
}
