//! Diagnosis and repair: each kind of damage is told as it is, and a repair does what was announced and no more.

use std::fs;
use std::path::Path;

use crate::support::{append, check, copy, files, flip, load, open, payload, snapshot, tiny};
use fanin_store::{Journal, Seq};
use fanin_store_embedded::{Costs, Diagnosis, FileStore, Options, RepairError, RepairPlan, Step};
use tempfile::TempDir;

pub(crate) fn keeping() -> Options {
    Options { retain_bytes: 1 << 20, retain_segments: 1000, ..tiny() }
}

/// 240 frames in groups of three over many segments, in two lives; snapshots at 60, 120, 180 and 220, the last one in the middle of
/// a segment.
pub(crate) fn worked(options: &Options) -> TempDir {
    let dir = TempDir::new().unwrap();
    for life in [0..120, 120..240] {
        let (mut journal, mut checkpoint, _) = open(dir.path(), options);
        while journal.last() < life.end {
            let last = append(&mut journal, 3);
            if [60, 120, 180].contains(&last) {
                snapshot(&mut checkpoint, last);
                journal.release(last).unwrap();
            }
        }
        if life.end == 240 {
            snapshot(&mut checkpoint, 220);
        }
    }
    dir
}

pub(crate) fn diagnose(dir: &Path) -> Diagnosis {
    FileStore::diagnose(dir).unwrap()
}

/// Every file of before is somewhere, unchanged.
fn nothing_is_gone(before: &Path, after: &Path, aside: &Path) {
    for file in files(before, "") {
        let name = file.file_name().unwrap();
        let bytes = fs::read(&file).unwrap();
        let same = |place: &Path| fs::read(place.join(name)).is_ok_and(|found| found == bytes);
        assert!(same(after) || same(aside) || name == "LOCK", "{name:?} is gone");
    }
}

/// Repairs as announced, and holds the result to the announcement.
pub(crate) fn mend(dir: &Path, options: &Options) -> RepairPlan {
    let found = diagnose(dir);
    let plan = found.plan.clone().unwrap();
    let before = TempDir::new().unwrap();
    copy(dir, before.path());
    let report = FileStore::repair(dir, &plan).unwrap();
    nothing_is_gone(before.path(), dir, Path::new(&report.aside));
    assert_eq!(report.done, plan.steps);
    let after = &report.after;
    assert_eq!((after.damages.len(), &after.refusal, &after.plan), (0, &None, &None), "{after:#?}");
    assert_eq!((after.snapshot, after.first, after.last), (plan.snapshot, plan.first, plan.last));
    assert_eq!(after.bases.first().copied(), Some(plan.history), "{after:#?}");
    holds(dir, &plan, options);
    plan
}

/// The store opens and holds what was announced; every past moment can be built; it goes on.
fn holds(dir: &Path, plan: &RepairPlan, options: &Options) {
    let inspection = FileStore::inspect(dir).unwrap();
    inspection.verify().unwrap();
    for base in inspection.bases() {
        inspection.load_at(base, &mut |_, _| Ok(())).unwrap();
    }
    let (mut journal, mut checkpoint, report) = open(dir, options);
    assert_eq!((report.snapshot, report.last, report.first), (plan.snapshot, plan.last, plan.first));
    assert!(report.damaged.is_empty(), "{report:?}");
    assert_eq!(load(&mut checkpoint), plan.snapshot);
    assert_eq!(check(&mut journal, plan.first - 1).unwrap(), plan.last);
    assert_eq!(append(&mut journal, 3), plan.last + 3);
    let at = plan.last + 1;
    snapshot(&mut checkpoint, at);
    journal.release(at).unwrap();
    drop((journal, checkpoint));
    let (mut journal, _checkpoint, _) = open(dir, options);
    assert_eq!(check(&mut journal, plan.last).unwrap(), plan.last + 3);
}

/// The segment that holds a frame, and where the frame begins in it.
fn place_of(dir: &Path, wanted: Seq) -> (std::path::PathBuf, usize) {
    let inspection = FileStore::inspect(dir).unwrap();
    let segments = inspection.segments();
    let segment = segments.iter().find(|s| s.first <= wanted && wanted <= s.last).unwrap();
    let before = segment.first..wanted;
    let offset = 512 + before.map(|seq| (28 + payload(seq).len()).next_multiple_of(4)).sum::<usize>();
    (segment.file.clone().into(), offset)
}

