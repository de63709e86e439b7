//! The history: bases and the log after them, within its budget; a damaged base costs history, never state.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use crate::support::{append, check, copy, files, flip, load, open, payload, refusal, snapshot, tiny};
use fanin_store::{Journal, Seq, StoreError};
use fanin_store_embedded::{FileStore, Inspection, Options};
use tempfile::TempDir;

/// Small segments, everything retained.
fn keeping() -> Options {
    Options { retain_bytes: 1 << 20, retain_segments: 1000, ..tiny() }
}

/// 240 frames, a snapshot every 30 of them, the log released each time.
fn worked(options: &Options) -> TempDir {
    let dir = TempDir::new().unwrap();
    let (mut journal, mut checkpoint, _) = open(dir.path(), options);
    for round in 1..=80 {
        let last = append(&mut journal, 3);
        if round % 10 == 0 {
            snapshot(&mut checkpoint, last);
            journal.release(last).unwrap();
        }
    }
    dir
}

/// The blocks of a base, and the frames after it, as they must be.
fn build(inspection: &Inspection, base: Seq) -> Result<Seq, StoreError> {
    let mut blocks = 0;
    inspection.load_at(base, &mut |section, block| {
        assert_eq!(block, format!("state at {base}, section {section}").as_bytes());
        blocks += 1;
        Ok(())
    })?;
    assert_eq!(blocks, if base == 0 { 0 } else { 3 });
    let mut next = base;
    inspection.replay(base, &mut |seq, frame| {
        next += 1;
        assert_eq!((seq, frame), (next, payload(seq).as_slice()));
        Ok(())
    })
}

fn bases(dir: &Path) -> Vec<Seq> {
    FileStore::inspect(dir).unwrap().bases()
}

#[test]
fn every_moment_since_the_first_frame_can_be_built_again() {
    let dir = worked(&keeping());
    let inspection = FileStore::inspect(dir.path()).unwrap();
    assert_eq!(inspection.bases(), [0, 30, 60, 90, 120, 150, 180, 210, 240]);
    for base in inspection.bases() {
        assert_eq!(build(&inspection, base).unwrap(), 240, "from {base}");
    }
    assert_eq!(inspection.load_at(100, &mut |_, _| Ok(())).unwrap_err().code(), "S004", "there is none");
}

#[test]
fn past_its_budget_the_oldest_unit_goes_and_the_history_begins_at_a_base() {
    for budget in [1, 4_000, 9_000, 15_000, 20_000] {
        let dir = worked(&Options { retain_bytes: budget, ..keeping() });
        let inspection = FileStore::inspect(dir.path()).unwrap();
        let (bases, segments) = (inspection.bases(), inspection.segments());
        let start = bases[0];
        assert!(
            segments[0].last > start && segments[0].first <= start + 1,
            "{budget}: {start}, {segments:?}"
        );
        for base in &bases {
            assert_eq!(build(&inspection, *base).unwrap(), 240, "{budget}: from {base}");
        }
        let released = segments.iter().filter(|s| s.last <= 210).map(|s| s.bytes).sum::<u64>();
        let older = files(dir.path(), "snapshot-");
        let older: u64 = older[..older.len() - 2].iter().map(|f| fs::metadata(f).unwrap().len()).sum();
        assert!(start == 210 || released + older <= budget, "{budget}: {released} and {older}");
        // The budget is used: one more unit of a segment or two would not have fitted.
        assert!(start == 0 || released + older + 2 * 4096 + 200 > budget, "{budget}: {released} and {older}");
        assert_eq!(files(dir.path(), "snapshot-").len(), bases.len());
    }
}

#[test]
fn without_retention_two_snapshots_stay_and_no_more() {
    for options in [tiny(), Options { retain_bases: 0, ..keeping() }] {
        let dir = worked(&options);
        assert_eq!(files(dir.path(), "snapshot-").len(), 2);
    }
    // A directory with a history, opened without retention: it goes at once.
    let dir = worked(&keeping());
    drop(open(dir.path(), &tiny()));
    assert_eq!(files(dir.path(), "snapshot-").len(), 2);
    let dir = worked(&Options { retain_bases: 3, ..keeping() });
    assert_eq!(bases(dir.path()), [120, 150, 180, 210, 240]);
}

#[test]
fn a_damaged_base_costs_history_and_no_state() {
    let dir = worked(&keeping());
    let all = files(dir.path(), "snapshot-");
    flip(&all[2], 40, 1);
    fs::write(&all[3], "").unwrap();
    let inspection = FileStore::inspect(dir.path()).unwrap();
    assert_eq!(build(&inspection, 90).unwrap_err().code(), "S005");
    assert_eq!(build(&inspection, 120).unwrap_err().code(), "S005");
    assert_eq!(build(&inspection, 60).unwrap(), 240, "the one before serves");
    // An opening reads no bases: it does not even notice.
    let (mut journal, mut checkpoint, report) = open(dir.path(), &keeping());
    assert_eq!((report.snapshot, report.repaired()), (Some(240), None));
    assert_eq!((load(&mut checkpoint), check(&mut journal, 240).unwrap()), (Some(240), 240));
}

