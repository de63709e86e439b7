//! Every format ever written still loads: one directory for each lies in `tests/fixtures`.

use std::path::Path;

use fanin_store::Journal;
use fanin_store_embedded::Options;
use tempfile::TempDir;

use crate::support::{append, check, copy, load, open, snapshot, tiny};

/// Frames 1 to 24 in groups of three over two segments, snapshots at 9 and 20.
fn write(dir: &Path) {
    let options = Options { semantics: 1, ..tiny() };
    let (mut journal, mut checkpoint, _) = open(dir, &options);
    for group in 1..=8 {
        append(&mut journal, 3);
        if group == 5 {
            snapshot(&mut checkpoint, 9);
            drop((journal, checkpoint));
            (journal, checkpoint, _) = open(dir, &options);
        }
    }
    snapshot(&mut checkpoint, 20);
}

fn read(dir: &Path) {
    let (mut journal, mut checkpoint, report) = open(dir, &tiny());
    assert_eq!((report.first, report.last, report.snapshot), (1, 24, Some(20)));
    assert_eq!((report.semantics, report.repaired()), (Some(1), None));
    assert_eq!(load(&mut checkpoint), Some(20));
    assert_eq!(check(&mut journal, 0).unwrap(), 24);
    assert_eq!(journal.append(&[b"more"]).unwrap(), 25);
}

/// `FANIN_WRITE_FIXTURES=1` writes the directory of the present format, once, when a format is introduced.
#[test]
fn format_1_still_loads() {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/format-1");
    if std::env::var_os("FANIN_WRITE_FIXTURES").is_some() && !fixture.exists() {
        write(&fixture);
        std::fs::remove_file(fixture.join("LOCK")).unwrap();
    }
    let dir = TempDir::new().unwrap();
    copy(&fixture, dir.path());
    read(dir.path());
}

#[test]
fn what_is_written_now_loads_like_the_fixture() {
    let dir = TempDir::new().unwrap();
    write(dir.path());
    read(dir.path());
}
