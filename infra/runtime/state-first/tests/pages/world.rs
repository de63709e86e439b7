//! Workers that run at once over the model store, in an order chance gives; any of them may die between any two steps.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use fanin_event::{Identity, Span, Timestamp};
use fanin_state_first::*;
use fanin_store::state::*;

pub(crate) const START: i64 = 1_767_322_800_000;

/// Chance, from a seed alone.
#[derive(Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(2).wrapping_add(1))
    }

    /// A number below `n`.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % n.max(1)
    }

    pub(crate) fn percent(&mut self, n: usize) -> bool {
        self.below(100) < n
    }
}

/// Waits for one poll.
struct Pause(bool);

impl Future for Pause {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        // Whoever polls several futures polls those that were woken.
        context.waker().wake_by_ref();
        if std::mem::replace(&mut self.0, true) { Poll::Ready(()) } else { Poll::Pending }
    }
}

/// The model store, with a pause before and after every effect, and replies that get lost.
#[derive(Clone)]
pub(crate) struct Store {
    pub(crate) model: ModelState,
    dice: Arc<Mutex<Dice>>,
    /// Of a hundred commits.
    pub(crate) lost: usize,
    /// Bytes of the largest head or chunk that was written.
    pub(crate) largest: Arc<Mutex<usize>>,
}

impl StateStore for Store {
    async fn load(&self, keys: &[CellKey], read: Read) -> Result<Vec<Option<Cell>>, StateError> {
        Pause(false).await;
        let found = self.model.load(keys, read).await;
        Pause(false).await;
        found
    }

    async fn commit(&self, writes: Vec<CellWrite>) -> Vec<Result<Option<Base>, StateError>> {
        let mut out = Vec::new();
        for write in writes {
            if let Change::Put { head, chunks, outbox, .. } = &write.change {
                let mut largest = self.largest.lock().unwrap();
                *largest = (*largest).max(head.len() + outbox.len());
                let chunks: &[Vec<u8>] = match chunks {
                    Chunks::Keep => &[],
                    Chunks::Append(chunk) => std::slice::from_ref(chunk),
                    Chunks::Replace(chunks) => chunks,
                };
                *largest = chunks.iter().map(Vec::len).fold(*largest, usize::max);
            }
            Pause(false).await;
            let (lost, before) = {
                let mut dice = self.dice.lock().unwrap();
                (dice.percent(self.lost), dice.percent(50))
            };
            if lost && before {
                out.push(Err(StateError::Unknown("the request is lost".into())));
                continue;
            }
            let done = self.model.commit(vec![write]).await.remove(0);
            out.push(if lost { Err(StateError::Unknown("the reply is lost".into())) } else { done });
        }
        Pause(false).await;
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
        a: Option<&str>,
        limit: usize,
    ) -> Result<Vec<ShelfEntry>, StateError> {
        self.model.list(s, a, limit).await
    }

    async fn remove(&self, shelf: &ShelfName, sorts: &[String]) -> Result<(), StateError> {
        self.model.remove(shelf, sorts).await
    }
}

/// The queue of conditions, and what went to the rules.
#[derive(Clone, Default)]
pub(crate) struct Queues {
    waiting: Arc<Mutex<BTreeMap<u64, Received>>>,
    numbers: Arc<Mutex<u64>>,
    now: Arc<Mutex<i64>>,
    /// Identities of what started runs, with their payloads.
    pub(crate) starts: Arc<Mutex<BTreeMap<Identity, BTreeSet<String>>>>,
    pub(crate) reports: Arc<Mutex<usize>>,
}

impl Queues {
    pub(crate) fn put(&self, body: String) {
        let mut number = self.numbers.lock().unwrap();
        let mut now = self.now.lock().unwrap();
        (*number, *now) = (*number + 1, *now + 1);
        let at = Timestamp(START + 10_000 + *now);
        let message = Received { id: format!("m{number}"), body, sent: at, received: at, attempt: 1 };
        self.waiting.lock().unwrap().insert(*number, message);
    }

    /// So many milliseconds go by.
    pub(crate) fn wait(&self, ms: i64) {
        *self.now.lock().unwrap() += ms;
    }

    pub(crate) fn len(&self) -> usize {
        self.waiting.lock().unwrap().len()
    }
}

impl Queue for Queues {
    async fn send(&self, lane: Lane, messages: Vec<Outgoing>) -> Vec<Result<(), StateError>> {
        Pause(false).await;
        for outgoing in &messages {
            match (lane, Message::from_text(&outgoing.body).unwrap().unwrap()) {
                (Lane::Rules, Message::Start(start)) => {
                    self.starts.lock().unwrap().entry(start.cause).or_default().insert(start.envelope);
                }
                (Lane::Rules, other) => panic!("{other:?}"),
                // Deadlines are not of this test.
                (Lane::Conditions, Message::Wake { .. }) => {}
                (Lane::Conditions, message) => {
                    *self.reports.lock().unwrap() += usize::from(matches!(message, Message::Partial { .. }));
                    self.put(outgoing.body.clone());
                }
            }
        }
        Pause(false).await;
        vec![Ok(()); messages.len()]
    }
}