#[test]
fn a_base_stands_in_when_both_kept_snapshots_are_damaged() {
    let dir = worked(&Options { retain_bytes: 12_000, ..keeping() });
    let all = files(dir.path(), "snapshot-");
    for file in &all[all.len() - 2..] {
        flip(file, 40, 1);
    }
    let (mut journal, mut checkpoint, report) = open(dir.path(), &keeping());
    assert_eq!((report.snapshot, report.damaged.len()), (Some(180), 2));
    assert_eq!((load(&mut checkpoint), check(&mut journal, 180).unwrap()), (Some(180), 240));
    snapshot(&mut checkpoint, 240);
    assert_eq!(bases(dir.path()).last_chunk(), Some(&[150, 180, 240]), "the damaged ones are gone");
    drop((journal, checkpoint));
    for file in files(dir.path(), "snapshot-") {
        flip(&file, 40, 1);
    }
    assert_eq!(refusal(dir.path(), &keeping()).code(), "S005");
}

#[test]
fn what_the_log_does_not_reach_back_to_is_removed_at_the_next_opening() {
    let dir = worked(&Options { retain_bytes: 9_000, ..keeping() });
    let before = bases(dir.path());
    // It came back after a power cut.
    fs::copy(&files(dir.path(), "snapshot-")[0], dir.path().join("snapshot-00000000000000000002")).unwrap();
    assert_eq!(bases(dir.path()), before);
    drop(open(dir.path(), &keeping()));
    assert_eq!(files(dir.path(), "snapshot-").len(), before.len());
}

#[test]
fn a_reader_may_have_had_enough() {
    let dir = worked(&keeping());
    let inspection = FileStore::inspect(dir.path()).unwrap();
    let until = |end: Seq| {
        let mut seen = 0;
        let last = inspection.replay_while(30, &mut |seq, _| {
            seen += 1;
            Ok(if seq == end { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        });
        (last.unwrap(), seen)
    };
    assert_eq!(until(31), (31, 1));
    assert_eq!(until(100), (100, 70));
    assert_eq!(until(240), (240, 210));
    assert_eq!(until(241), (240, 210));
}

#[test]
fn a_tail_shows_each_frame_once_over_segments_and_openings() {
    let dir = TempDir::new().unwrap();
    let mut tail = FileStore::tail(dir.path(), 0);
    let mut shown = 0;
    let mut poll = |tail: &mut fanin_store_embedded::Tail| {
        tail.poll(&mut |seq, frame| {
            shown += 1;
            assert_eq!((seq, frame), (shown, payload(seq).as_slice()));
            Ok(())
        })
    };
    assert_eq!(poll(&mut tail).unwrap(), 0, "an empty directory");
    let mut last = 0;
    for _ in 0..6 {
        let (mut journal, _checkpoint, _) = open(dir.path(), &tiny());
        assert_eq!(poll(&mut tail).unwrap(), last);
        for round in 0..30 {
            last = append(&mut journal, 1 + round % 3);
            if round % 4 == 0 {
                assert_eq!(poll(&mut tail).unwrap(), last);
                assert_eq!(tail.last(), last);
            }
        }
    }
    assert_eq!(poll(&mut tail).unwrap(), last);
    let mut late = FileStore::tail(dir.path(), 200);
    let mut first = None;
    let end = late.poll(&mut |seq, _| {
        first.get_or_insert(seq);
        Ok(())
    });
    assert_eq!((end.unwrap(), first), (last, Some(201)));
}

#[test]
fn a_tail_says_when_frames_went_before_it_saw_them() {
    let dir = TempDir::new().unwrap();
    let (mut journal, mut checkpoint, _) = open(dir.path(), &tiny());
    append(&mut journal, 3);
    let mut tail = FileStore::tail(dir.path(), 0);
    assert_eq!(tail.poll(&mut |_, _| Ok(())).unwrap(), 3);
    for _ in 0..100 {
        append(&mut journal, 3);
    }
    for at in [250, 300] {
        snapshot(&mut checkpoint, at);
        journal.release(at).unwrap();
    }
    // Recycled files get new frames, which are none of the old segment's.
    for _ in 0..20 {
        append(&mut journal, 3);
    }
    assert_eq!(tail.poll(&mut |_, _| Ok(())).unwrap_err().code(), "S011");
    assert_eq!(FileStore::tail(dir.path(), 1000).poll(&mut |_, _| Ok(())).unwrap(), 1000, "not there yet");
    let copied = TempDir::new().unwrap();
    copy(dir.path(), copied.path());
    assert_eq!(FileStore::tail(copied.path(), 300).poll(&mut |_, _| Ok(())).unwrap(), 363);
}

#[test]
fn a_tail_beside_a_busy_writer_shows_each_frame_once() {
    let dir = TempDir::new().unwrap();
    let options = Options { segment_bytes: 16 << 10, ..keeping() };
    let (mut journal, mut checkpoint, _) = open(dir.path(), &options);
    let writer = std::thread::spawn(move || {
        for round in 0..1500 {
            let last = append(&mut journal, 1 + round % 5);
            if round % 100 == 99 {
                snapshot(&mut checkpoint, last);
                journal.release(last).unwrap();
            }
        }
        journal.last()
    });
    let mut tail = FileStore::tail(dir.path(), 0);
    let mut shown = 0;
    let mut polls = 0;
    loop {
        let done = writer.is_finished();
        let last = tail.poll(&mut |seq, frame| {
            shown += 1;
            assert_eq!((seq, frame), (shown, payload(seq).as_slice()));
            Ok(())
        });
        assert_eq!(last.unwrap(), shown);
        polls += 1;
        if done {
            break;
        }
    }
    assert_eq!(shown, writer.join().unwrap());
    assert!(polls > 10, "{polls}");
}
