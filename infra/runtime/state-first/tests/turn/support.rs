//! A small world for the turn: the model store behind faults, queues that are lists, claims that are a map, a clock that
//! is a number.

use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use fanin_event::{Span, Timestamp};
use fanin_plan::Plan;
use fanin_state_first::*;
use fanin_store::state::*;

pub(crate) const START: i64 = 1_767_322_800_000;
pub(crate) const MINUTE: i64 = 60_000;

/// Polls until the future is done; none: it waits for something that never comes.
pub(crate) fn run<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..1_000 {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return Some(value);
        }
    }
    None
}

/// What happens to the next commits, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing.
    None,
    /// It happens, and the answer is lost.
    Lost,
    /// It does not happen, and nobody knows.
    Unknown,
    /// It is refused as too fast.
    Throttled,
    /// It is refused as too large.
    TooLarge,
}

/// Something somebody else does.
pub(crate) type Deed = Box<dyn FnOnce() + Send>;

#[derive(Clone, Default)]
pub(crate) struct Store {
    pub(crate) model: ModelState,
    pub(crate) faults: Arc<Mutex<VecDeque<Fault>>>,
    /// Done before the next commit: somebody else is faster.
    pub(crate) before: Arc<Mutex<Option<Deed>>>,
    pub(crate) commits: Arc<Mutex<usize>>,
    /// The key of a cell that cannot be read.
    pub(crate) damaged: Arc<Mutex<Option<String>>>,
}

impl StateStore for Store {
    async fn load(&self, keys: &[CellKey], read: Read) -> Result<Vec<Option<Cell>>, StateError> {
        let damaged = self.damaged.lock().unwrap().clone();
        if keys.iter().any(|key| damaged.as_deref() == Some(&*key.key)) {
            return Err(StateError::Unreadable("an item is damaged".to_owned()));
        }
        self.model.load(keys, read).await
    }

    async fn commit(&self, writes: Vec<CellWrite>) -> Vec<Result<Option<Base>, StateError>> {
        let before = self.before.lock().unwrap().take();
        if let Some(before) = before {
            before();
        }
        let mut out = Vec::new();
        for write in writes {
            *self.commits.lock().unwrap() += 1;
            let fault = self.faults.lock().unwrap().pop_front().unwrap_or(Fault::None);
            let unknown = Err(StateError::Unknown("the reply is lost".into()));
            out.push(match fault {
                Fault::None => self.model.commit(vec![write]).await.remove(0),
                Fault::Lost => {
                    let _ = self.model.commit(vec![write]).await;
                    unknown
                }
                Fault::Unknown => unknown,
                Fault::Throttled => Err(StateError::Throttled("too fast".into())),
                Fault::TooLarge => Err(StateError::TooLarge { what: "the cell".into(), bytes: 9, max: 8 }),
            });
        }
        out
    }

    async fn fill(&self, k: &CellKey, s: &[(u16, Vec<u8>)], e: Option<i64>) -> Result<Slots, StateError> {
        self.model.fill(k, s, e).await
    }

    async fn close(&self, k: &CellKey, total: u16, note: Vec<u8>) -> Result<Slots, StateError> {
        self.model.close(k, total, note).await
    }

    async fn renew(
        &self,
        k: &CellKey,
        l: u64,
        s: &[(u16, Vec<u8>)],
        e: Option<i64>,
    ) -> Result<Slots, StateError> {
        self.model.renew(k, l, s, e).await
    }

    async fn slots(&self, key: &CellKey, read: Read) -> Result<Option<Slots>, StateError> {
        self.model.slots(key, read).await
    }

    async fn scan(
        &self,
        kind: CellKind,
        workflow: &str,
        name: Option<&str>,
        after: Option<String>,
    ) -> Result<Scanned, StateError> {
        self.model.scan(kind, workflow, name, after).await
    }
}

impl Shelf for Store {
    async fn put(&self, s: &ShelfName, e: ShelfEntry, w: PutIf, x: Option<i64>) -> Result<bool, StateError> {
        self.model.put(s, e, w, x).await
    }

    async fn get(&self, shelf: &ShelfName, sort: &str, read: Read) -> Result<Option<Vec<u8>>, StateError> {
        self.model.get(shelf, sort, read).await
    }

    async fn list(
        &self,
        s: &ShelfName,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<ShelfEntry>, StateError> {
        self.model.list(s, after, limit).await
    }

    async fn remove(&self, shelf: &ShelfName, sorts: &[String]) -> Result<(), StateError> {
        self.model.remove(shelf, sorts).await
    }
}

/// What a queue does with a send.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mood {
    #[default]
    Works,
    /// Refuses.
    Down,
    /// Never answers: the worker dies here.
    Hangs,
}

#[derive(Clone, Default)]
pub(crate) struct Lists {
    pub(crate) sent: Arc<Mutex<Vec<(Lane, Message, Span)>>>,
    pub(crate) mood: Arc<Mutex<Mood>>,
}

impl Queue for Lists {
    async fn send(&self, lane: Lane, messages: Vec<Outgoing>) -> Vec<Result<(), StateError>> {
        let mood = *self.mood.lock().unwrap();
        match mood {
            Mood::Hangs => std::future::pending().await,
            Mood::Down => {
                messages.iter().map(|_| Err(StateError::Throttled("the queue is down".into()))).collect()
            }
            Mood::Works => {
                let mut sent = self.sent.lock().unwrap();
                for outgoing in &messages {
                    let message = Message::from_text(&outgoing.body).unwrap().unwrap();
                    sent.push((lane, message, outgoing.delay));
                }
                vec![Ok(()); messages.len()]
            }
        }
    }
}

