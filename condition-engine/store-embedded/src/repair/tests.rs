//! A repair that is interrupted after any of its steps, and begun again, ends with the same state.

use fanin_store::{Checkpoint, Journal};
use tempfile::TempDir;

use super::*;
use crate::{FileStore, Options};

fn options() -> Options {
    Options { segment_bytes: 8192, ..Options::new(1) }
}

fn payload(seq: Seq) -> Vec<u8> {
    vec![seq as u8; 90]
}

/// 300 frames, snapshots at 50 and 150.
fn worked() -> TempDir {
    let dir = TempDir::new().unwrap();
    let (mut journal, mut checkpoint, _) = FileStore::open(dir.path(), options()).unwrap();
    for seq in 1..=300 {
        journal.append(&[&payload(seq)]).unwrap();
        if seq == 50 || seq == 150 {
            checkpoint.begin(seq).unwrap().commit().unwrap();
        }
    }
    dir
}

/// Where a frame stands.
fn offset_of(dir: &Path, seq: Seq) -> (PathBuf, usize) {
    let segments = FileStore::inspect(dir).unwrap().segments();
    let held = segments.iter().find(|held| held.first <= seq && seq <= held.last).unwrap();
    (PathBuf::from(&held.file), 512 + (seq - held.first) as usize * 120)
}

fn deface(dir: &Path, seqs: &[Seq]) {
    let places: Vec<_> = seqs.iter().map(|seq| offset_of(dir, *seq)).collect();
    for (file, offset) in places {
        let mut bytes = fs::read(&file).unwrap();
        bytes[offset + 4] ^= 1;
        fs::write(&file, bytes).unwrap();
    }
}

fn holds(dir: &Path, last: Seq) {
    let (mut journal, mut checkpoint, report) = FileStore::open(dir, options()).unwrap();
    assert_eq!((report.snapshot, report.last), (Some(150), last));
    assert_eq!(checkpoint.load(&mut |_, _| Ok(())).unwrap(), Some(150));
    let end = journal.replay(150, &mut |seq, frame| {
        assert_eq!(frame, payload(seq).as_slice());
        Ok(())
    });
    assert_eq!(end.unwrap(), last);
}

fn copied(from: &Path) -> TempDir {
    let to = TempDir::new().unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_file() {
            fs::copy(entry.path(), to.path().join(entry.file_name())).unwrap();
        }
    }
    to
}

/// The same frames in one segment.
fn in_one_segment(dir: &Path) {
    fs::remove_dir_all(dir).unwrap();
    let options = Options { segment_bytes: 64 << 10, ..options() };
    let (mut journal, mut checkpoint, _) = FileStore::open(dir, options).unwrap();
    for seq in 1..=300 {
        journal.append(&[&payload(seq)]).unwrap();
        if seq == 50 || seq == 150 {
            checkpoint.begin(seq).unwrap().commit().unwrap();
        }
    }
}

#[test]
fn a_repair_may_be_interrupted_after_any_step() {
    for (bad, last) in [(vec![148], 300), (vec![148, 200], 199), (vec![200], 199), (vec![149, 150, 151], 150)]
    {
        let damaged = worked();
        deface(damaged.path(), &bad);
        let plan = FileStore::diagnose(damaged.path()).unwrap().plan.unwrap();
        assert_eq!(plan.last, last, "{bad:?}: {plan:#?}");
        for done in 0..=plan.steps.len() {
            let dir = copied(damaged.path());
            let (place, found) = prepare(dir.path(), &plan).unwrap();
            for step in &plan.steps[..done] {
                place.carry_out(step, &found, &plan).unwrap();
            }
            if let Some(again) = FileStore::diagnose(dir.path()).unwrap().plan {
                assert_eq!(
                    (again.snapshot, again.last),
                    (Some(150), last),
                    "{bad:?} after {done}: {again:#?}"
                );
                FileStore::repair(dir.path(), &again).unwrap();
            }
            holds(dir.path(), last);
        }
    }
}

#[test]
fn frames_that_were_half_written_again_are_taken_from_where_they_were() {
    // In the second case all of them lie in the last segment.
    for large in [false, true] {
        half_written_again(large);
    }
}

fn half_written_again(large: bool) {
    let dir = worked();
    if large {
        in_one_segment(dir.path());
    }
    deface(dir.path(), &[148]);
    let plan = FileStore::diagnose(dir.path()).unwrap().plan.unwrap();
    assert_eq!(plan.steps.first(), Some(&Step::Rewrite { first: 149, last: 300 }));
    let (place, found) = prepare(dir.path(), &plan).unwrap();
    let beside = TempDir::new().unwrap();
    let to = Dir::new(Arc::new(RealDisk::new(beside.path())));
    let after = After { epoch: found.log.epoch(), last: 148, chain: 0, semantics: 1 };
    rewrite((&place.dir, &to), &sources(&found.log, found.run.as_ref().unwrap()), after, 4096).unwrap();
    let new = to.list().unwrap();
    assert!(new.len() > 2, "{new:?}");
    for name in &new[1..] {
        fs::rename(beside.path().join(name), dir.path().join(name)).unwrap();
    }
    assert!(FileStore::diagnose(dir.path()).unwrap().refusal.is_some(), "a half written log is not opened");
    let again = FileStore::diagnose(dir.path()).unwrap().plan.unwrap();
    assert_eq!((again.last, &again.lost), (300, &None));
    FileStore::repair(dir.path(), &again).unwrap();
    holds(dir.path(), 300);
}
