//! No room and no permission, on a real small file system where mounting is allowed.

use std::path::Path;
use std::process::Command;

use crate::support::{append, check, open, refusal, tiny};
use fanin_store::{Checkpoint, Journal, StoreError};
use fanin_store_embedded::Options;
use tempfile::TempDir;

/// A file system of its own in memory; unmounted at the end.
struct Mount {
    dir: TempDir,
}

impl Mount {
    /// `None`, with the reason printed, where mounting is not allowed.
    #[expect(clippy::print_stdout, reason = "a test that does less than it says has to say so")]
    fn of(size: &str) -> Option<Mount> {
        let dir = TempDir::new().unwrap();
        let mount = Mount { dir };
        match mount.run(&["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"]) {
            Ok(()) => Some(mount),
            Err(reason) => {
                println!("not tested on a real file system: {reason}");
                None
            }
        }
    }

    fn run(&self, arguments: &[&str]) -> Result<(), String> {
        let output = Command::new("mount").args(arguments).arg(self.dir.path()).output();
        let output = output.map_err(|error| format!("mount: {error}"))?;
        if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into()) }
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        drop(Command::new("umount").arg(self.dir.path()).output());
    }
}

#[test]
fn a_full_disk_refuses_by_name_and_keeps_what_was_acknowledged() {
    let Some(mount) = Mount::of("256k") else { return };
    let store = mount.path().join("store");
    let options = Options { segment_bytes: 32 << 10, ..tiny() };
    let (mut journal, mut checkpoint, _) = open(&store, &options);
    let frame = vec![1u8; 5000];
    let mut acknowledged = 0;
    let error = loop {
        match journal.append(&[&frame]) {
            Ok(last) => acknowledged = last,
            Err(error) => break error,
        }
        assert!(acknowledged < 100, "256 KB cannot hold this");
    };
    assert!(acknowledged > 20);
    assert!(matches!(&error, StoreError::DiskFull { .. }), "{error}");
    assert!(error.to_string().contains("free space"), "{error}");

    let mut writer = checkpoint.begin(acknowledged).unwrap();
    let refused = (0..1000).find_map(|_| writer.put(0, &frame).err());
    let refused = refused.unwrap_or_else(|| writer.commit().unwrap_err());
    assert_eq!(refused.code(), "S003", "{refused}");

    assert_eq!(journal.append(&[&frame]).unwrap_err().code(), "S003", "still full, not poisoned");
    mount.run(&["-o", "remount,size=1m"]).unwrap();
    assert_eq!(journal.append(&[&frame]).unwrap(), acknowledged + 1, "room again");
    drop((journal, checkpoint));
    let (mut journal, _checkpoint, report) = open(&store, &options);
    assert_eq!((report.last, report.repaired()), (acknowledged + 1, None));
    assert_eq!(journal.replay(0, &mut |_, _| Ok(())).unwrap(), acknowledged + 1);
}

#[test]
fn no_room_at_the_first_opening_is_named() {
    let Some(mount) = Mount::of("64k") else { return };
    let options = Options { segment_bytes: 1 << 20, ..tiny() };
    let error = refusal(&mount.path().join("store"), &options);
    assert_eq!(error.code(), "S003", "{error}");
}

#[test]
fn a_read_only_disk_is_named_and_can_be_inspected() {
    let Some(mount) = Mount::of("1m") else { return };
    let store = mount.path().join("store");
    let (mut journal, checkpoint, _) = open(&store, &tiny());
    append(&mut journal, 9);
    check(&mut journal, 0).unwrap();
    drop((journal, checkpoint));
    mount.run(&["-o", "remount,ro"]).unwrap();
    let error = refusal(&store, &tiny());
    assert!(error.code() == "S002" && error.to_string().contains("make the directory writable"), "{error}");
    assert_eq!(refusal(&mount.path().join("other"), &tiny()).code(), "S002");
    let inspection = fanin_store_embedded::FileStore::inspect(&store).unwrap();
    assert_eq!(inspection.replay(0, &mut |_, _| Ok(())).unwrap(), 9);
}

#[test]
fn a_file_in_the_place_of_the_directory_is_named() {
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("file");
    std::fs::write(&file, "").unwrap();
    let error = refusal(&file, &tiny());
    assert!(error.code() == "S004" && error.to_string().contains("file"), "{error}");
}
