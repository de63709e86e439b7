//! The disk is full: the process says so and stops, and goes on with everything acknowledged once there is room.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "tests; which way the disk was made small is printed"
)]

use std::path::Path;
use std::process::Command;

use crate::host::{Home, PATIENCE};

/// A disk of so many KiB: room for the first segment, not for the next one.
const SMALL_KIB: u64 = 12 * 1024;
/// Events of one request and bytes of each.
const EACH: usize = 50;
const SIZE: usize = 4_000;
/// Requests that go past any disk of this size.
const MOST_REQUESTS: usize = 200;

/// How the disk is made small.
enum Small<'a> {
    /// A file system in memory.
    Mounted(&'a Path),
    /// The largest file of the process, where mounting is not permitted.
    Limited,
}

impl Small<'_> {
    fn new(dir: &Path) -> Small<'_> {
        std::fs::create_dir_all(dir).unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={SMALL_KIB}k"), "tmpfs"]).arg(dir);
        if mount.output().is_ok_and(|output| output.status.success()) {
            println!("disk full: by a file system of {SMALL_KIB} KiB");
            Small::Mounted(dir)
        } else {
            println!("disk full: by a limit of files to less than a segment");
            Small::Limited
        }
    }

    /// There is room again.
    fn grow(&self) {
        if let Small::Mounted(dir) = self {
            let status = Command::new("mount").args(["-o", "remount,size=400m"]).arg(dir).status();
            assert!(status.unwrap().success());
        }
    }
}

impl Drop for Small<'_> {
    fn drop(&mut self) {
        if let Small::Mounted(dir) = self {
            let _ = Command::new("umount").arg("--lazy").arg(dir).status();
        }
    }
}

#[tokio::test]
async fn a_full_disk_stops_the_process_and_keeps_what_was_acknowledged() {
    let mut home = Home::new();
    let disk = home.dir.path().join("disk");
    let small = Small::new(&disk);
    // The log of what it says is not on that disk.
    home.start.log = Some(home.dir.path().join("fanin.log"));
    home.start.dir = disk.join("state");
    if matches!(small, Small::Limited) {
        // The first segment fits, the second is larger.
        home.start.file_limit = Some(SMALL_KIB);
    }
    let (fanin, base) = home.run().await;
    let mut acknowledged = 0;
    while acknowledged < MOST_REQUESTS && home.send(&base, acknowledged * EACH, EACH, SIZE).await {
        acknowledged += 1;
    }
    assert!(acknowledged > 0 && acknowledged < MOST_REQUESTS, "{acknowledged} requests were acknowledged");
    let ended = fanin.ended(PATIENCE).await.unwrap();
    assert!(!ended.status.success() && !ended.text().contains("panicked"), "{}", ended.text());
    assert!(ended.text().contains("no space left"), "{}", ended.text());
    assert!(ended.text().contains("free space on its disk"), "{}", ended.text());
    small.grow();
    home.start.file_limit = None;
    let (fanin, base) = home.run().await;
    let held = home.status(&base).await["stats"]["accepted"].as_u64().unwrap();
    let (least, most) = ((acknowledged * EACH) as u64, ((acknowledged + 1) * EACH) as u64);
    assert!((least..=most).contains(&held), "{held} events are held, {least} were acknowledged");
    for request in 0..acknowledged {
        assert!(home.send(&base, request * EACH, EACH, 0).await);
    }
    let duplicates = home.status(&base).await["stats"]["duplicates"].as_u64().unwrap();
    assert_eq!(duplicates, least, "each of the acknowledged events is known");
    fanin.kill().await.unwrap();
}
