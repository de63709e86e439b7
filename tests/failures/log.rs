//! The directory: in use, read-only, with a torn tail, with a flipped bit.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::Path;

use crate::host::{Home, PATIENCE};

#[tokio::test]
async fn a_second_process_is_told_who_holds_the_directory() {
    let home = Home::new();
    let (first, base) = home.run().await;
    let second = home.refused().await;
    let pid = first.id().unwrap();
    let text = second.text();
    assert!(text.contains("is in use by") && text.contains(&format!("process {pid}")), "{text}");
    assert!(home.send(&base, 0, 10, 0).await, "the first one is not troubled");
    first.kill().await.unwrap();
    // The lock dies with its process: nothing has to be cleaned up.
    let (third, base) = home.run().await;
    home.holds(&base, 10).await;
    third.kill().await.unwrap();
}

#[tokio::test]
async fn a_read_only_directory_is_named() {
    let home = Home::new();
    let (fanin, base) = home.run().await;
    assert!(home.send(&base, 0, 10, 0).await);
    fanin.terminate();
    assert!(fanin.ended(PATIENCE).await.unwrap().status.success());
    let text = {
        let _sealed = Sealed::new(home.dir.path(), home.state());
        let mut start = home.start.clone();
        // For the superuser nothing is read-only.
        start.as_nobody = rustix::process::geteuid().is_root();
        let ended = start.spawn().unwrap().ended(PATIENCE).await.unwrap();
        assert!(!ended.status.success());
        ended.text()
    };
    assert!(text.contains(&*home.state().to_string_lossy()), "it does not name the directory: {text}");
    assert!(text.contains("cannot be written"), "{text}");
    assert!(text.contains("make the directory writable"), "{text}");
    let (fanin, base) = home.run().await;
    home.holds(&base, 10).await;
    fanin.kill().await.unwrap();
}

/// Makes a directory and its files read-only for as long as it lives, and lets everybody find it.
struct Sealed<'a>(&'a Path);

impl Sealed<'_> {
    fn new<'a>(parent: &Path, dir: &'a Path) -> Sealed<'a> {
        mode(parent, 0o755);
        modes(dir, 0o555, 0o444);
        Sealed(dir)
    }
}

impl Drop for Sealed<'_> {
    fn drop(&mut self) {
        modes(self.0, 0o755, 0o644);
    }
}

fn modes(dir: &Path, folder: u32, file: u32) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        mode(&path, if path.is_dir() { folder } else { file });
    }
    mode(dir, folder);
}

fn mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// Runs, takes `count` events in `requests` requests, and is killed.
async fn killed_with(home: &Home, first: usize, requests: usize, each: usize) {
    let (fanin, base) = home.run().await;
    for request in 0..requests {
        assert!(home.send(&base, first + request * each, each, 100).await);
    }
    fanin.kill().await.unwrap();
}

#[tokio::test]
async fn a_torn_tail_is_cut_and_told_and_nothing_acknowledged_is_lost() {
    let home = Home::new();
    killed_with(&home, 0, 5, 10).await;
    let segment = home.segments().pop().unwrap();
    let bytes = std::fs::read(&segment).unwrap();
    let end = bytes.iter().rposition(|byte| *byte != 0).unwrap() as u64;
    // What a write leaves behind that a power cut ended: some bytes behind the last whole frame.
    let file = std::fs::OpenOptions::new().write(true).open(&segment).unwrap();
    file.write_all_at(&[0xa5; 300], end + 64).unwrap();
    let (fanin, base) = home.run().await;
    let said = fanin.said().join("\n");
    assert!(said.contains("repaired:") && said.contains("an unacknowledged write"), "{said}");
    let name = segment.file_name().unwrap().to_string_lossy().into_owned();
    assert!(said.contains(&name) && said.contains("was cut off at byte"), "{said}");
    home.holds(&base, 50).await;
    fanin.kill().await.unwrap();
    let (fanin, base) = home.run().await;
    assert!(!fanin.said().join("\n").contains("repaired:"), "told once, not at every start");
    assert!(home.status(&base).await["stats"]["accepted"].as_u64() >= Some(50));
    fanin.kill().await.unwrap();
}

#[tokio::test]
async fn a_flipped_bit_in_the_log_refuses_to_start_and_says_where() {
    let home = Home::new();
    killed_with(&home, 0, 5, 10).await;
    killed_with(&home, 50, 5, 10).await;
    for segment in home.segments() {
        let whole = std::fs::read(&segment).unwrap();
        let end = whole.iter().rposition(|byte| *byte != 0).unwrap();
        let middle = end / 2;
        let mut damaged = whole.clone();
        damaged[middle] ^= 1;
        std::fs::write(&segment, &damaged).unwrap();
        let text = home.refused().await.text();
        let name = segment.file_name().unwrap().to_string_lossy().into_owned();
        assert!(text.contains(&name), "it does not name {name}: {text}");
        assert!(text.contains("is damaged at byte"), "{text}");
        assert!(text.contains("fanin doctor"), "{text}");
        assert!(std::fs::read(&segment).unwrap() == damaged, "a refusal changes nothing");
        std::fs::write(&segment, &whole).unwrap();
    }
    let (fanin, base) = home.run().await;
    home.holds(&base, 100).await;
    fanin.kill().await.unwrap();
}
