//! Damage to snapshots and their manifest: the substitute stands in, or the store refuses to start.

use std::fs;
use std::path::Path;

use crate::support::{append, check, files, flip, load, open, refusal, snapshot, tiny};
use fanin_store::{Checkpoint, Journal};
use tempfile::TempDir;

/// 120 frames, snapshots at 40, 80 and 110 and the log released: it begins after 40, before 80.
fn prepared() -> TempDir {
    let dir = TempDir::new().unwrap();
    let (mut journal, mut checkpoint, report) = open(dir.path(), &tiny());
    assert!(report.fresh);
    for _ in 0..40 {
        append(&mut journal, 3);
    }
    for at in [40, 80, 110] {
        snapshot(&mut checkpoint, at);
        journal.release(at).unwrap();
    }
    assert_eq!(names(dir.path()), ["snapshot-00000000000000000080", "snapshot-00000000000000000110"]);
    dir
}

fn names(dir: &Path) -> Vec<String> {
    let name = |path: &std::path::PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
    files(dir, "snapshot-").iter().map(name).collect()
}

#[test]
fn the_newest_is_loaded() {
    let dir = prepared();
    let (mut journal, mut checkpoint, report) = open(dir.path(), &tiny());
    assert_eq!((report.snapshot, report.repaired()), (Some(110), None));
    assert_eq!(load(&mut checkpoint), Some(110));
    assert_eq!(check(&mut journal, 110).unwrap(), 120);
}

#[test]
fn any_damage_to_the_newest_makes_the_older_stand_in() {
    let dir = prepared();
    let len = fs::read(&files(dir.path(), "snapshot-")[1]).unwrap().len();
    for offset in 0..len {
        let other = TempDir::new().unwrap();
        crate::support::copy(dir.path(), other.path());
        flip(&files(other.path(), "snapshot-")[1], offset, (offset % 8) as u32);
        let (mut journal, mut checkpoint, report) = open(other.path(), &tiny());
        assert_eq!(report.snapshot, Some(80), "byte {offset}");
        assert_eq!(report.damaged.len(), 1);
        assert!(report.repaired().unwrap().contains("snapshot-00000000000000000110"));
        assert_eq!(load(&mut checkpoint), Some(80));
        assert_eq!(check(&mut journal, 80).unwrap(), 120);
    }
}

#[test]
fn a_snapshot_cut_anywhere_is_damaged() {
    let dir = prepared();
    let newest = &files(dir.path(), "snapshot-")[1];
    let whole = fs::read(newest).unwrap();
    for len in 0..whole.len() {
        fs::write(newest, &whole[..len]).unwrap();
        let (journal, checkpoint, report) = open(dir.path(), &tiny());
        assert_eq!((report.snapshot, report.damaged.len()), (Some(80), 1), "{len} bytes");
        drop((journal, checkpoint));
    }
    fs::remove_file(newest).unwrap();
    let (_journal, _checkpoint, report) = open(dir.path(), &tiny());
    assert_eq!(report.snapshot, Some(80));
    assert!(report.repaired().unwrap().contains("missing"));
}

#[test]
fn after_the_substitute_stood_in_two_new_snapshots_are_needed_before_the_log_goes() {
    let dir = prepared();
    flip(&files(dir.path(), "snapshot-")[1], 40, 0);
    let (mut journal, mut checkpoint, _) = open(dir.path(), &tiny());
    snapshot(&mut checkpoint, 115);
    journal.release(115).unwrap();
    assert_eq!(check(&mut journal, 80).unwrap(), 120, "the log is kept for the substitute");
    assert_eq!(names(dir.path()), ["snapshot-00000000000000000080", "snapshot-00000000000000000115"]);
    drop((journal, checkpoint));
    let (_journal, _checkpoint, report) = open(dir.path(), &tiny());
    assert_eq!((report.snapshot, report.repaired()), (Some(115), None));
}

#[test]
fn without_a_usable_snapshot_a_thinned_log_is_refused() {
    let dir = prepared();
    for file in files(dir.path(), "snapshot-") {
        flip(&file, 40, 0);
    }
    let error = refusal(dir.path(), &tiny());
    assert_eq!(error.code(), "S005");
    assert!(error.to_string().contains("snapshot-00000000000000000110"), "{error}");
}