#[test]
fn a_healthy_directory_is_said_to_be_healthy() {
    for options in [tiny(), keeping()] {
        let dir = worked(&options);
        let found = diagnose(dir.path());
        assert_eq!(
            (found.damages.len(), &found.refusal, &found.plan, &found.hopeless),
            (0, &None, &None, &None)
        );
        assert_eq!((found.snapshot, found.last, found.known), (Some(220), 240, 240));
        assert_eq!(found.bases, FileStore::inspect(dir.path()).unwrap().bases());
        assert!(found.segments.iter().all(|segment| segment.whole));
    }
    let empty = TempDir::new().unwrap();
    let found = diagnose(empty.path());
    assert_eq!((found.damages.len(), &found.plan, &found.hopeless), (0, &None, &None));
}

#[test]
fn a_flipped_byte_after_the_snapshot_costs_what_follows_it() {
    let dir = worked(&keeping());
    let (file, offset) = place_of(dir.path(), 226);
    flip(&file, offset + 30, 2);
    let found = diagnose(dir.path());
    assert!(found.refusal.is_some());
    assert_eq!((found.damages.len(), found.damages[0].offset), (1, offset as u64));
    assert_eq!((found.damages[0].frames, found.damages[0].costs), (Some((226, 226)), Costs::State));
    for (seq, wanted) in [(1, true), (225, true), (226, false), (227, true), (240, true), (241, false)] {
        let bytes = FileStore::salvage(dir.path(), seq).unwrap();
        assert_eq!(bytes, wanted.then(|| payload(seq)), "frame {seq}");
    }
    let plan = mend(dir.path(), &keeping());
    let lost = plan.lost.unwrap();
    assert_eq!((plan.snapshot, plan.last, plan.history), (Some(220), 225, 0));
    assert_eq!((lost.first, lost.last, lost.perhaps_more), (226, 240, false));
    assert_eq!(
        lost.bytes,
        (227..=240).map(|s| (28 + payload(s).len() as u64).next_multiple_of(4)).sum::<u64>()
    );
    assert!(dir.path().join("damaged-1").join(file.file_name().unwrap()).exists());
}

#[test]
fn a_flipped_byte_before_the_snapshot_costs_history_only() {
    let dir = worked(&keeping());
    let (file, offset) = place_of(dir.path(), 100);
    flip(&file, offset, 2);
    let found = diagnose(dir.path());
    assert_eq!(found.refusal, None, "an opening does not read that far back");
    assert_eq!((found.damages[0].frames, found.damages[0].costs), (Some((100, 100)), Costs::History));
    let plan = mend(dir.path(), &keeping());
    assert_eq!((plan.snapshot, plan.last, &plan.lost), (Some(220), 240, &None));
    assert_eq!((plan.history, plan.lost_history), (120, Some((1, plan.first - 1))));
    assert!(plan.steps.iter().all(|step| matches!(step, Step::MoveAside { .. })), "nothing is written again");
}

#[test]
fn frames_behind_a_bad_one_in_the_segment_of_the_snapshot_are_written_again() {
    let options = Options { segment_bytes: 8192, ..keeping() };
    let dir = worked(&options);
    let segments = FileStore::inspect(dir.path()).unwrap().segments();
    let held = segments.iter().find(|s| s.first <= 221 && 221 <= s.last).unwrap();
    let bad = 218;
    assert!(held.first < bad, "{held:?}");
    let (file, offset) = place_of(dir.path(), bad);
    flip(&file, offset + 40, 2);
    let found = diagnose(dir.path());
    assert!(found.refusal.is_some(), "an opening has to walk over it");
    assert_eq!(found.damages[0].costs, Costs::History);
    let plan = mend(dir.path(), &options);
    assert_eq!(plan.steps[0], Step::Rewrite { first: 219, last: 240 });
    assert_eq!((plan.snapshot, plan.first, plan.last, &plan.lost), (Some(220), 219, 240, &None));
    assert_eq!(plan.history, 220);
}

#[test]
fn a_zeroed_page_costs_the_frames_behind_it() {
    let options = Options { segment_bytes: 64 << 10, ..keeping() };
    let dir = worked(&options);
    let (file, offset) = place_of(dir.path(), 230);
    let mut bytes = fs::read(&file).unwrap();
    bytes[offset..offset + 300].fill(0);
    fs::write(&file, bytes).unwrap();
    let plan = mend(dir.path(), &options);
    let lost = plan.lost.unwrap();
    assert_eq!((plan.last, lost.first, lost.last), (229, 230, 240));
}

