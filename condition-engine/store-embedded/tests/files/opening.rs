//! Opening: fresh or continued, locked, versions, options, spares, retention.

use std::fs;
use std::path::Path;

use crate::support::{append, check, files, open, refusal, roomy, snapshot, tiny};
use fanin_store::{Journal, StoreError, Version};
use fanin_store_embedded::{FileStore, Options};
use tempfile::TempDir;

#[test]
fn fresh_then_continued() {
    let dir = TempDir::new().unwrap();
    let deep = dir.path().join("a/b/c");
    let (mut journal, checkpoint, report) = open(&deep, &tiny());
    assert!(report.fresh);
    assert_eq!((report.first, report.last, report.epoch, report.segments), (1, 0, 1, 1));
    append(&mut journal, 5);
    drop((journal, checkpoint));
    let (_journal, _checkpoint, report) = open(&deep, &tiny());
    assert!(!report.fresh);
    assert_eq!((report.first, report.last, report.epoch, report.segments), (1, 5, 2, 2));
    assert_eq!(report.semantics, Some(1));
    assert_eq!(report.repaired(), None);
}

#[test]
fn a_second_process_learns_who_holds_the_directory() {
    let dir = TempDir::new().unwrap();
    let first = open(dir.path(), &tiny());
    match refusal(dir.path(), &tiny()) {
        StoreError::Locked { dir: named, pid } => {
            assert_eq!(Path::new(&named), dir.path());
            assert_eq!(pid, Some(std::process::id()));
        }
        other => panic!("{other}"),
    }
    drop(first);
    open(dir.path(), &tiny());
}

#[test]
fn options_out_of_bounds_are_refused() {
    let dir = TempDir::new().unwrap();
    let error = refusal(dir.path(), &Options { segment_bytes: 100, ..tiny() });
    assert!(error.code() == "S013" && error.to_string().contains("segment_bytes is 100"), "{error}");
}

/// Writes three frames under one semantics number, then opens under another.
fn continued(wrote: u32, reads: u32) -> Result<(), StoreError> {
    let dir = TempDir::new().unwrap();
    let (mut journal, checkpoint, _) = open(dir.path(), &Options { semantics: wrote, ..tiny() });
    append(&mut journal, 3);
    drop((journal, checkpoint));
    FileStore::open(dir.path(), Options { semantics: reads, ..tiny() }).map(drop)
}

#[test]
fn semantics_are_read_from_this_and_the_one_before() {
    continued(5, 5).unwrap();
    continued(5, 6).unwrap();
    match continued(5, 4).unwrap_err() {
        StoreError::TooNew { version, found, supported, .. } => {
            assert_eq!((version, found, supported), (Version::Semantics, 5, 4));
        }
        other => panic!("{other}"),
    }
    match continued(5, 7).unwrap_err() {
        StoreError::TooOld { version, found, supported, way, .. } => {
            assert_eq!((version, found, supported), (Version::Semantics, 5, 6));
            assert!(way.contains("version in between"));
        }
        other => panic!("{other}"),
    }
}

#[test]
fn old_frames_before_the_snapshot_are_no_obstacle() {
    let dir = TempDir::new().unwrap();
    let with = |semantics| Options { semantics, retain_bytes: 1 << 20, retain_segments: 100, ..tiny() };
    let (mut journal, checkpoint, _) = open(dir.path(), &with(5));
    append(&mut journal, 3);
    drop((journal, checkpoint));
    let (journal, mut checkpoint, _) = open(dir.path(), &with(6));
    snapshot(&mut checkpoint, 3);
    drop((journal, checkpoint));
    let (mut journal, _checkpoint, _) = open(dir.path(), &with(7));
    assert_eq!(check(&mut journal, 0).unwrap(), 3, "they are still there to read");
}

#[test]
fn a_snapshot_of_other_semantics_is_refused_like_the_log() {
    let dir = TempDir::new().unwrap();
    let with = |semantics| Options { semantics, ..tiny() };
    let (mut journal, mut checkpoint, _) = open(dir.path(), &with(5));
    append(&mut journal, 3);
    snapshot(&mut checkpoint, 3);
    drop((journal, checkpoint));
    assert_eq!(refusal(dir.path(), &with(4)).code(), "S006");
    assert_eq!(refusal(dir.path(), &with(7)).code(), "S007");
    open(dir.path(), &with(6));
}

/// Changes the format number of a file whose header is so long, and its checksum with it.
fn from_the_future(file: &Path, header: usize) {
    let mut bytes = fs::read(file).unwrap();
    bytes[8..12].copy_from_slice(&2u32.to_le_bytes());
    let crc = crc32c::crc32c(&bytes[..header - 4]);
    bytes[header - 4..header].copy_from_slice(&crc.to_le_bytes());
    fs::write(file, bytes).unwrap();
}

