//! Instances in parts: the same instance, and few bytes.

use fanin_condition::{Chunking, CodecError, Collect, Condition, Instance, Parts, Verdict, Window};
use proptest::prelude::*;

use crate::random::{conditions, histories, play};
use crate::world::{DAY, HOUR, World, condition, count, ids, span, windowed};

/// An instance and what its store's chunks hold of it.
struct Parted {
    instance: Instance,
    parts: Parts,
}

/// A store of one cell: the head and its chunks, with what was written.
#[derive(Default)]
struct Store {
    head: Vec<u8>,
    chunks: Vec<Vec<u8>>,
    /// Write units: whole kilobytes of every item, with some bytes for its names.
    units: usize,
    reads: usize,
    replaced: usize,
}

/// Bytes of an item beside what we put in: names, versions, the outbox attribute.
const ITEM: usize = 110;
/// Bytes that naming a chunk costs in the head.
const NAME: usize = 20;

impl Store {
    fn commit(&mut self, parted: &mut Parted) {
        let split = parted.instance.split(&parted.parts).unwrap();
        parted.parts = split.parts;
        match split.chunks {
            Chunking::Keep => {}
            Chunking::Append(chunk) => {
                self.units += (chunk.len() + ITEM).div_ceil(1024);
                self.chunks.push(chunk);
            }
            Chunking::Replace(chunks) => {
                self.replaced += 1;
                self.units += chunks.iter().map(|chunk| (chunk.len() + ITEM).div_ceil(1024)).sum::<usize>();
                self.chunks = chunks;
            }
        }
        self.head = split.head;
        self.units += (self.head.len() + self.chunks.len() * NAME + ITEM).div_ceil(1024);
    }

    fn load(&mut self) -> Parted {
        let chunks: usize = self.chunks.iter().map(|chunk| chunk.len() + ITEM).sum();
        // Of half read units, for reads that may be a little old: head by itself, the chunks by one query.
        self.reads += (self.head.len() + ITEM).div_ceil(4096) + chunks.div_ceil(4096);
        let (instance, parts) = Instance::from_parts(&self.head, &self.chunks).unwrap();
        Parted { instance, parts }
    }

    fn bytes(&self) -> usize {
        self.head.len() + self.chunks.iter().map(Vec::len).sum::<usize>()
    }
}

/// Stores `world`'s instance and takes it up again.
fn pass(store: &mut Store, world: &mut World, parted: Option<Parted>) -> Parted {
    let parts = parted.map(|parted| parted.parts).unwrap_or_default();
    let mut parted = Parted { instance: world.instance.clone(), parts };
    store.commit(&mut parted);
    let loaded = store.load();
    world.instance = loaded.instance.clone();
    loaded
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(768))]

    #[test]
    fn an_instance_in_parts_is_the_one_that_never_was(
        condition in conditions(), histories in prop::collection::vec(histories(), 1..6), stops in prop::collection::vec(any::<prop::sample::Index>(), 1..40), again in any::<bool>()
    ) {
        let history: Vec<_> = histories.into_iter().flatten().collect();
        let mut whole = World::new(condition);
        let mut parts = World::new(whole.condition.clone());
        let (mut store, mut parted) = (Store::default(), None);
        let stops: Vec<usize> = stops.iter().map(|stop| stop.index(history.len() + 1)).collect();
        for (at, step) in history.iter().enumerate() {
            prop_assert_eq!(play(&mut whole, step), play(&mut parts, step));
            if stops.contains(&at) {
                let loaded = pass(&mut store, &mut parts, parted.take());
                prop_assert_eq!(&loaded.instance, &whole.instance);
                parted = Some(loaded);
            } else if again && let Some(kept) = &mut parted {
                // A worker may keep what it loaded and commit again.
                kept.instance = parts.instance.clone();
                store.commit(kept);
                prop_assert_eq!(&store.load().instance, &whole.instance);
            }
        }
        prop_assert_eq!(&parts.derived, &whole.derived);
    }

    #[test]
    fn damaged_parts_are_an_error_or_an_instance_never_a_panic(
        history in histories(), condition in conditions(), place in any::<prop::sample::Index>(), value in any::<u8>(), in_head in any::<bool>()
    ) {
        let mut world = World::new(condition);
        let mut store = Store::default();
        let mut parted = None;
        for step in &history {
            play(&mut world, step);
            parted = Some(pass(&mut store, &mut world, parted.take()));
        }
        let damaged = if in_head { Some(&mut store.head) } else { store.chunks.first_mut() };
        if let Some(damaged) = damaged && !damaged.is_empty() {
            let place = place.index(damaged.len());
            damaged[place] = value;
        }
        if let Ok((instance, _)) = Instance::from_parts(&store.head, &store.chunks) {
            world.instance = instance;
            for step in &history {
                play(&mut world, step);
            }
        }
    }
}

