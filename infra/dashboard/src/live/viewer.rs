//! One page that watches: what it is told, and from where it goes on when it comes back.

use std::convert::Infallible;
use std::sync::Arc;

use axum::response::sse::Event;
use fanin_event::Scratch;
use futures_util::Stream;
use futures_util::stream::poll_fn;
use serde::Serialize;
use serde_json::{Map, Value, json};
use tokio::sync::{OwnedSemaphorePermit, mpsc, watch};

use crate::counts::{Counts, OfNode, Totals};
use crate::dashboard::Dashboard;
use crate::limits::{
    MAX_FILTERED_A_TICK, MAX_ROWS_AT_ONCE, MAX_ROWS_RESUMED, MAX_TICKS_WAITING, ROWS_A_TICK,
};
use crate::ring::Part;
use crate::row::{Filter, Row};

/// When a browser tries again after the connection broke.
const RETRY: std::time::Duration = std::time::Duration::from_secs(1);

/// What a viewer asks for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    /// The last `id` it heard, if it comes back.
    pub(crate) last: Option<String>,
    pub(crate) filter: Filter,
    /// Whether it wants rows.
    pub(crate) rows: bool,
}

/// A viewer's side of the conversation.
struct Viewer {
    dashboard: Arc<Dashboard>,
    asked: Asked,
    out: mpsc::Sender<Event>,
    /// The newest row it knows of.
    seq: u64,
    /// Rows that may be told at once: a burst is told whole, a flood in parts.
    most: usize,
    totals: Option<(Totals, f64)>,
    nodes: Vec<(String, OfNode)>,
    scratch: Scratch,
}

/// What `rows` says.
#[derive(Debug, Serialize)]
struct Rows {
    rows: Vec<Row>,
    left_out: u64,
    newest: u64,
}

/// The viewer has gone.
struct Gone;

/// The events for one viewer, until it goes or the host stops.
pub(crate) fn open(
    dashboard: Arc<Dashboard>,
    asked: Asked,
    permit: OwnedSemaphorePermit,
) -> impl Stream<Item = Result<Event, Infallible>> {
    let (out, mut events) = mpsc::channel(MAX_TICKS_WAITING);
    tokio::spawn(async move {
        let seq = dashboard.memory().ring().newest();
        let viewer = Viewer {
            dashboard,
            asked,
            out,
            seq,
            most: MAX_ROWS_AT_ONCE,
            totals: None,
            nodes: Vec::new(),
            scratch: Scratch::default(),
        };
        let _ = viewer.run().await;
        drop(permit);
    });
    poll_fn(move |context| events.poll_recv(context).map(|event| event.map(Ok)))
}

/// Waits for a value; also for the end of whoever would set it.
async fn told<T>(receiver: &mut watch::Receiver<T>, is: impl FnMut(&T) -> bool) {
    let _ = receiver.wait_for(is).await;
}

fn event(name: &str, data: &impl Serialize) -> Event {
    Event::default().event(name).data(serde_json::to_string(data).unwrap_or_default())
}

impl Viewer {
    async fn run(mut self) -> Result<(), Gone> {
        let mut counters = self.dashboard.hub.join(&self.dashboard);
        let (mut reload, mut stop) = (self.dashboard.reload(), self.dashboard.stop());
        let mut failure = self.dashboard.service().failure();
        let first = reload.borrow_and_update().clone();
        self.hello(first.map(|reload| json!(*reload))).await?;
        loop {
            tokio::select! {
                changed = counters.changed() => {
                    let latest = counters.borrow_and_update().clone();
                    if changed.is_err() { return self.bye().await }
                    if let Some(counts) = latest { self.tick(&counts).await? }
                }
                changed = reload.changed() => {
                    if changed.is_err() { return self.bye().await }
                    let latest = reload.borrow_and_update().clone();
                    if let Some(latest) = latest { self.tell(event("reload", &*latest)).await? }
                }
                () = told(&mut stop, |stop| *stop) => return self.bye().await,
                () = told(&mut failure, Option::is_some) => return self.bye().await,
                () = self.out.closed() => return Err(Gone),
            }
        }
    }