#[test]
fn a_missing_segment_after_the_snapshot_costs_what_follows_it() {
    let dir = TempDir::new().unwrap();
    let (mut journal, mut checkpoint, _) = open(dir.path(), &keeping());
    append(&mut journal, 9);
    snapshot(&mut checkpoint, 9);
    for _ in 0..60 {
        append(&mut journal, 3);
    }
    drop((journal, checkpoint));
    let segments = FileStore::inspect(dir.path()).unwrap().segments();
    fs::remove_file(&segments[2].file).unwrap();
    let found = diagnose(dir.path());
    assert_eq!(found.damages[0].frames, Some((segments[2].first, segments[2].last)));
    assert!(found.damages[0].what.contains("goes on with frame"), "{found:#?}");
    let plan = mend(dir.path(), &keeping());
    let lost = plan.lost.unwrap();
    assert_eq!((plan.snapshot, plan.last, plan.history), (Some(9), segments[1].last, 0));
    assert_eq!((lost.first, lost.last, lost.perhaps_more), (segments[2].first, 189, false));
}

#[test]
fn missing_segments_before_the_snapshot_cost_history_only() {
    let dir = worked(&keeping());
    let segments = FileStore::inspect(dir.path()).unwrap().segments();
    fs::remove_file(&segments[0].file).unwrap();
    fs::remove_file(&segments[2].file).unwrap();
    assert_eq!(diagnose(dir.path()).refusal, None);
    let plan = mend(dir.path(), &keeping());
    assert_eq!((plan.last, &plan.lost, plan.first), (240, &None, segments[3].first));
}

#[test]
fn a_log_that_is_gone_leaves_the_snapshot() {
    let dir = worked(&keeping());
    for file in files(dir.path(), "log-") {
        fs::remove_file(file).unwrap();
    }
    let found = diagnose(dir.path());
    assert!(found.refusal.as_ref().unwrap().contains("before the snapshot at 220"), "{found:#?}");
    assert_eq!(found.damages[0].costs, Costs::State);
    let plan = mend(dir.path(), &keeping());
    let lost = plan.lost.unwrap();
    assert_eq!((plan.snapshot, plan.first, plan.last), (Some(220), 221, 220));
    assert!(lost.perhaps_more && lost.last < lost.first, "{lost}");
    assert!(lost.to_string().contains("cannot be told"), "{lost}");
}

/// Writes over the headers of frames.
fn deface(dir: &Path, seqs: &[Seq]) {
    let places: Vec<_> = seqs.iter().map(|seq| place_of(dir, *seq)).collect();
    for (file, offset) in places {
        let mut bytes = fs::read(&file).unwrap();
        bytes[offset..offset + 28].fill(7);
        fs::write(&file, bytes).unwrap();
    }
}

#[test]
fn between_two_bad_places_the_state_goes_as_far_as_the_second() {
    let options = Options { segment_bytes: 8192, ..keeping() };
    let dir = worked(&options);
    deface(dir.path(), &[215, 225]);
    let plan = mend(dir.path(), &options);
    assert_eq!(plan.steps[0], Step::Rewrite { first: 216, last: 224 });
    let lost = plan.lost.unwrap();
    assert_eq!((plan.snapshot, plan.last, lost.first, lost.last), (Some(220), 224, 225, 240));
}

#[test]
fn a_log_that_is_bad_around_the_snapshot_leaves_the_snapshot() {
    let options = Options { segment_bytes: 8192, ..keeping() };
    let dir = worked(&options);
    deface(dir.path(), &[219, 220, 221, 222]);
    let plan = mend(dir.path(), &options);
    let lost = plan.lost.unwrap();
    assert_eq!((plan.snapshot, plan.first, plan.last, plan.history), (Some(220), 221, 220, 220));
    assert_eq!((lost.first, lost.last), (221, 240));
    assert_eq!(plan.steps[0], Step::Begin { first: 221 });
}

#[test]
fn a_file_cut_short_keeps_its_whole_frames() {
    let dir = worked(&keeping());
    let (file, offset) = place_of(dir.path(), 233);
    fs::OpenOptions::new().write(true).open(&file).unwrap().set_len(offset as u64 + 20).unwrap();
    let later: Vec<_> = files(dir.path(), "log-").into_iter().filter(|other| *other > file).collect();
    for file in later {
        fs::remove_file(file).unwrap();
    }
    let found = diagnose(dir.path());
    assert!(found.damages[0].what.contains("cut short"), "{found:#?}");
    let plan = mend(dir.path(), &keeping());
    let lost = plan.lost.unwrap();
    assert_eq!((plan.last, lost.first, lost.perhaps_more), (232, 233, true));
}