#[test]
fn a_head_of_the_whole_form_loads() {
    let mut world = World::new(count(Some(9)));
    world.event(1, "part a 1");
    let mut whole = Vec::new();
    world.instance.encode_into(&mut whole).unwrap();
    assert_eq!(Instance::from_parts(&whole, &[]).unwrap().0, world.instance);
    assert!(matches!(
        Instance::from_parts(&whole, &[vec![1]]),
        Err(CodecError::Parts { expected: 0, found: 1 })
    ));
}

#[test]
fn other_chunks_than_the_heads_and_newer_heads_are_refused() {
    let mut world = World::new(count(Some(900)));
    for n in 0..100 {
        world.event(n, &format!("part p{n} 1"));
    }
    let mut store = Store::default();
    pass(&mut store, &mut world, None);
    assert_eq!(store.chunks.len(), 1);
    assert!(matches!(
        Instance::from_parts(&store.head, &[]),
        Err(CodecError::Parts { expected: 1, found: 0 })
    ));
    let mut newer = store.head.clone();
    assert_eq!(&newer[..3], [0x86, 2, 2], "array of six, format 2, minimal reader 2");
    newer[2] = 3;
    assert!(matches!(
        Instance::from_parts(&newer, &store.chunks),
        Err(CodecError::Newer { min_reader: 3, .. })
    ));
    assert!(Instance::from_parts(&store.head[..store.head.len() - 1], &store.chunks).is_err());
}

#[test]
fn a_short_instance_stays_in_its_head() {
    let mut world = World::new(Condition { collect: Collect::Captures, ..count(Some(900)) });
    for n in 0..9 {
        world.event(n, &format!("part p{n} 1"));
    }
    let mut store = Store::default();
    let parted = pass(&mut store, &mut world, None);
    assert_eq!((store.chunks.len(), store.units), (0, 1), "{} bytes", store.head.len());
    for n in 9..50 {
        world.event(n, &format!("part p{n} 1"));
    }
    pass(&mut store, &mut world, Some(parted));
    assert_eq!(store.chunks.len(), 1);
}

#[test]
fn a_firing_makes_the_members_void_and_does_not_write_the_ids_again() {
    let mut world = World::new(Condition { collect: Collect::Captures, ..count(Some(1_000)) });
    let (mut store, mut parted) = (Store::default(), None);
    for n in 0..999 {
        world.event(n, &format!("part p{n} 1"));
        if n % 100 == 98 {
            parted = Some(pass(&mut store, &mut world, parted.take()));
        }
    }
    let units = store.units;
    assert_eq!(world.event(2_000, "part last 1"), Verdict::Fired);
    assert_eq!(ids(&world.detail(), "part").len(), 1_000);
    let parted = pass(&mut store, &mut world, parted.take());
    assert_eq!((store.units - units, store.replaced), (1, 0));
    assert_eq!(world.event(7, "part p7 1"), Verdict::Duplicate);
    assert_eq!(world.event(2_001, "part late 1"), Verdict::Late);
    pass(&mut store, &mut world, Some(parted));
    assert_eq!(store.replaced, 0);
}

