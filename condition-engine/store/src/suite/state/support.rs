//! What the cases share: names of their own, short forms of the operations, futures side by side.

use std::fmt::Debug;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

use crate::state::{
    Base, Cell, CellKey, CellKind, CellWrite, Change, Chunks, Read, ShelfEntry, ShelfName, StateError,
    StateStore,
};

pub(super) type Checked = Result<(), String>;

/// The names of one case.
#[derive(Clone, Debug)]
pub(super) struct At {
    workflow: String,
    number: i64,
}

impl At {
    pub(super) fn new(label: u32, case: usize) -> At {
        let case = i64::try_from(case).unwrap_or(i64::MAX);
        At { workflow: format!("suite-{label}-{case}"), number: i64::from(label) * 1_000 + case }
    }

    pub(super) fn workflow(&self) -> &str {
        &self.workflow
    }

    pub(super) fn key(&self, key: &str) -> CellKey {
        self.named(CellKind::Instance, "joined", key)
    }

    pub(super) fn named(&self, kind: CellKind, name: &str, key: &str) -> CellKey {
        CellKey { kind, workflow: self.workflow.as_str().into(), name: name.into(), key: key.into() }
    }

    pub(super) fn timers(&self, part: u16) -> ShelfName {
        ShelfName::Timers { minute: self.number, part }
    }
}

/// Says which call failed.
pub(super) fn ok<T>(call: &str, result: Result<T, StateError>) -> Result<T, String> {
    result.map_err(|error| format!("{call}: {error}"))
}

pub(super) fn same<T: PartialEq + Debug>(what: &str, found: &T, wanted: &T) -> Checked {
    if found == wanted { Ok(()) } else { Err(format!("{what}: found {found:?}, wanted {wanted:?}")) }
}

pub(super) fn holds(what: &str, condition: bool) -> Checked {
    if condition { Ok(()) } else { Err(what.to_owned()) }
}

pub(super) fn conflict<T: Debug>(what: &str, result: Result<T, StateError>) -> Checked {
    match result {
        Err(StateError::Conflict) => Ok(()),
        other => Err(format!("{what}: found {other:?}, wanted a conflict")),
    }
}

pub(super) fn too_large<T: Debug>(what: &str, result: Result<T, StateError>) -> Checked {
    match result {
        Err(StateError::TooLarge { bytes, max, .. }) if bytes > max || bytes == 0 => Ok(()),
        other => Err(format!("{what}: found {other:?}, wanted TooLarge")),
    }
}

/// A put of a head alone.
pub(super) fn put(key: &CellKey, base: Option<&Base>, head: &[u8]) -> CellWrite {
    put_chunks(key, base, head, Chunks::Keep)
}

pub(super) fn put_chunks(key: &CellKey, base: Option<&Base>, head: &[u8], chunks: Chunks) -> CellWrite {
    let change = Change::Put { head: head.to_vec(), chunks, outbox: Vec::new(), expires: Some(AT) };
    CellWrite { key: key.clone(), base: base.cloned(), change }
}

/// When the cells of the suite may be dropped: 2100.
pub(super) const AT: i64 = 4_102_444_800_000;

/// One commit of one write.
pub(super) async fn commit<S: StateStore>(store: &S, write: CellWrite) -> Result<Option<Base>, StateError> {
    let mut answers = store.commit(vec![write]).await;
    let lost = || Err(StateError::Unreadable("a commit without an answer".to_owned()));
    answers.pop().unwrap_or_else(lost)
}

/// A commit that has to give a base.
pub(super) async fn done<S: StateStore>(store: &S, write: CellWrite) -> Result<Base, String> {
    ok("commit", commit(store, write).await)?.ok_or_else(|| "a put without a base".to_owned())
}

pub(super) async fn load<S: StateStore>(store: &S, key: &CellKey) -> Result<Option<Cell>, String> {
    let mut found = ok("load", store.load(std::slice::from_ref(key), Read::Fresh).await)?;
    same("cells loaded", &found.len(), &1)?;
    Ok(found.pop().flatten())
}

/// A cell that has to be there.
pub(super) async fn there<S: StateStore>(store: &S, key: &CellKey) -> Result<Cell, String> {
    load(store, key).await?.ok_or_else(|| format!("{} is not there", key.path()))
}

pub(super) fn entry(sort: &str, value: &[u8]) -> ShelfEntry {
    ShelfEntry { sort: sort.to_owned(), value: value.to_vec() }
}

/// A future, and its answer once it is ready.
type Racer<F> = (Pin<Box<F>>, Option<<F as Future>::Output>);

/// Polls futures side by side until all are ready; answers in their order.
pub(super) async fn together<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut running: Vec<Racer<F>> = futures.into_iter().map(|future| (Box::pin(future), None)).collect();
    poll_fn(|context| {
        let mut waiting = false;
        for (future, output) in &mut running {
            if output.is_none() {
                match future.as_mut().poll(context) {
                    Poll::Ready(value) => *output = Some(value),
                    Poll::Pending => waiting = true,
                }
            }
        }
        if waiting { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
    running.into_iter().filter_map(|(_, output)| output).collect()
}
