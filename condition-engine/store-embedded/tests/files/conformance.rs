//! The suite of the ports on real files, with segments so small that every case rolls over many of them.

use fanin_store::suite::{self, Opened, Place};
use fanin_store::{StoreError, limits};
use fanin_store_embedded::{FileStore, Options};
use tempfile::TempDir;

struct Files {
    dir: TempDir,
    options: Options,
}

impl Files {
    fn new(segment_bytes: u64) -> Files {
        let options = Options { segment_bytes, retain_bytes: 0, retain_segments: 0, ..Options::new(1) };
        Files { dir: TempDir::new().unwrap(), options }
    }
}

impl Place for Files {
    fn wipe(&mut self) -> Result<(), StoreError> {
        self.dir = TempDir::new().map_err(|error| StoreError::from_io("create", "temporary", error))?;
        Ok(())
    }

    fn open(&mut self) -> Result<Opened, StoreError> {
        let (journal, checkpoint, _) = FileStore::open(self.dir.path(), self.options.clone())?;
        Ok(Opened { journal: Box::new(journal), checkpoint: Box::new(checkpoint) })
    }

    fn max_frame_bytes(&self) -> usize {
        let room = usize::try_from(self.options.segment_bytes).unwrap() - 512 - 28;
        room.min(limits::MAX_FRAME_BYTES)
    }
}

#[test]
fn tiny_segments_pass_the_suite() {
    let failures = suite::run(&mut Files::new(4096));
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn segments_larger_than_a_frame_pass_the_suite() {
    let failures = suite::run(&mut Files::new(9 << 20));
    assert!(failures.is_empty(), "{failures:#?}");
}
