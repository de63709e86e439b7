//! What the tests of the files share.

use std::fs;
use std::path::{Path, PathBuf};

use fanin_store::{Checkpoint, Journal, Seq, StoreError};
use fanin_store_embedded::{FileCheckpoint, FileJournal, FileStore, OpenReport, Options};

/// Small segments, nothing retained.
pub(crate) fn tiny() -> Options {
    Options { segment_bytes: 4096, retain_bytes: 0, retain_segments: 0, ..Options::new(1) }
}

/// One segment is enough for the test.
pub(crate) fn roomy() -> Options {
    Options { segment_bytes: 64 << 10, ..tiny() }
}

pub(crate) fn open(dir: &Path, options: &Options) -> (FileJournal, FileCheckpoint, OpenReport) {
    FileStore::open(dir, options.clone()).unwrap()
}

pub(crate) fn refusal(dir: &Path, options: &Options) -> StoreError {
    FileStore::open(dir, options.clone()).err().unwrap()
}

/// The payload of a frame.
pub(crate) fn payload(seq: Seq) -> Vec<u8> {
    format!("frame {seq} {}", "x".repeat(usize::try_from(seq % 7).unwrap() * 20)).into_bytes()
}

/// Appends frames `last + 1 ..= last + count` in one group.
pub(crate) fn append(journal: &mut FileJournal, count: u64) -> Seq {
    let last = journal.last();
    let payloads: Vec<_> = (last + 1..=last + count).map(payload).collect();
    let frames: Vec<&[u8]> = payloads.iter().map(Vec::as_slice).collect();
    journal.append(&frames).unwrap()
}

/// The frames after `after`, each checked.
pub(crate) fn check(journal: &mut FileJournal, after: Seq) -> Result<Seq, StoreError> {
    let mut wanted = after;
    let end = journal.replay(after, &mut |seq, frame| {
        wanted += 1;
        assert_eq!((seq, frame), (wanted, payload(seq).as_slice()));
        Ok(())
    })?;
    assert_eq!(wanted, end);
    Ok(end)
}

/// Commits a snapshot of some blocks.
pub(crate) fn snapshot(checkpoint: &mut FileCheckpoint, at: Seq) {
    let mut writer = checkpoint.begin(at).unwrap();
    for section in 0..3 {
        writer.put(section, format!("state at {at}, section {section}").as_bytes()).unwrap();
    }
    writer.commit().unwrap();
}

/// The frame of the snapshot that is loaded; its blocks are checked.
pub(crate) fn load(checkpoint: &mut FileCheckpoint) -> Option<Seq> {
    let mut blocks = Vec::new();
    let at = checkpoint
        .load(&mut |section, block| {
            blocks.push((section, String::from_utf8(block.to_vec()).unwrap()));
            Ok(())
        })
        .unwrap();
    let wanted = at.iter().flat_map(|at| (0..3).map(move |s| (s, format!("state at {at}, section {s}"))));
    assert_eq!(blocks, wanted.collect::<Vec<_>>());
    at
}

/// The files whose names begin so, sorted.
pub(crate) fn files(dir: &Path, prefix: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    let named = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().starts_with(prefix);
    let mut found: Vec<PathBuf> = entries.filter(named).collect();
    found.sort();
    found
}

/// Inverts one bit.
pub(crate) fn flip(file: &Path, offset: usize, bit: u32) {
    let mut bytes = fs::read(file).unwrap();
    *bytes.get_mut(offset).unwrap() ^= 1 << bit;
    fs::write(file, bytes).unwrap();
}

/// Copies the plain files of a directory.
pub(crate) fn copy(from: &Path, to: &Path) {
    for file in files(from, "") {
        fs::copy(&file, to.join(file.file_name().unwrap())).unwrap();
    }
}