#[test]
fn what_is_void_is_thrown_out_in_time() {
    let mut world = World::new(Condition {
        collect: Collect::Captures,
        fire: fanin_condition::Fire::Every,
        ..count(Some(100))
    });
    world.condition.members[0].distinct = Some(0);
    let (mut store, mut parted) = (Store::default(), None);
    for n in 0..10_000 {
        let noise: String =
            (0..5).map(|i| fanin_event::Identity::of(&[&format!("{n} {i}")]).to_uuid()).collect();
        world.event(n, &format!("part p{n} {noise}"));
        if n % 50 == 49 {
            parted = Some(pass(&mut store, &mut world, parted.take()));
        }
    }
    assert_eq!(world.fired().len(), 100);
    assert!(store.replaced > 0 && store.bytes() < 10_000 * 18 * 4 + 128 * 1024, "{} bytes", store.bytes());
}

#[test]
fn a_sliding_window_moves() {
    let mut world =
        World::new(Condition { collect: Collect::Captures, ..windowed(9_999, Window::Sliding(span(HOUR))) });
    world.condition.members[0].distinct = Some(0);
    let (mut store, mut parted) = (Store::default(), None);
    for n in 0..600 {
        world.event(n * HOUR / 200, &format!("order o{n} v{n}"));
        if n % 10 == 9 {
            let kept = world.instance.clone();
            parted = Some(pass(&mut store, &mut world, parted.take()));
            assert_eq!(world.instance, kept);
        }
    }
    assert_eq!(world.instance.next_due().0, crate::world::START + 599 * HOUR / 200 + 5 * DAY);
}

/// Units of joins of `events` events, `batch` of one key at a time.
fn measure(condition: &Condition, events: i64, batch: i64) -> (f64, f64, f64) {
    let mut world = World::new(condition.clone());
    let (mut store, mut parted) = (Store::default(), None);
    // The first load finds nothing, at the price of one.
    let mut reads = 1;
    for n in 0..events {
        let id = fanin_event::Identity::of(&["floor", &n.to_string()]).to_uuid();
        world.event(n * 37, &format!("part {id} {n}"));
        if n % batch == batch - 1 {
            reads += std::mem::take(&mut store.reads);
            parted = Some(pass(&mut store, &mut world, parted.take()));
        }
    }
    assert_eq!(world.derived.len(), 1, "it has fired");
    let each = |units: usize| units as f64 / events as f64;
    (each(store.units), each(reads) / 2.0, each(store.bytes()))
}

#[test]
fn a_long_join_costs_little() {
    let plain = || Condition { collect: Collect::None, ..count(Some(1_000)) };
    let distinct = |collect| {
        let mut condition = Condition { collect, ..count(Some(1_000)) };
        condition.members[0].distinct = Some(0);
        condition
    };
    let mut over = false;
    let cases = [
        ("none", plain(), 0.035, 0.03),
        ("none, distinct", distinct(Collect::None), 0.05, 0.03),
        ("captures", Condition { collect: Collect::Captures, ..plain() }, 0.08, 0.04),
        ("captures, distinct", distinct(Collect::Captures), 0.08, 0.04),
        ("event", Condition { collect: Collect::Event, ..plain() }, 0.08, 0.04),
    ];
    for (name, condition, writes, reads) in cases {
        let (w, r, bytes) = measure(&condition, 1_000, 100);
        println!("{name}: {w:.4} W, {r:.4} R, {bytes:.1} bytes an event");
        over |= w > writes || r > reads;
    }
    assert!(!over, "one of them costs more than it should");
    let (w, r, _) = measure(&plain(), 1_000, 1);
    println!("one at a time: {w:.3} W, {r:.3} R");
    assert!(w <= 1.3, "{w}");
}

#[test]
fn the_condition_of_four_names_fits_one_unit() {
    let mut world = World::new(condition(fanin_condition::Kind::All, &["a v", "b v", "c v", "d v"]));
    let (mut store, mut parted) = (Store::default(), None);
    for (n, text) in ["a e1 1", "b e2 2", "c e3 3", "d e4 4"].iter().enumerate() {
        world.event(n as i64, text);
        parted = Some(pass(&mut store, &mut world, parted.take()));
    }
    println!("all of four: {} units, head {} bytes", store.units, store.head.len());
    assert_eq!(store.units, 4);
    assert!(Instance::decode(&store.head).is_err(), "a reader of the whole form refuses it");
}
