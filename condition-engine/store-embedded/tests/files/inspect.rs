//! Looking into a directory without a lock, beside the process that writes.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use crate::support::{append, files, open, payload, snapshot, tiny};
use fanin_store::Journal;
use fanin_store_embedded::{FileStore, Options};
use tempfile::TempDir;

fn contents(dir: &Path) -> Vec<(String, Vec<u8>)> {
    files(dir, "").iter().map(|path| (path.display().to_string(), fs::read(path).unwrap())).collect()
}

#[test]
fn it_reads_everything_and_writes_nothing() {
    let dir = TempDir::new().unwrap();
    let (mut journal, mut checkpoint, _) = open(dir.path(), &tiny());
    for _ in 0..30 {
        append(&mut journal, 3);
    }
    snapshot(&mut checkpoint, 50);
    // The writer prepares its next segment in the background: it has to be gone before files are compared.
    drop((journal, checkpoint));
    fs::write(dir.path().join("MANIFEST.tmp"), "left by a dead process").unwrap();
    let before = contents(dir.path());

    let inspection = FileStore::inspect(dir.path()).unwrap();
    assert_eq!((inspection.report().last, inspection.report().snapshot), (90, Some(50)));
    let mut seen = 0;
    let end = inspection.replay(0, &mut |seq, frame| {
        seen += 1;
        assert_eq!((seq, frame), (seen, payload(seq).as_slice()));
        Ok(())
    });
    assert_eq!((end.unwrap(), seen), (90, 90));
    assert_eq!(inspection.load(&mut |_, _| Ok(())).unwrap(), Some(50));
    inspection.verify().unwrap();

    let segments = inspection.segments();
    assert!(segments.len() > 2);
    assert_eq!((segments[0].first, segments.last().unwrap().last), (1, 90));
    for pair in segments.windows(2) {
        assert_eq!(pair[0].last + 1, pair[1].first);
    }
    assert_eq!(contents(dir.path()), before);
}

#[test]
fn an_empty_or_missing_directory() {
    let dir = TempDir::new().unwrap();
    let inspection = FileStore::inspect(dir.path()).unwrap();
    assert!(inspection.report().fresh && inspection.segments().is_empty());
    assert_eq!(inspection.replay(0, &mut |_, _| Ok(())).unwrap(), 0);
    assert_eq!(FileStore::inspect(dir.path().join("none")).unwrap_err().code(), "S004");
}

#[test]
fn a_busy_writer_never_looks_like_damage() {
    let dir = TempDir::new().unwrap();
    let options = Options { segment_bytes: 16 << 10, ..tiny() };
    let (mut journal, mut checkpoint, _) = open(dir.path(), &options);
    let (stop, acknowledged) = (AtomicBool::new(false), AtomicU64::new(0));
    let mut looks = 0;
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut round = 0;
            while !stop.load(Ordering::SeqCst) {
                acknowledged.store(append(&mut journal, 1 + round % 9), Ordering::SeqCst);
                round += 1;
                if round % 40 == 0 {
                    let at = journal.last();
                    snapshot(&mut checkpoint, at);
                    journal.release(at).unwrap();
                }
            }
        });
        for _ in 0..150 {
            let known = acknowledged.load(Ordering::SeqCst);
            match FileStore::inspect(dir.path()) {
                Ok(inspection) => {
                    looks += 1;
                    assert!(inspection.report().last >= known);
                    let from = inspection.report().first - 1;
                    let outcome = inspection.replay(from, &mut |seq, frame| {
                        assert_eq!(frame, payload(seq).as_slice());
                        Ok(())
                    });
                    if let Err(error) = outcome {
                        assert_eq!(error.code(), "S011", "released meanwhile: {error}");
                    }
                }
                // A file went between being listed and being opened: one looks again.
                Err(error) => assert_eq!(error.code(), "S004", "{error}"),
            }
        }
        stop.store(true, Ordering::SeqCst);
    });
    assert!(looks > 100, "{looks} of 150");
}
