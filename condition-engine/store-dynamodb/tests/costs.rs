//! What requests cost: the arithmetic against what an implementation reports, and the price of a join of four.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

#[path = "support/emulated.rs"]
mod emulated;
mod support;

use emulated::dynoxide;
use fanin_store::state::{
    Base, CellKey, CellKind, CellWrite, Change, Chunks, PutIf, Read, Shelf, ShelfEntry, ShelfName,
    StateStore, Usage,
};
use fanin_store_dynamodb::{Billed, DynamoStore};

/// Two days, as a workflow with a deadline has it.
const EXPIRES: i64 = 1_800_000_000_000;

fn key(key: &str) -> CellKey {
    CellKey { kind: CellKind::Instance, workflow: "orders".into(), name: "joined".into(), key: key.into() }
}

async fn put(store: &DynamoStore, name: &str, base: Option<Base>, head: usize, chunks: Chunks) -> Base {
    let change =
        Change::Put { head: vec![7; head], chunks, outbox: vec![8; head / 4], expires: Some(EXPIRES) };
    let write = CellWrite { key: key(name), base, change };
    store.commit(vec![write]).await.remove(0).unwrap().unwrap()
}

/// Compares what was counted since the last look with what the service says it cost.
struct Ledger {
    usage: Usage,
    billed: Billed,
}

impl Ledger {
    fn agrees(&mut self, store: &DynamoStore, what: &str) {
        let (usage, billed) = (store.usage(), store.billed());
        let counted = usage.since(&self.usage);
        let (writes, reads) =
            (billed.write_units - self.billed.write_units, billed.read_units - self.billed.read_units);
        assert_eq!(counted.write_units as f64, writes, "{what}: write units, {counted}");
        assert_eq!(counted.read_halves as f64 / 2.0, reads, "{what}: read units, {counted}");
        (self.usage, self.billed) = (usage, billed);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_units_are_those_the_service_reports() {
    let store = dynoxide().await.asking_costs();
    let mut ledger = Ledger { usage: store.usage(), billed: store.billed() };
    for head in [0, 100, 700, 780, 790, 800, 810, 820, 900, 1_600, 3_000, 40_000] {
        let name = head.to_string();
        let base = put(&store, &name, None, head, Chunks::Keep).await;
        ledger.agrees(&store, &format!("a new cell of {head}"));
        let base = put(&store, &name, Some(base), 10, Chunks::Keep).await;
        ledger.agrees(&store, &format!("a cell of {head} becomes small"));
        let base = put(&store, &name, Some(base), 10, Chunks::Append(vec![1; head])).await;
        ledger.agrees(&store, &format!("a chunk of {head}"));
        for read in [Read::Fresh, Read::Stale] {
            store.load(&[key(&name), key("nothing")], read).await.unwrap();
            ledger.agrees(&store, &format!("a cell with a chunk of {head}, {read:?}"));
        }
        put(&store, &name, Some(base), 10, Chunks::Append(vec![2; 10])).await;
        store.load(&[key(&name)], Read::Stale).await.unwrap();
        ledger.agrees(&store, &format!("a query of chunks of {head}"));
        store.fill(&key(&name), &[(3, vec![1; head])], Some(EXPIRES)).await.unwrap();
        store.slots(&key(&name), Read::Stale).await.unwrap();
        ledger.agrees(&store, &format!("a slot of {head}"));
        let timers = ShelfName::Timers { minute: 1_700, part: 3 };
        let entry = ShelfEntry { sort: name, value: vec![1; head] };
        store.put(&timers, entry, PutIf::Absent, Some(EXPIRES)).await.unwrap();
        store.list(&timers, None, 100).await.unwrap();
        ledger.agrees(&store, &format!("a value of {head}"));
    }
}

/// A join of four: what the layout makes of it. The state is opaque here: 45 bytes for each seen event with its id, 120 for the
/// rest, an outbox of 300 with the last event.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_join_of_four_costs_one_write_and_half_a_read_an_event() {
    let store = dynoxide().await.asking_costs();
    const JOINS: u32 = 50;
    for join in 0..JOINS {
        let name = format!("order-{join:06}");
        for event in 1..=4_usize {
            let found = store.load(&[key(&name)], Read::Stale).await.unwrap().remove(0);
            let outbox = if event == 4 { vec![1; 300] } else { Vec::new() };
            let change = Change::Put {
                head: vec![1; 120 + 45 * event],
                chunks: Chunks::Keep,
                outbox,
                expires: Some(EXPIRES),
            };
            let write = CellWrite { key: key(&name), base: found.map(|cell| cell.base), change };
            store.commit(vec![write]).await.remove(0).unwrap();
        }
    }
    let usage = store.usage();
    println!("{JOINS} joins of 4: {usage}; the service: {:?}", store.billed());
    assert_eq!(usage.write_units, u64::from(JOINS) * 4);
    assert_eq!(usage.read_halves, u64::from(JOINS) * 4);
    assert_eq!(usage.requests.values().sum::<u64>(), u64::from(JOINS) * 8);
    let empty = put(&store, "k", None, 0, Chunks::Keep).await;
    println!("an empty cell `{}`: {} bytes", key("k").path(), empty.bytes);
    let one = put(&store, "k", Some(empty.clone()), 0, Chunks::Append(vec![1])).await;
    println!("its first chunk makes its head {} bytes larger", one.bytes - empty.bytes);
    assert!(empty.bytes < 70, "{}", empty.bytes);
}