#[test]
fn damaged_snapshots_cost_nothing_as_long_as_another_leads_to_the_log() {
    let dir = worked(&keeping());
    let snapshots = files(dir.path(), "snapshot-");
    for (index, wanted) in [(3, Some(180)), (2, Some(120)), (1, Some(60)), (0, None)] {
        flip(&snapshots[index], 50, 1);
        let found = diagnose(dir.path());
        assert_eq!(found.refusal, None, "an opening finds the substitute by itself");
        assert!(found.damages.iter().all(|damage| damage.costs == Costs::Nothing), "{found:#?}");
        let plan = found.plan.unwrap();
        assert_eq!((plan.snapshot, plan.last, &plan.lost, plan.history), (wanted, 240, &None, 0));
    }
    mend(dir.path(), &keeping());
}

#[test]
fn without_a_snapshot_that_leads_to_the_log_nothing_can_be_repaired() {
    let dir = worked(&tiny());
    for file in files(dir.path(), "snapshot-") {
        flip(&file, 50, 1);
    }
    let found = diagnose(dir.path());
    assert!(found.plan.is_none() && found.refusal.is_some());
    assert!(found.hopeless.unwrap().contains("backup"));
    assert!(found.damages.iter().all(|damage| damage.costs == Costs::State));
}

#[test]
fn a_damaged_manifest_is_written_again() {
    let dir = worked(&keeping());
    flip(&dir.path().join("MANIFEST"), 20, 1);
    let found = diagnose(dir.path());
    assert_eq!((found.damages[0].costs, &found.refusal), (Costs::Nothing, &None));
    let plan = mend(dir.path(), &keeping());
    assert_eq!(plan.steps, [Step::Manifest { newest: Some(220), previous: Some(180) }]);
    assert_eq!((plan.last, plan.lost), (240, None));
}

#[test]
fn garbage_in_the_name_of_a_segment_is_moved_aside() {
    let dir = worked(&keeping());
    fs::write(dir.path().join("log-00000000000000aa"), "garbage").unwrap();
    fs::write(dir.path().join("log-notes"), "not ours").unwrap();
    let plan = mend(dir.path(), &keeping());
    assert_eq!(plan.steps, [Step::MoveAside { file: "log-00000000000000aa".to_owned() }]);
    assert_eq!(plan.last, 240);
    assert!(plan.lost.unwrap().perhaps_more, "nobody can tell what was in it");
    assert!(dir.path().join("log-notes").exists());
}

#[test]
fn a_newer_format_is_not_repaired() {
    let dir = worked(&keeping());
    let file = &files(dir.path(), "log-")[1];
    let mut bytes = fs::read(file).unwrap();
    bytes[8..12].copy_from_slice(&2u32.to_le_bytes());
    let crc = crc32c::crc32c(&bytes[..60]);
    bytes[60..64].copy_from_slice(&crc.to_le_bytes());
    fs::write(file, bytes).unwrap();
    let found = diagnose(dir.path());
    assert!(found.plan.is_none() && found.hopeless.unwrap().contains("use the version"));
}

#[test]
fn a_plan_of_yesterday_and_a_directory_in_use_are_refused() {
    let dir = worked(&keeping());
    let (file, offset) = place_of(dir.path(), 226);
    flip(&file, offset + 30, 2);
    let plan = diagnose(dir.path()).plan.unwrap();
    let other = RepairPlan { last: plan.last - 1, ..plan.clone() };
    assert!(matches!(FileStore::repair(dir.path(), &other), Err(RepairError::Changed { .. })));
    assert!(!dir.path().join("damaged-1").exists(), "nothing was done");
    let healthy = worked(&keeping());
    let _opened = open(healthy.path(), &keeping());
    match FileStore::repair(healthy.path(), &plan) {
        Err(RepairError::Store(error)) => assert_eq!(error.code(), "S001"),
        other => panic!("{other:?}"),
    }
    assert_eq!(FileStore::holder(healthy.path()).unwrap().pid, Some(std::process::id()));
    assert_eq!(FileStore::holder(dir.path()), None);
}
