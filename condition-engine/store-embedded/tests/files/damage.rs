//! Damage to the log: what is cut, what is refused, and that nothing false is ever read.

use std::fs;
use std::path::Path;

use crate::support::{append, check, copy, files, flip, open, payload, refusal, roomy, tiny};
use fanin_store::{Journal, StoreError};
use fanin_store_embedded::FileStore;
use tempfile::TempDir;

const FIRST_OFFSET: usize = 512;

fn bytes_of(seqs: std::ops::RangeInclusive<u64>) -> usize {
    seqs.map(|seq| (28 + payload(seq).len()).next_multiple_of(4)).sum()
}

/// A directory with one segment of three groups: frames 1 to 3, 4 to 6, 7 to 9.
fn three_groups() -> TempDir {
    let dir = TempDir::new().unwrap();
    let (mut journal, _checkpoint, _) = open(dir.path(), &roomy());
    for _ in 0..3 {
        append(&mut journal, 3);
    }
    dir
}

fn with_flip(dir: &Path, offset: usize, bit: u32) -> TempDir {
    let other = TempDir::new().unwrap();
    copy(dir, other.path());
    flip(&files(other.path(), "log-")[0], offset, bit);
    other
}

#[test]
fn a_flipped_bit_before_the_last_write_is_damage() {
    let dir = three_groups();
    for offset in (FIRST_OFFSET..FIRST_OFFSET + bytes_of(1..=6)).step_by(3) {
        let bad = with_flip(dir.path(), offset, (offset % 8) as u32);
        match refusal(bad.path(), &roomy()) {
            StoreError::Corrupt { offset: named, .. } => assert!(named as usize <= offset),
            other => panic!("byte {offset}: {other}"),
        }
    }
}

#[test]
fn a_flipped_bit_in_the_last_write_cuts_it_from_there() {
    let dir = three_groups();
    let start = FIRST_OFFSET + bytes_of(1..=6);
    for offset in start..FIRST_OFFSET + bytes_of(1..=9) {
        let bad = with_flip(dir.path(), offset, (offset % 8) as u32);
        let (mut journal, _checkpoint, report) = open(bad.path(), &roomy());
        let last = check(&mut journal, 0).unwrap();
        if last == 9 {
            // The padding of a frame is not part of it.
            assert!(report.torn.is_none());
            continue;
        }
        assert!((6..9).contains(&last), "byte {offset}: {last}");
        let torn = report.torn.unwrap();
        assert!(start as u64 <= torn.offset && torn.offset <= offset as u64 && torn.bytes > 0, "{torn:?}");
        assert_eq!(append(&mut journal, 2), last + 2);
        drop((journal, _checkpoint));
        let (mut journal, _checkpoint, report) = open(bad.path(), &roomy());
        assert_eq!(check(&mut journal, 0).unwrap(), last + 2);
        assert_eq!(report.repaired(), None, "it is cut once");
    }
}

#[test]
fn a_torn_write_is_cut_and_reported() {
    let dir = three_groups();
    let log = &files(dir.path(), "log-")[0];
    let whole = fs::read(log).unwrap();
    let start = FIRST_OFFSET + bytes_of(1..=6);
    let end = FIRST_OFFSET + bytes_of(1..=9);
    for cut in (start..end).step_by(5) {
        let torn = TempDir::new().unwrap();
        let mut bytes = whole.clone();
        bytes[cut..].fill(0);
        fs::write(torn.path().join(log.file_name().unwrap()), bytes).unwrap();
        let (mut journal, _checkpoint, report) = open(torn.path(), &roomy());
        let last = check(&mut journal, 0).unwrap();
        let kept = FIRST_OFFSET + bytes_of(1..=last);
        assert!(last >= 6 && kept <= cut + 3, "cut at {cut}: {last}");
        if cut >= kept + 4 {
            let repaired = report.repaired().unwrap();
            assert!(repaired.contains(&format!("cut off at byte {kept}")), "{repaired}");
        }
    }
}

#[test]
fn every_bit_of_a_segment_header_counts() {
    let dir = three_groups();
    for offset in 0..64 {
        let bad = with_flip(dir.path(), offset, 3);
        assert_eq!(refusal(bad.path(), &roomy()).code(), "S005", "byte {offset}");
    }
}

#[test]
fn a_bad_frame_in_an_older_segment_ends_the_replay() {
    let dir = TempDir::new().unwrap();
    let (mut journal, checkpoint, _) = open(dir.path(), &tiny());
    for _ in 0..60 {
        append(&mut journal, 2);
    }
    drop((journal, checkpoint));
    let segments = files(dir.path(), "log-");
    assert!(segments.len() > 3);
    flip(&segments[1], 700, 0);
    let (mut journal, _checkpoint, _) = open(dir.path(), &tiny());
    let error = check(&mut journal, 0).unwrap_err();
    assert_eq!(error.code(), "S005");
    assert!(error.to_string().contains(segments[1].to_str().unwrap()), "{error}");
    assert!(error.to_string().contains("fanin doctor"), "{error}");
    let inspection = FileStore::inspect(dir.path()).unwrap();
    assert_eq!(inspection.verify().unwrap_err().code(), "S005");
}

#[test]
fn a_missing_segment_is_noticed() {
    let dir = TempDir::new().unwrap();
    let (mut journal, checkpoint, _) = open(dir.path(), &tiny());
    for _ in 0..60 {
        append(&mut journal, 2);
    }
    drop((journal, checkpoint));
    let segments = files(dir.path(), "log-");
    let without = |index: usize| {
        let other = TempDir::new().unwrap();
        copy(dir.path(), other.path());
        fs::remove_file(other.path().join(segments[index].file_name().unwrap())).unwrap();
        other
    };
    assert_eq!(refusal(without(0).path(), &tiny()).code(), "S005", "the beginning");
    let other = without(1);
    let (mut journal, _checkpoint, _) = open(other.path(), &tiny());
    assert_eq!(check(&mut journal, 0).unwrap_err().code(), "S005", "the middle");
}

#[test]
fn a_segment_cut_short_is_damage() {
    let dir = three_groups();
    let log = &files(dir.path(), "log-")[0];
    let file = fs::OpenOptions::new().write(true).open(log).unwrap();
    file.set_len(1000).unwrap();
    let error = refusal(dir.path(), &roomy());
    assert!(matches!(error, StoreError::Corrupt { offset: 1000, .. }), "{error}");
}

#[test]
fn a_renamed_segment_is_damage() {
    let dir = three_groups();
    let log = &files(dir.path(), "log-")[0];
    fs::rename(log, dir.path().join("log-00000000000000ff")).unwrap();
    assert_eq!(refusal(dir.path(), &roomy()).code(), "S005");
}

#[test]
fn a_payload_that_imitates_frames_is_only_a_payload() {
    let dir = TempDir::new().unwrap();
    let (mut journal, checkpoint, _) = open(dir.path(), &roomy());
    append(&mut journal, 3);
    drop((journal, checkpoint));
    // The bytes of the log itself, old frames with all their checksums, sent as an event.
    let copied = fs::read(&files(dir.path(), "log-")[0]).unwrap();
    let imitation = &copied[FIRST_OFFSET..2000.min(copied.len())];
    let (mut journal, checkpoint, _) = open(dir.path(), &roomy());
    journal.append(&[imitation]).unwrap();
    drop((journal, checkpoint));
    let logs = files(dir.path(), "log-");
    flip(&logs[1], FIRST_OFFSET + 1, 0);
    let (journal, _checkpoint, report) = open(dir.path(), &roomy());
    assert_eq!(journal.last(), 3);
    assert!(report.torn.is_some());
}
