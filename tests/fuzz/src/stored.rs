//! Files of a store after any damage: what is read is what was written, or an error tells.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use fanin_store::{Checkpoint, Journal, Seq};
use fanin_store_embedded::{FileStore, Options};
use tempfile::TempDir;

/// Frames in the log.
const FRAMES: Seq = 24;
/// Where the snapshot is.
const SNAPSHOT: Seq = 12;
/// Bytes of one instruction: offset from the beginning or the end, and what to do there.
const STEP: usize = 4;
/// Changes made of one input: more is only slower.
const MOST_CHANGES: usize = 32;

fn options() -> Options {
    Options { segment_bytes: 4096, retain_bytes: 0, retain_segments: 0, spares: 0, ..Options::new(1) }
}

fn payload(seq: Seq) -> Vec<u8> {
    format!("frame {seq} {}", "x".repeat(usize::try_from(seq % 7).unwrap_or(0) * 20)).into_bytes()
}

/// The files of a store, by name. They are made once: each frame is synced, which takes its time.
fn files() -> &'static Vec<(OsString, Vec<u8>)> {
    static FILES: OnceLock<Vec<(OsString, Vec<u8>)>> = OnceLock::new();
    FILES.get_or_init(|| {
        let dir = written();
        let entries = fs::read_dir(dir.path()).expect("the directory");
        let files = entries.map(|entry| entry.expect("an entry"));
        files.map(|file| (file.file_name(), fs::read(file.path()).expect("a file of the store"))).collect()
    })
}

fn copied() -> TempDir {
    let dir = TempDir::new().expect("a directory for tests");
    for (name, bytes) in files() {
        fs::write(dir.path().join(name), bytes).expect("a file of the store");
    }
    dir
}

fn written() -> TempDir {
    let dir = TempDir::new().expect("a directory for tests");
    let (mut journal, mut checkpoint, _) = FileStore::open(dir.path(), options()).expect("an empty store");
    for seq in 1..=FRAMES {
        journal.append(&[&payload(seq)]).expect("an append");
        if seq == SNAPSHOT {
            let mut writer = checkpoint.begin(seq).expect("a snapshot");
            for section in 0..3 {
                writer.put(section, format!("state {section}").as_bytes()).expect("a block");
            }
            writer.commit().expect("a commit");
        }
    }
    dir
}

fn named(dir: &Path, prefix: &str) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(dir)
        .expect("the directory")
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.file_name().and_then(|n| n.to_str()).is_some_and(|name| name.starts_with(prefix)))
        .collect();
    found.sort();
    found
}

/// Changes a file as the input says: bytes are overwritten, inverted, or cut off from somewhere on.
fn damage(file: &Path, input: &[u8]) {
    let mut bytes = fs::read(file).expect("a file of the store");
    for step in input.chunks_exact(STEP).take(MOST_CHANGES) {
        let &[high, low, what, with] = step else { continue };
        let at = usize::from(u16::from_be_bytes([high, low])) % bytes.len().max(1);
        match what % 4 {
            0 => bytes.truncate(at),
            1 => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= with),
            2 => bytes.iter_mut().skip(at).take(8).for_each(|byte| *byte = with),
            _ => bytes.extend(std::iter::repeat_n(with, usize::from(high))),
        }
    }
    fs::write(file, bytes).expect("a file of the store");
}

/// The log: the first byte says which segment.
pub(crate) fn log(input: &[u8]) {
    damaged("log-", input);
}

/// The snapshot.
pub(crate) fn snapshot(input: &[u8]) {
    damaged("snapshot-", input);
}

fn damaged(prefix: &str, input: &[u8]) {
    let Some((which, changes)) = input.split_first() else { return };
    let dir = copied();
    let files = named(dir.path(), prefix);
    let Some(file) = files.get(usize::from(*which) % files.len().max(1)) else {
        panic!("no file begins with {prefix}");
    };
    damage(file, changes);
    let diagnosis = FileStore::diagnose(dir.path());
    let Ok((mut journal, mut checkpoint, _)) = FileStore::open(dir.path(), options()) else {
        let diagnosis = diagnosis.expect("a store that does not open can be looked at");
        assert!(diagnosis.refusal.is_some(), "what does not open has a reason");
        return;
    };
    let mut blocks = 0;
    let at = checkpoint.load(&mut |section, block| {
        assert_eq!(block, format!("state {section}").as_bytes(), "a block is what was written");
        blocks += 1;
        Ok(())
    });
    let Ok(at) = at else { return };
    assert_eq!(blocks, at.map_or(0, |_| 3), "all blocks or none");
    let mut last = at.unwrap_or(0);
    let end = journal.replay(at.unwrap_or(0), &mut |seq, frame| {
        assert_eq!(
            (seq, frame),
            (last + 1, payload(seq).as_slice()),
            "a frame is what was written, in order"
        );
        last = seq;
        Ok(())
    });
    assert!(end.is_err() || end.ok() == Some(last), "the end is that of the last frame");
}