#[test]
fn without_a_usable_snapshot_a_whole_log_is_enough() {
    let dir = TempDir::new().unwrap();
    let (mut journal, mut checkpoint, _) = open(dir.path(), &tiny());
    append(&mut journal, 5);
    snapshot(&mut checkpoint, 5);
    drop((journal, checkpoint));
    flip(&files(dir.path(), "snapshot-")[0], 40, 0);
    let (mut journal, mut checkpoint, report) = open(dir.path(), &tiny());
    assert_eq!((report.snapshot, load(&mut checkpoint), report.damaged.len()), (None, None, 1));
    assert_eq!(check(&mut journal, 0).unwrap(), 5);
}

#[test]
fn a_lost_or_damaged_manifest_is_replaced_by_the_snapshots_there() {
    let dir = prepared();
    let manifest = dir.path().join("MANIFEST");
    flip(&manifest, 20, 1);
    let (journal, mut checkpoint, report) = open(dir.path(), &tiny());
    assert_eq!((report.snapshot, report.damaged.len()), (Some(110), 1));
    assert_eq!(load(&mut checkpoint), Some(110));
    drop((journal, checkpoint));
    fs::remove_file(&manifest).unwrap();
    let (journal, checkpoint, report) = open(dir.path(), &tiny());
    assert_eq!((report.snapshot, report.damaged.len()), (Some(110), 0));
    drop((journal, checkpoint));
}

#[test]
fn what_was_not_committed_is_removed_at_the_next_opening() {
    let dir = prepared();
    let newest = &files(dir.path(), "snapshot-")[1];
    // It has its name, and the process died before the manifest named it.
    fs::copy(newest, dir.path().join("snapshot-00000000000000000117")).unwrap();
    for name in ["snapshot-00000000000000000118-1.tmp", "MANIFEST.tmp", "spare-9.tmp"] {
        fs::write(dir.path().join(name), "half").unwrap();
    }
    fs::write(dir.path().join("notes.tmp"), "not ours").unwrap();
    let (_journal, _checkpoint, report) = open(dir.path(), &tiny());
    assert_eq!((report.snapshot, report.repaired()), (Some(110), None));
    assert_eq!(names(dir.path()), ["snapshot-00000000000000000080", "snapshot-00000000000000000110"]);
    let left = |name: &str| dir.path().join(name).exists();
    assert!(!left("MANIFEST.tmp") && !left("spare-9.tmp") && left("notes.tmp"));
}

#[test]
fn a_log_that_ends_before_its_snapshot_is_refused() {
    let dir = TempDir::new().unwrap();
    let (mut journal, mut checkpoint, _) = open(dir.path(), &tiny());
    append(&mut journal, 3);
    append(&mut journal, 1);
    snapshot(&mut checkpoint, 4);
    drop((journal, checkpoint));
    // Frame 4 was acknowledged: alone its loss looks like a torn write, the snapshot knows better.
    let log = &files(dir.path(), "log-")[0];
    let at = fs::read(log).unwrap().iter().rposition(|byte| *byte != 0).unwrap();
    flip(log, at, 0);
    let error = refusal(dir.path(), &tiny());
    assert!(error.code() == "S005" && error.to_string().contains("before the snapshot at 4"), "{error}");
    fs::remove_file(log).unwrap();
    assert_eq!(refusal(dir.path(), &tiny()).code(), "S005", "no log at all");
}

#[test]
fn large_blocks_come_back() {
    let dir = TempDir::new().unwrap();
    let (_journal, mut checkpoint, _) = open(dir.path(), &tiny());
    let blocks: Vec<Vec<u8>> = (0..20u8).map(|n| vec![n; usize::from(n) * 100_000]).collect();
    let mut writer = checkpoint.begin(0).unwrap();
    for block in &blocks {
        writer.put(7, block).unwrap();
    }
    writer.commit().unwrap();
    let mut found = Vec::new();
    checkpoint
        .load(&mut |_, block| {
            found.push(block.to_vec());
            Ok(())
        })
        .unwrap();
    assert!(found == blocks);
}