#[derive(Clone, Default)]
pub(crate) struct NoClaims;

impl Claims for NoClaims {
    async fn put(&self, _: &str, _: &str) -> Result<(), StateError> {
        Ok(())
    }

    async fn get(&self, _: &str) -> Result<Option<String>, StateError> {
        Ok(None)
    }
}

struct Always;

impl Deadline for Always {
    fn left(&self) -> Span {
        Span::seconds(60)
    }
}

type Host = Conditions<Store, Queues, NoClaims>;

/// A worker with its batch.
struct Worker {
    numbers: Vec<u64>,
    future: Pin<Box<dyn Future<Output = Told>>>,
}

pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) queues: Queues,
    pub(crate) host: Arc<Host>,
    dice: Dice,
    pub(crate) conflicts: usize,
    pub(crate) crashes: usize,
    pub(crate) duplicates: usize,
    trouble: String,
}

/// How rough it is.
#[derive(Clone, Copy)]
pub(crate) struct Rough {
    pub(crate) workers: usize,
    pub(crate) batch: usize,
    /// Crashes in ten thousand steps, and lost replies in a hundred commits.
    pub(crate) crashes: usize,
    pub(crate) lost: usize,
    pub(crate) stale: usize,
}

impl World {
    pub(crate) fn new(workflow: &str, seed: u64, rough: Rough) -> World {
        let dice = Dice::new(seed);
        let model = ModelState::new();
        model.stale_by(rough.stale);
        let other = Arc::new(Mutex::new(Dice::new(seed ^ 0x5eed)));
        let store = Store { model, dice: other, lost: rough.lost, largest: Arc::default() };
        let queues = Queues::default();
        let compiled = fanin_workflow::compile("test.yaml", workflow);
        let plan = compiled.plan.unwrap_or_else(|| panic!("{:?}", compiled.diagnostics));
        finish(publish_plan(&store, &NoClaims, &plan, Timestamp(START))).unwrap();
        let host = Arc::new(Conditions::new("w", store.clone(), queues.clone(), NoClaims));
        World { store, queues, host, dice, conflicts: 0, crashes: 0, duplicates: 0, trouble: String::new() }
    }

    /// Until the queue is empty.
    pub(crate) fn drain(&mut self, rough: Rough) {
        let mut workers: Vec<Worker> = Vec::new();
        let mut steps = 0_usize;
        while self.queues.len() > 0 || !workers.is_empty() {
            steps += 1;
            assert!(steps < 3_000_000, "{} messages left: {}", self.queues.len(), self.trouble);
            if workers.len() < rough.workers && (workers.is_empty() || self.dice.percent(5)) {
                workers.extend(self.receive(rough.batch, &workers));
            }
            if workers.is_empty() {
                continue;
            }
            let at = self.dice.below(workers.len());
            if self.dice.below(10_000) < rough.crashes {
                self.crashes += 1;
                drop(workers.swap_remove(at));
                continue;
            }
            let mut context = Context::from_waker(Waker::noop());
            if let Poll::Ready(told) = workers[at].future.as_mut().poll(&mut context) {
                let worker = workers.swap_remove(at);
                self.conflicts += told.conflicts;
                if let Some(trouble) = told.troubles.first() {
                    self.trouble.clone_from(trouble);
                }
                self.duplicates += told.duplicates;
                let mut waiting = self.queues.waiting.lock().unwrap();
                for (number, handled) in worker.numbers.iter().zip(told.handled) {
                    if handled == Handled::Done {
                        waiting.remove(number);
                    }
                }
            }
        }
    }

    /// A worker takes some messages of the first few hundred; now and then one that another worker has.
    fn receive(&mut self, most: usize, busy: &[Worker]) -> Option<Worker> {
        let taken: BTreeSet<u64> = busy.iter().flat_map(|worker| worker.numbers.iter().copied()).collect();
        let again = self.dice.percent(3);
        let mut waiting = self.queues.waiting.lock().unwrap();
        let near: Vec<u64> =
            waiting.keys().filter(|n| again || !taken.contains(n)).take(4 * most).copied().collect();
        let mut numbers = BTreeSet::new();
        for _ in 0..1 + self.dice.below(most) {
            numbers.extend(near.get(self.dice.below(near.len())));
        }
        let numbers: Vec<u64> = numbers.into_iter().collect();
        let mut batch = Vec::new();
        for number in &numbers {
            let message = waiting.get_mut(number).unwrap();
            batch.push(message.clone());
            message.attempt += 1;
        }
        let host = self.host.clone();
        let future = Box::pin(async move { host.batch_told(&batch, &Always).await });
        (!numbers.is_empty()).then_some(Worker { numbers, future })
    }
}

/// Polls until it is done.
pub(crate) fn finish<T>(future: impl Future<Output = T>) -> T {
    let mut future = Box::pin(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(done) = future.as_mut().poll(&mut context) {
            return done;
        }
    }
}