    async fn tell(&mut self, event: Event) -> Result<(), Gone> {
        self.out.send(event).await.map_err(|_| Gone)
    }

    async fn bye(&mut self) -> Result<(), Gone> {
        self.tell(event("bye", &json!({}))).await
    }

    fn id(&self, seq: u64) -> String {
        format!("{}-{seq}", self.dashboard.boot())
    }

    async fn hello(&mut self, reload: Option<Value>) -> Result<(), Gone> {
        let last = self.asked.last.as_deref().and_then(|last| last.rsplit_once('-'));
        let last = last.filter(|(boot, _)| *boot == self.dashboard.boot());
        let resumed = last.and_then(|(_, seq)| seq.parse::<u64>().ok()).filter(|seq| *seq <= self.seq);
        if let Some(seq) = resumed {
            (self.seq, self.most) = (seq, MAX_ROWS_RESUMED);
        }
        let shown = self.dashboard.shown();
        let memory = self.dashboard.memory();
        let hello = json!({
            "boot": self.dashboard.boot(), "seq": self.seq, "resumed": resumed.is_some(),
            "workflow": &*shown.plan.workflow, "version": shown.plan.version,
            "since": memory.since().to_string(), "now": memory.now().to_string(), "reload": reload,
        });
        self.tell(event("hello", &hello).id(self.id(self.seq)).retry(RETRY)).await
    }

    async fn tick(&mut self, counts: &Counts) -> Result<(), Gone> {
        let new: Vec<&(String, OfNode)> = counts
            .nodes
            .iter()
            .enumerate()
            .filter(|(n, node)| self.nodes.get(*n) != Some(*node))
            .map(|(_, node)| node)
            .collect();
        if self.totals != Some((counts.totals, counts.rate)) || !new.is_empty() {
            let nodes: Map<String, Value> = new.into_iter().map(|(id, of)| (id.clone(), json!(of))).collect();
            let told = json!({
                "now": counts.now.to_string(), "totals": counts.totals, "nodes": nodes, "rate": counts.rate,
            });
            self.totals = Some((counts.totals, counts.rate));
            self.nodes.clone_from(&counts.nodes);
            self.tell(event("counters", &told)).await?;
        }
        if self.asked.rows
            && let Some(rows) = self.rows()
        {
            let id = self.id(rows.newest);
            self.tell(event("rows", &rows).id(id)).await?;
        }
        Ok(())
    }

    /// The rows that came since the last tick.
    fn rows(&mut self) -> Option<Rows> {
        let part = self.dashboard.memory().ring().part(self.seq, u64::MAX);
        let (from, until) = part.bounds();
        let newest = until.saturating_sub(1);
        self.most = self.most.max(self.most.saturating_add(ROWS_A_TICK).min(MAX_ROWS_AT_ONCE));
        if from >= until {
            return None;
        }
        let new = newest.saturating_sub(self.seq);
        self.seq = newest;
        let (mut rows, wanted) = self.pick(&part, self.most);
        rows.reverse();
        self.most = self.most.saturating_sub(rows.len()).min(MAX_ROWS_AT_ONCE);
        // Without a filter also those count that have left the ring already.
        let wanted = if self.asked.filter.is_open() { new } else { wanted };
        let left_out = wanted.saturating_sub(rows.len() as u64);
        (!rows.is_empty() || left_out > 0).then_some(Rows { rows, left_out, newest })
    }

    /// The newest rows that are wanted, and how many are.
    fn pick(&mut self, part: &Part, most: usize) -> (Vec<Row>, u64) {
        let shown = self.dashboard.shown();
        let filter = &self.asked.filter;
        let looked = if filter.is_open() { most } else { MAX_FILTERED_A_TICK };
        let (mut rows, mut wanted) = (Vec::new(), 0);
        for entry in part.newest_first().take(looked) {
            if let Some(row) = filter.take(entry, &shown, &mut self.scratch) {
                wanted += 1;
                if rows.len() < most {
                    rows.push(row);
                }
            }
        }
        (rows, wanted)
    }
}
