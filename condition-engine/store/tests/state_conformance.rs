//! The suite of the state-first stores on the model; what only the model can: stale reads, garbage, what requests cost.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use fanin_store::limits::{MAX_CHUNKS, MAX_PAGE, MAX_SCAN_PAGE, MAX_STALENESS};
use fanin_store::state::{
    Base, Cell, CellKey, CellKind, CellWrite, Change, Chunks, ModelState, PutIf, Read, Scanned, Shelf,
    ShelfEntry, ShelfName, Slots, StateError, StateStore, Usage,
};
use fanin_store::suite;

/// The model never waits: its futures are ready when they are asked.
fn now<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return output;
        }
    }
}

fn key(key: &str) -> CellKey {
    CellKey { kind: CellKind::Instance, workflow: "w".into(), name: "n".into(), key: key.into() }
}

fn write(name: &str, base: Option<&Base>, head: &[u8], chunks: Chunks) -> CellWrite {
    let change = Change::Put { head: head.to_vec(), chunks, outbox: Vec::new(), expires: Some(1_000) };
    CellWrite { key: key(name), base: base.cloned(), change }
}

fn commit(store: &ModelState, write: CellWrite) -> Result<Option<Base>, StateError> {
    now(store.commit(vec![write])).remove(0)
}

fn load(store: &ModelState, name: &str, read: Read) -> Option<Cell> {
    now(store.load(&[key(name)], read)).ok().and_then(|mut found| found.pop()).flatten()
}