#[test]
fn a_newer_format_is_refused_and_the_way_is_named() {
    for (prefix, header) in [("log-", 64), ("snapshot-", 32)] {
        let dir = TempDir::new().unwrap();
        let (mut journal, mut checkpoint, _) = open(dir.path(), &tiny());
        append(&mut journal, 3);
        snapshot(&mut checkpoint, 3);
        drop((journal, checkpoint));
        from_the_future(&files(dir.path(), prefix)[0], header);
        let error = refusal(dir.path(), &tiny());
        assert!(matches!(error, StoreError::TooNew { version: Version::Format, found: 2, .. }), "{error}");
        assert!(error.to_string().contains("use the version"), "{error}");
    }
}

#[test]
fn short_runs_leave_small_segments_and_empty_ones_are_used_again() {
    let dir = TempDir::new().unwrap();
    let options = Options { segment_bytes: 32 << 20, ..roomy() };
    for life in 1..=20u64 {
        let (mut journal, checkpoint, _) = open(dir.path(), &options);
        append(&mut journal, 1);
        drop((journal, checkpoint));
        for _ in 0..3 {
            open(dir.path(), &options);
        }
        let segments = files(dir.path(), "log-");
        assert_eq!(segments.len() as u64, life + 1, "one for each life with a frame, one to come");
        for segment in &segments[..segments.len() - 1] {
            assert!(fs::metadata(segment).unwrap().len() < 1000);
        }
        assert!(fs::metadata(segments.last().unwrap()).unwrap().len() <= 4 << 20);
    }
    let (mut journal, _checkpoint, _) = open(dir.path(), &options);
    assert_eq!(check(&mut journal, 0).unwrap(), 20);
}

#[test]
fn a_frame_larger_than_the_first_segment_goes_into_the_next() {
    let dir = TempDir::new().unwrap();
    let options = Options { segment_bytes: 16 << 20, ..roomy() };
    let (mut journal, checkpoint, _) = open(dir.path(), &options);
    let large = vec![1u8; 8 << 20];
    assert_eq!(journal.append(&[&large]).unwrap(), 1);
    assert_eq!(files(dir.path(), "log-").len(), 1, "the small one is gone");
    drop((journal, checkpoint));
    let (mut journal, _checkpoint, _) = open(dir.path(), &options);
    let mut found = Vec::new();
    journal
        .replay(0, &mut |_, frame| {
            found.push(frame.to_vec());
            Ok(())
        })
        .unwrap();
    assert!(found == [large]);
}

/// Appends 200 groups with snapshots and releases on the way; returns segments and spares at the end.
fn worked(options: &Options) -> (usize, usize) {
    let dir = TempDir::new().unwrap();
    let (mut journal, mut checkpoint, _) = open(dir.path(), options);
    for round in 0..200 {
        append(&mut journal, 4);
        if round % 10 == 9 {
            let at = journal.last();
            snapshot(&mut checkpoint, at);
            journal.release(at).unwrap();
        }
    }
    drop((journal, checkpoint));
    (files(dir.path(), "log-").len(), files(dir.path(), "spare-").len())
}

#[test]
fn retention_and_spares_are_bounded() {
    let (bare, _) = worked(&Options { spares: 0, ..tiny() });
    assert!(bare <= 5, "only what the older snapshot needs: {bare}");
    let (by_count, _) = worked(&Options { retain_bytes: 1 << 30, retain_segments: 7, ..tiny() });
    assert!((bare + 6..=bare + 8).contains(&by_count), "{by_count}");
    let (by_bytes, _) = worked(&Options { retain_bytes: 5 * 4096, retain_segments: 1000, ..tiny() });
    assert!((bare + 4..=bare + 6).contains(&by_bytes), "{by_bytes}");
    for spares in [0, 1, 3] {
        let (_, found) = worked(&Options { spares, ..tiny() });
        assert!(found <= spares.max(1), "{found} of {spares}");
    }
}

#[test]
fn spares_of_another_size_are_removed() {
    let dir = TempDir::new().unwrap();
    let (mut journal, mut checkpoint, _) = open(dir.path(), &tiny());
    for _ in 0..40 {
        append(&mut journal, 4);
    }
    for at in [100, 150] {
        snapshot(&mut checkpoint, at);
    }
    journal.release(150).unwrap();
    drop((journal, checkpoint));
    assert!(!files(dir.path(), "spare-").is_empty());
    let (mut journal, _checkpoint, _) = open(dir.path(), &roomy());
    assert!(files(dir.path(), "spare-").is_empty());
    assert_eq!(check(&mut journal, 150).unwrap(), 160);
    append(&mut journal, 4);
}
