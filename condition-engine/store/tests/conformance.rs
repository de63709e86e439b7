//! The suite on the model store, and the fault wrapper on the model store: what each fault leaves behind.

use fanin_store::suite::{self, Opened, Place};
use fanin_store::{Checkpoint, Fault, Faults, Journal, ModelDisk, Seq, StoreError};

struct Memory(ModelDisk);

impl Place for Memory {
    fn wipe(&mut self) -> Result<(), StoreError> {
        self.0 = ModelDisk::new();
        Ok(())
    }

    fn open(&mut self) -> Result<Opened, StoreError> {
        let (journal, checkpoint) = self.0.open()?;
        Ok(Opened { journal: Box::new(journal), checkpoint: Box::new(checkpoint) })
    }
}

#[test]
fn the_model_passes_the_suite() {
    let failures = suite::run(&mut Memory(ModelDisk::new()));
    assert!(failures.is_empty(), "{failures:#?}");
}

/// A store that loses the last frame at every opening: the suite must notice.
struct Forgetful(ModelDisk);

impl Place for Forgetful {
    fn wipe(&mut self) -> Result<(), StoreError> {
        *self = Forgetful(ModelDisk::new());
        Ok(())
    }

    fn open(&mut self) -> Result<Opened, StoreError> {
        let mut kept = Vec::new();
        let (mut journal, checkpoint) = self.0.open()?;
        journal.replay(0, &mut |_, frame| {
            kept.push(frame.to_vec());
            Ok(())
        })?;
        drop((journal, checkpoint));
        kept.pop();
        self.0 = ModelDisk::new();
        let (mut journal, checkpoint) = self.0.open()?;
        let frames: Vec<&[u8]> = kept.iter().map(Vec::as_slice).collect();
        journal.append(&frames)?;
        Ok(Opened { journal: Box::new(journal), checkpoint: Box::new(checkpoint) })
    }
}

#[test]
fn the_suite_notices_a_store_that_forgets() {
    let failures = suite::run(&mut Forgetful(ModelDisk::new()));
    assert!(failures.iter().any(|failure| failure.case.contains("acknowledged survives")), "{failures:#?}");
}

/// Three appends of three frames with a snapshot after each; ends at the first error. Returns the last acknowledged frame
/// and snapshot.
fn script(disk: &ModelDisk, faults: &Faults) -> (Seq, Option<Seq>, Option<StoreError>) {
    let (mut acked, mut snapped) = (0, None);
    let mut run = || -> Result<(), StoreError> {
        let (journal, checkpoint) = disk.open()?;
        let (mut journal, mut checkpoint) = faults.wrap(journal, checkpoint);
        for _ in 0..3 {
            acked = journal.append(&[b"a", b"b", b"c"])?;
            let mut writer = checkpoint.begin(acked)?;
            writer.put(0, b"state")?;
            writer.commit()?;
            snapped = Some(acked);
            journal.release(acked)?;
        }
        Ok(())
    };
    let outcome = run();
    (acked, snapped, outcome.err())
}

#[test]
fn every_fault_at_every_step_keeps_what_was_acknowledged() {
    let dry = Faults::none();
    let (acked, snapped, error) = script(&ModelDisk::new(), &dry);
    assert!((acked, snapped) == (9, Some(9)) && error.is_none(), "{error:?}");
    assert_eq!(dry.taken(), 15);
    for step in 0..dry.taken() {
        for fault in [Fault::DiskFull, Fault::Before, Fault::Torn(1), Fault::After] {
            let disk = ModelDisk::new();
            let (acked, snapped, error) = script(&disk, &Faults::at(step, fault));
            let code = error.unwrap().code();
            assert_eq!(code, if fault == Fault::DiskFull { "S003" } else { "S004" });
            let (journal, mut checkpoint) = disk.open().unwrap();
            let held = checkpoint.load(&mut |_, _| Ok(())).unwrap();
            let in_append = step % 5 == 0;
            let more = match fault {
                Fault::Torn(n) if in_append => n as u64,
                Fault::After if in_append => 3,
                _ => 0,
            };
            assert_eq!(journal.last(), acked + more, "step {step} {fault:?}");
            let answered = if fault == Fault::After && step % 5 == 3 { Some(acked) } else { snapped };
            assert_eq!(held, answered, "step {step} {fault:?}");
        }
    }
}

#[test]
fn after_a_fault_nothing_is_written_until_the_next_opening() {
    let disk = ModelDisk::new();
    let faults = Faults::at(1, Fault::Before);
    let (journal, checkpoint) = disk.open().unwrap();
    let (mut journal, mut checkpoint) = faults.wrap(journal, checkpoint);
    journal.append(&[b"a"]).unwrap();
    assert_eq!(journal.append(&[b"b"]).unwrap_err().code(), "S004");
    assert_eq!(journal.append(&[b"c"]).unwrap_err().code(), "S010");
    assert_eq!(checkpoint.begin(1).err().unwrap().code(), "S010");
    drop((journal, checkpoint));
    let (journal, checkpoint) = disk.open().unwrap();
    let (mut journal, _checkpoint) = faults.wrap(journal, checkpoint);
    assert_eq!(journal.append(&[b"c"]).unwrap(), 2);
}

#[test]
fn a_full_disk_may_be_tried_again() {
    let faults = Faults::at(0, Fault::DiskFull);
    let (journal, checkpoint) = ModelDisk::new().open().unwrap();
    let (mut journal, _checkpoint) = faults.wrap(journal, checkpoint);
    assert_eq!(journal.append(&[b"a"]).unwrap_err().code(), "S003");
    assert_eq!(journal.append(&[b"a"]).unwrap(), 1);
}