#[derive(Clone, Default)]
pub(crate) struct Bucket(pub(crate) Arc<Mutex<BTreeMap<String, String>>>);

impl Claims for Bucket {
    async fn put(&self, key: &str, body: &str) -> Result<(), StateError> {
        let before = self.0.lock().unwrap().insert(key.to_owned(), body.to_owned());
        assert!(before.is_none_or(|before| before == body), "{key} got another payload");
        Ok(())
    }

    async fn get(&self, key: &str) -> Result<Option<String>, StateError> {
        Ok(self.0.lock().unwrap().get(key).cloned())
    }
}

/// So much time is left.
pub(crate) struct Left(pub(crate) Span);

impl Deadline for Left {
    fn left(&self) -> Span {
        self.0
    }
}

pub(crate) const TIME: Left = Left(Span::seconds(60));

pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) queue: Lists,
    pub(crate) claims: Bucket,
    pub(crate) conditions: Conditions<Store, Lists, Bucket>,
    pub(crate) at: i64,
    pub(crate) numbers: u64,
}

pub(crate) fn compile(text: &str) -> Plan {
    let compiled = fanin_workflow::compile("test.yaml", text);
    assert!(compiled.plan.is_some(), "{:?}", compiled.diagnostics);
    compiled.plan.unwrap()
}

impl World {
    pub(crate) fn new(workflow: &str) -> World {
        let (store, queue, claims) = (Store::default(), Lists::default(), Bucket::default());
        let conditions = Conditions::new("w", store.clone(), queue.clone(), claims.clone());
        let mut world = World { store, queue, claims, conditions, at: START, numbers: 0 };
        world.deploy(workflow).unwrap();
        world
    }

    pub(crate) fn deploy(&mut self, workflow: &str) -> Result<Published, PlanTrouble> {
        let plan = compile(workflow);
        let published = run(publish_plan(&self.store, &self.claims, &plan, Timestamp(self.at))).unwrap();
        self.at += 10_000;
        published
    }

    /// Another process.
    pub(crate) fn other(&self) -> Conditions<Store, Lists, Bucket> {
        Conditions::new("w", self.store.clone(), self.queue.clone(), self.claims.clone())
    }

    pub(crate) fn message(&mut self, body: String) -> Received {
        self.numbers += 1;
        self.at += 1;
        let at = Timestamp(self.at);
        Received { id: format!("m{}", self.numbers), body, sent: at, received: at, attempt: 1 }
    }

    pub(crate) fn event(&mut self, what: &str, id: &str, detail: &str) -> Received {
        let body = format!(
            r#"{{"id":"{id}","source":"t","detail-type":"{what}","time":"2026-01-02T03:04:05Z","detail":{detail}}}"#
        );
        self.message(body)
    }

    pub(crate) fn again(&mut self, message: &Received) -> Received {
        Received { attempt: message.attempt + 1, ..message.clone() }
    }

    pub(crate) fn batch(&self, messages: &[Received]) -> Told {
        run(self.conditions.batch_told(messages, &TIME)).unwrap()
    }

    /// As a batch that is done whole.
    pub(crate) fn done(&self, messages: &[Received]) -> Told {
        let told = self.batch(messages);
        assert!(told.handled.iter().all(|h| *h == Handled::Done), "{told:?}");
        assert!(told.troubles.is_empty(), "{told:?}");
        told
    }

    pub(crate) fn sent(&self) -> Vec<(Lane, Message, Span)> {
        std::mem::take(&mut self.queue.sent.lock().unwrap())
    }

    /// Names of what was sent: derived events, `start RULE`, `wake`.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.sent().into_iter().map(|(_, message, _)| name(&message)).collect();
        names.sort();
        names
    }

    pub(crate) fn mood(&self, mood: Mood) {
        *self.queue.mood.lock().unwrap() = mood;
    }

    pub(crate) fn faults(&self, faults: &[Fault]) {
        self.store.faults.lock().unwrap().extend(faults);
    }

    pub(crate) fn commits(&self) -> usize {
        std::mem::take(&mut self.store.commits.lock().unwrap())
    }

    pub(crate) fn outboxes(&self) -> usize {
        self.store.model.cells().iter().filter(|(_, cell)| !cell.outbox.is_empty()).count()
    }

    pub(crate) fn dead(&self) -> Vec<DeadRecord> {
        let found = run(list_dead((&self.store, &self.claims), "w", None, 100)).unwrap().unwrap();
        found.into_iter().map(|found| found.record.unwrap()).collect()
    }

    pub(crate) fn dead_sorts(&self) -> Vec<String> {
        let found = run(list_dead((&self.store, &self.claims), "w", None, 100)).unwrap().unwrap();
        found.into_iter().map(|found| found.sort).collect()
    }

    pub(crate) fn codes(&self) -> Vec<String> {
        self.dead().into_iter().map(|record| record.letter.code).collect()
    }
}

pub(crate) fn name(message: &Message) -> String {
    match message {
        Message::Derived(derived) => derived.name.to_string(),
        Message::Start(start) => format!("start {}", start.rule),
        Message::Wake { condition, .. } => format!("wake {condition}"),
        other => format!("{other:?}"),
    }
}