#[test]
fn the_model_passes_the_suite() {
    let store = ModelState::new();
    let failures = now(suite::state::run(&store, 1));
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn a_stale_read_gives_an_older_image() {
    let store = ModelState::new();
    store.stale_by(2);
    let mut base = None;
    for number in 0..5_u8 {
        base = commit(&store, write("k", base.as_ref(), &[number], Chunks::Keep)).unwrap();
        let stale = load(&store, "k", Read::Stale).map(|cell| cell.head);
        assert_eq!(stale, number.checked_sub(2).map(|old| vec![old]));
        assert_eq!(load(&store, "k", Read::Fresh).unwrap().head, [number]);
    }
    let old = load(&store, "k", Read::Stale).unwrap();
    assert_eq!(commit(&store, write("k", Some(&old.base), b"x", Chunks::Keep)), Err(StateError::Conflict));
    store.stale_by(usize::MAX);
    for number in 5..60_u8 {
        base = commit(&store, write("k", base.as_ref(), &[number], Chunks::Keep)).unwrap();
    }
    let oldest = 59 - u8::try_from(MAX_STALENESS).unwrap();
    assert_eq!(load(&store, "k", Read::Stale).unwrap().head, [oldest]);
    store.stale_by(0);
    assert_eq!(load(&store, "k", Read::Stale).unwrap().head, [59]);
}

#[test]
fn garbage_goes_when_its_moment_has_passed() {
    let store = ModelState::new();
    commit(&store, write("k", None, b"h", Chunks::Keep)).unwrap();
    now(store.fill(&key("s"), &[(0, vec![])], Some(2_000))).unwrap();
    let notes = ShelfName::Notes { workflow: "w".to_owned() };
    let entry = |sort: &str| ShelfEntry { sort: sort.to_owned(), value: vec![] };
    now(store.put(&notes, entry("stays"), PutIf::Any, None)).unwrap();
    now(store.put(&notes, entry("goes"), PutIf::Any, Some(1_000))).unwrap();
    assert_eq!(store.drop_garbage(1_000), 0);
    assert_eq!(store.drop_garbage(1_001), 2);
    assert_eq!(load(&store, "k", Read::Fresh), None);
    assert_eq!(store.drop_garbage(i64::MAX), 1);
    assert_eq!(now(store.list(&notes, None, 10)).unwrap(), [entry("stays")]);
}

#[test]
fn as_many_chunks_as_a_cell_may_have_are_taken() {
    let store = ModelState::new();
    let base = commit(&store, write("k", None, b"h", Chunks::Replace(vec![vec![1]; MAX_CHUNKS]))).unwrap();
    let more = commit(&store, write("k", base.as_ref(), b"h", Chunks::Append(vec![1])));
    assert!(matches!(more, Err(StateError::TooLarge { .. })), "{more:?}");
    assert_eq!(load(&store, "k", Read::Fresh).unwrap().chunks.len(), MAX_CHUNKS);
}

#[test]
fn pages_end_at_their_limits() {
    let store = ModelState::new();
    let shelf = ShelfName::Dead { workflow: "w".to_owned() };
    for number in 0..=MAX_PAGE {
        let entry = ShelfEntry { sort: format!("{number:05}"), value: vec![] };
        now(store.put(&shelf, entry, PutIf::Any, None)).unwrap();
    }
    assert_eq!(now(store.list(&shelf, None, usize::MAX)).unwrap().len(), MAX_PAGE);
    for number in 0..=MAX_SCAN_PAGE {
        commit(&store, write(&number.to_string(), None, b"", Chunks::Keep)).unwrap();
    }
    let first = now(store.scan(CellKind::Instance, "w", None, None)).unwrap();
    assert_eq!(first.cells.len(), MAX_SCAN_PAGE);
    let rest = now(store.scan(CellKind::Instance, "w", None, first.next)).unwrap();
    assert_eq!((rest.cells.len(), rest.next), (1, None));
}

#[test]
fn requests_cost_what_their_items_weigh() {
    let store = ModelState::new();
    let mut before = Usage::default();
    let mut since = |store: &ModelState| {
        let usage = store.usage();
        let delta = usage.since(&before);
        before = usage;
        (delta.write_units, delta.read_halves, delta.conflicts)
    };
    let small = commit(&store, write("k", None, &[0; 500], Chunks::Keep)).unwrap();
    assert_eq!(since(&store), (1, 0, 0));
    let large = commit(&store, write("k", small.as_ref(), &[0; 1500], Chunks::Keep)).unwrap();
    assert_eq!(since(&store), (2, 0, 0));
    let shrunk = commit(&store, write("k", large.as_ref(), &[0; 10], Chunks::Keep)).unwrap();
    assert_eq!(since(&store), (2, 0, 0), "the larger of before and after");
    commit(&store, write("k", large.as_ref(), &[0; 10], Chunks::Keep)).unwrap_err();
    assert_eq!(since(&store), (1, 0, 1), "a conflict is paid for");
    load(&store, "k", Read::Stale);
    load(&store, "none", Read::Fresh);
    assert_eq!(since(&store), (0, 1 + 2, 0));
    commit(&store, write("k", shrunk.as_ref(), &[0; 10], Chunks::Append(vec![0; 3000]))).unwrap();
    assert_eq!(since(&store), (1 + 3, 0, 0), "the chunk and the head");
    load(&store, "k", Read::Fresh);
    assert_eq!(since(&store), (0, 2 + 2, 0), "both again");
}

/// A store that forgets to look at the version: the suite must notice.
struct Careless(ModelState);

impl StateStore for Careless {
    async fn load(&self, keys: &[CellKey], read: Read) -> Result<Vec<Option<Cell>>, StateError> {
        self.0.load(keys, read).await
    }

    async fn commit(&self, writes: Vec<CellWrite>) -> Vec<Result<Option<Base>, StateError>> {
        let mut answers = Vec::new();
        for mut write in writes {
            let found = self.0.load(std::slice::from_ref(&write.key), Read::Fresh).await;
            write.base = found.ok().and_then(|mut cells| cells.pop()).flatten().map(|cell| cell.base);
            answers.extend(self.0.commit(vec![write]).await);
        }
        answers
    }

    async fn fill(
        &self,
        key: &CellKey,
        slots: &[(u16, Vec<u8>)],
        expires: Option<i64>,
    ) -> Result<Slots, StateError> {
        self.0.fill(key, slots, expires).await
    }

    async fn close(&self, key: &CellKey, _total: u16, note: Vec<u8>) -> Result<Slots, StateError> {
        // Asks for one slot more than there can be: closes what is complete.
        self.0.close(key, fanin_store::limits::MAX_SLOTS, note).await
    }

    async fn renew(
        &self,
        key: &CellKey,
        life: u64,
        slots: &[(u16, Vec<u8>)],
        expires: Option<i64>,
    ) -> Result<Slots, StateError> {
        self.0.renew(key, life, slots, expires).await
    }

    async fn slots(&self, key: &CellKey, read: Read) -> Result<Option<Slots>, StateError> {
        self.0.slots(key, read).await
    }

    async fn scan(
        &self,
        kind: CellKind,
        workflow: &str,
        name: Option<&str>,
        after: Option<String>,
    ) -> Result<Scanned, StateError> {
        self.0.scan(kind, workflow, name, after).await
    }
}

impl Shelf for Careless {
    async fn put(
        &self,
        shelf: &ShelfName,
        entry: ShelfEntry,
        _when: PutIf,
        expires: Option<i64>,
    ) -> Result<bool, StateError> {
        self.0.put(shelf, entry, PutIf::Any, expires).await
    }

    async fn get(&self, shelf: &ShelfName, sort: &str, read: Read) -> Result<Option<Vec<u8>>, StateError> {
        self.0.get(shelf, sort, read).await
    }

    async fn list(
        &self,
        shelf: &ShelfName,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<ShelfEntry>, StateError> {
        self.0.list(shelf, after, limit).await
    }

    async fn remove(&self, shelf: &ShelfName, sorts: &[String]) -> Result<(), StateError> {
        self.0.remove(shelf, sorts).await
    }
}

#[test]
fn the_suite_notices_a_store_without_conditions() {
    let failures = now(suite::state::run(&Careless(ModelState::new()), 1));
    for wanted in [
        "a base that is not the newest",
        "a cell made again",
        "of many who make a cell",
        "of many who commit",
        "a commit made again",
        "the chunk of an attempt that failed",
        "a complete cell of slots",
        "a put waits",
        "of many who put",
    ] {
        assert!(failures.iter().any(|failure| failure.case.starts_with(wanted)), "{wanted}: {failures:#?}");
    }
}
