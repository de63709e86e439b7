//! The model of the service is one: the real store passes its suite on it, whatever a batch leaves undone.

use fanin_store::state::{
    CellKey, CellKind, CellWrite, Change, Chunks, PutIf, Read, Shelf, ShelfEntry, ShelfName, StateError,
    StateStore,
};
use fanin_store::suite;
use fanin_store_dynamodb::DynamoStore;
use fanin_store_dynamodb::simulation::draw_from;

use super::store;
use crate::chance::Chance;
use crate::drive::{alone, calmly};
use crate::settings::{Faults, Settings};
use crate::world::World;

/// More than one request may name.
const CELLS: usize = 150;
/// So many tries of one kind; some of them must end well although a batch came back half done.
const TRIES: usize = 10;
/// The only case that needs a request which no turn of a host makes.
const SCANS: &str = "a scan finds the cells of a name, page by page, and no others";

/// A world whose service asks so many of a thousand times to come again: whole requests, and parts of batches.
fn world(throttle: u32) -> World {
    let faults = Faults { throttle, budget: u32::MAX, ..Faults::default() };
    let settings = Settings { faults, ..Settings::calm(1) };
    let mut names = Chance::part(settings.schedule, 14);
    draw_from(move || names.draw());
    World::new(&settings, 0, vec![], false)
}

fn half_done(world: &World) -> [u64; 2] {
    world.with(|inner| inner.table.half_done)
}

fn key(number: usize) -> CellKey {
    CellKey {
        kind: CellKind::Instance,
        workflow: "w".into(),
        name: "n".into(),
        key: number.to_string().into(),
    }
}

fn cell(number: usize) -> CellWrite {
    let head = number.to_string().into_bytes();
    // Every third has a chunk, which is read by a second batch.
    let chunks = if number.is_multiple_of(3) { Chunks::Replace(vec![head.clone()]) } else { Chunks::Keep };
    CellWrite {
        key: key(number),
        base: None,
        change: Change::Put { head, chunks, outbox: vec![], expires: Some(1) },
    }
}

fn shelf() -> ShelfName {
    ShelfName::Timers { minute: 7, part: 1 }
}

fn places() -> Vec<String> {
    (0..CELLS).map(|number| format!("{number:03}")).collect()
}

async fn fill_shelf(store: &DynamoStore) {
    for sort in places() {
        let entry = ShelfEntry { sort, value: vec![1] };
        store.put(&shelf(), entry, PutIf::Any, Some(1)).await.unwrap();
    }
}

fn failures(throttle: u32) -> Vec<String> {
    let world = world(throttle);
    let found = alone(&world, async { suite::state::run(&store(&world), 1).await });
    println!("{throttle} of a thousand: {:?} reads and removals came back half done", half_done(&world));
    assert!(throttle == 0 || half_done(&world).iter().all(|count| *count > 0), "{:?}", half_done(&world));
    found
        .into_iter()
        .filter(|failure| failure.case != SCANS)
        .map(|f| format!("{}: {}", f.case, f.what))
        .collect()
}

#[test]
fn the_real_store_passes_its_suite_on_the_model_of_the_service() {
    assert_eq!(failures(0), [""; 0]);
}

#[test]
fn the_real_store_passes_its_suite_where_batches_come_back_half_done() {
    assert_eq!(failures(40), [""; 0]);
}

/// What a batch leaves is asked for again; what is left in the end is an error and never "there is nothing".
#[test]
fn keys_that_a_batch_leaves_unread_are_read_or_told() {
    for throttle in [100, 400, 700] {
        let world = world(throttle);
        let keys: Vec<CellKey> = (0..CELLS).map(key).collect();
        let written =
            calmly(&world, async |world| store(&world).commit((0..CELLS).map(cell).collect()).await);
        assert!(written.iter().all(Result::is_ok));
        let (mut whole, mut told) = (0, 0);
        for _ in 0..TRIES {
            match alone(&world, store(&world).load(&keys, Read::Fresh)) {
                Ok(cells) => {
                    let heads: Vec<Vec<u8>> = cells.into_iter().map(|cell| cell.unwrap().head).collect();
                    assert!(heads.iter().enumerate().all(|(n, head)| *head == n.to_string().into_bytes()));
                    whole += 1;
                }
                Err(StateError::Throttled(_)) => told += 1,
                Err(other) => panic!("{other}"),
            }
        }
        println!("{throttle}: {whole} whole, {told} told, {:?} batches half done", half_done(&world));
        assert!(half_done(&world)[0] > 0 && if throttle == 700 { told > 0 } else { whole > 0 });
    }
}

#[test]
fn removals_that_a_batch_leaves_undone_are_done_or_told() {
    for throttle in [100, 400, 700] {
        let (mut done, mut told) = (0, 0);
        let world = world(throttle);
        for _ in 0..TRIES {
            calmly(&world, async |world| fill_shelf(&store(&world)).await);
            let answer = alone(&world, store(&world).remove(&shelf(), &places()));
            let left = calmly(&world, async |world| store(&world).list(&shelf(), None, CELLS).await.unwrap());
            match answer {
                Ok(()) => {
                    assert!(left.is_empty(), "{} are left and nobody is told", left.len());
                    done += 1;
                }
                Err(StateError::Throttled(_)) => told += 1,
                Err(other) => panic!("{other}"),
            }
        }
        println!("{throttle}: {done} done, {told} told, {:?} batches half done", half_done(&world));
        assert!(half_done(&world)[1] > 0 && if throttle == 700 { told > 0 } else { done > 0 });
    }
}
