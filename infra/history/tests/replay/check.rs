//! The self-check of a store: from the oldest base and from the newest, the state is the same.

use fanin_store::{Checkpoint, Journal};
use fanin_store_embedded::{FileStore, Options};

use crate::recorder::Recorder;
use crate::telling::{WORKFLOW, record, told};

#[test]
fn a_sound_store_checks_out() {
    let dir = tempfile::tempdir().unwrap();
    record(dir.path(), true);
    let (replayed, _) = told(dir.path(), None, None);
    let check = replayed.check.unwrap();
    assert!(check.same, "{:?}", check.differences);
    assert!(check.from == 0 && check.snapshot > 0 && check.last > check.snapshot);
}

#[test]
fn without_a_snapshot_there_is_nothing_to_check() {
    let dir = tempfile::tempdir().unwrap();
    record(dir.path(), false);
    assert_eq!(told(dir.path(), None, None).0.check, None);
}

#[test]
fn a_snapshot_of_something_else_differs_and_is_named() {
    // A snapshot that does not hold what the log says: of a store that got one event more.
    let dir = tempfile::tempdir().unwrap();
    let other = tempfile::tempdir().unwrap();
    let mut stranger = Recorder::new(other.path(), WORKFLOW);
    let mut host = Recorder::new(dir.path(), WORKFLOW);
    for n in 0..3 {
        stranger.event(n, "order", &format!("o{n}"), &format!(r#"{{"id":"{n}"}}"#));
        if n < 2 {
            host.event(n, "order", &format!("o{n}"), &format!(r#"{{"id":"{n}"}}"#));
        }
    }
    host.close();
    let mut engine = stranger.close();
    let options = Options::new(fanin_runtime::SEMANTICS);
    let (journal, mut checkpoint, _) = FileStore::open(dir.path(), options).unwrap();
    let mut writer = checkpoint.begin(journal.last()).unwrap();
    let (section, header) = engine.begin_snapshot();
    writer.put(section, &header).unwrap();
    let mut blocks = Vec::new();
    while !engine.sweep(10, &mut blocks) {}
    blocks.iter().for_each(|(section, block)| writer.put(*section, block).unwrap());
    writer.commit().unwrap();
    drop((journal, checkpoint));
    let check = told(dir.path(), None, None).0.check.unwrap();
    assert!(!check.same);
    let all = check.differences.join("\n");
    assert!(all.contains("counter `accepted`: 2 when replayed, 3 recorded"), "{all}");
    assert!(all.contains("instances: 2 when replayed, 3 recorded; first pair [2]"), "{all}");
}
