//! A watched folder, with real files and the system's own notices.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use crate::support::Fake;
use fanin_sources::folder::{FolderError, FolderOptions, run};
use fanin_sources::{Busy, IntakeError, limits};
use tokio::task::JoinHandle;

fn watch(root: &Path, intake: &Fake) -> JoinHandle<Result<(), FolderError>> {
    let options = FolderOptions { root: root.to_owned(), bucket: "uploads".to_owned() };
    tokio::spawn(run(options, intake.port()))
}

async fn until(what: impl Fn() -> bool) {
    let started = Instant::now();
    while !what() {
        assert!(started.elapsed() < Duration::from_secs(20), "it did not happen");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn sorted(intake: &Fake) -> Vec<String> {
    let mut keys = intake.keys();
    keys.sort();
    keys.dedup();
    keys
}

fn age(path: &Path) {
    let file = fs::File::options().write(true).open(path).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(60)).unwrap();
}

#[tokio::test]
async fn files_become_events_by_whichever_way_they_come() {
    let folder = tempfile::tempdir().unwrap();
    let outside = tempfile::tempdir().unwrap();
    let root = folder.path();
    fs::create_dir(root.join("old")).unwrap();
    fs::write(root.join("old/was here.csv"), "1").unwrap();
    age(&root.join("old/was here.csv"));
    let intake = Fake::default();
    let task = watch(root, &intake);
    until(|| sorted(&intake) == ["old/was here.csv"]).await;

    fs::write(root.join("plain.csv"), "12").unwrap();
    fs::create_dir_all(root.join("new/deep")).unwrap();
    fs::write(root.join("new/deep/ü+.csv"), "123").unwrap();
    fs::write(root.join("x.tmp"), "1").unwrap();
    fs::write(root.join(".hidden"), "1").unwrap();
    fs::write(root.join("y.part"), "1").unwrap();
    fs::rename(root.join("x.tmp"), root.join("renamed.csv")).unwrap();
    fs::create_dir(outside.path().join("moved")).unwrap();
    fs::write(outside.path().join("moved/in.csv"), "1").unwrap();
    fs::rename(outside.path().join("moved"), root.join("moved")).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(outside.path(), root.join("link")).unwrap();
    fs::write(outside.path().join("secret.csv"), "1").unwrap();
    let expected = ["moved/in.csv", "new/deep/ü+.csv", "old/was here.csv", "plain.csv", "renamed.csv"];
    until(|| sorted(&intake).len() >= expected.len()).await;
    tokio::time::sleep(limits::FILE_STABLE * 2).await;
    assert_eq!(sorted(&intake), expected);
    let book = intake.book();
    let plain = book.events.iter().find(|e| e.envelope.contains("plain.csv")).unwrap();
    assert!(
        plain.envelope.contains(r#""bucket":{"name":"uploads"}"#) && plain.envelope.contains(r#""size":2"#)
    );
    task.abort();
}

#[tokio::test]
async fn the_same_file_is_the_same_event_and_a_rewritten_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    fs::write(&path, "1").unwrap();
    age(&path);
    let identities = |intake: &Fake| -> Vec<_> { intake.book().events.iter().map(|e| e.identity).collect() };
    let first = Fake::default();
    let task = watch(folder.path(), &first);
    until(|| !first.keys().is_empty()).await;
    task.abort();
    let second = Fake::default();
    let task = watch(folder.path(), &second);
    until(|| !second.keys().is_empty()).await;
    assert_eq!(identities(&first), identities(&second));
    fs::write(&path, "2").unwrap();
    until(|| identities(&second).iter().any(|id| *id != identities(&first)[0])).await;
    task.abort();
}

#[tokio::test]
async fn a_file_being_written_waits() {
    let folder = tempfile::tempdir().unwrap();
    let intake = Fake::default();
    let task = watch(folder.path(), &intake);
    let mut file = fs::File::create(folder.path().join("slow.csv")).unwrap();
    for _ in 0..6 {
        file.write_all(b"line\n").unwrap();
        tokio::time::sleep(limits::FILE_STABLE / 3).await;
        assert_eq!(intake.keys().len(), 0);
    }
    drop(file);
    until(|| !intake.keys().is_empty()).await;
    assert!(intake.book().events[0].envelope.contains(r#""size":30"#));
    task.abort();
}

#[tokio::test]
async fn many_files_and_a_busy_intake_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let intake = Fake::default();
    let busy = IntakeError::from(Busy { retry_after: Duration::from_millis(20) });
    intake.book().errors.extend(std::iter::repeat_n(busy, 20));
    let task = watch(folder.path(), &intake);
    let count = limits::MAX_PENDING_NOTICES / 2;
    for n in 0..count {
        fs::write(folder.path().join(format!("{n}.csv")), "1").unwrap();
    }
    until(|| sorted(&intake).len() == count).await;
    task.abort();
}

#[tokio::test]
async fn a_name_that_can_be_no_key_is_rejected() {
    let folder = tempfile::tempdir().unwrap();
    let mut deep = folder.path().to_owned();
    for _ in 0..5 {
        deep.push("d".repeat(210));
    }
    fs::create_dir_all(&deep).unwrap();
    fs::write(deep.join("file.csv"), "1").unwrap();
    age(&deep.join("file.csv"));
    let intake = Fake::default();
    let task = watch(folder.path(), &intake);
    until(|| !intake.book().rejected.is_empty()).await;
    assert!(intake.book().rejected[0].reason.contains("1024"));
    assert_eq!(intake.keys().len(), 0);
    task.abort();
    let missing = FolderOptions { root: folder.path().join("missing"), bucket: "b".to_owned() };
    assert!(matches!(run(missing, intake.port()).await, Err(FolderError::Read { .. })));
}
