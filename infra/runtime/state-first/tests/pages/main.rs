//! Hot keys in pages: whatever crashes, repeats, races or comes late, the count is exact and fires once.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
#![expect(clippy::print_stdout, reason = "the seed and what was measured")]

mod world;

use fanin_event::Timestamp;
use fanin_state_first::Message;
use fanin_store::state::CellKind;
use world::{Dice, Rough, START, World, finish};

fn workflow(reach: usize, distinct: bool) -> String {
    let distinct = if distinct { ", distinct: part" } else { "" };
    format!(
        "
version: 1
name: w
events:
  part: {{ match: {{ source: [t], detail-type: [Part] }}, capture: {{ $.detail.k: '{{k}}', $.detail.part: '{{part}}' }} }}
conditions:
  whole: {{ count: part, by: k{distinct}, reach: {reach}, collect: none, within: 10d }}
rules:
  call: {{ when: whole, invoke: f }}
functions:
  f: {{ respond: null }}
"
    )
}

/// How the events say when they happened.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Own {
    /// One after another, so many milliseconds apart.
    Apart(i64),
    /// All in the same second.
    Same,
    /// Not at all.
    None,
}

fn event(n: usize, own: Own) -> String {
    let time = match own {
        Own::Apart(ms) => Some(START + i64::try_from(n).unwrap() * ms),
        Own::Same => Some(START),
        Own::None => None,
    };
    let time = time.map(|at| format!(r#""time":"{}","#, Timestamp(at))).unwrap_or_default();
    format!(r#"{{"id":"e{n}","source":"t",{time}"detail-type":"Part","detail":{{"k":"1","part":"{n}"}}}}"#)
}

fn counted(world: &World) -> u64 {
    let looked = finish(world.host.look("whole", "1", Timestamp(START))).unwrap().unwrap();
    fanin_condition::explain(&looked.condition, "1", &looked.instance, Timestamp(START)).count
}

fn pages(world: &World) -> usize {
    world.store.model.cells().iter().filter(|(key, _)| key.kind == CellKind::Page).count()
}

/// All but the last event, repeated and disordered; then the last.
fn play(seed: u64, events: usize, (own, distinct): (Own, bool), rough: Rough) -> World {
    println!("seed {seed}, {own:?}, distinct {distinct}");
    let mut world = World::new(&workflow(events, distinct), seed, rough);
    let mut dice = Dice::new(seed ^ 0xd1ce);
    for n in 0..events - 1 {
        world.queues.put(event(n, own));
        if dice.percent(15) {
            let earlier = dice.below(n + 1);
            world.queues.put(event(earlier, own));
        }
    }
    world.drain(rough);
    assert_eq!(counted(&world), events as u64 - 1, "seed {seed}: every event counts once");
    assert!(world.queues.starts.lock().unwrap().is_empty(), "seed {seed}: too early");
    world.queues.put(event(events - 1, own));
    world.drain(rough);
    for n in [0, events / 2, events - 1] {
        world.queues.put(event(n, own));
    }
    world.drain(rough);
    let starts = world.queues.starts.lock().unwrap().clone();
    assert_eq!(starts.len(), 1, "seed {seed}: one firing");
    let payloads = starts.values().next().unwrap();
    assert_eq!(payloads.len(), 1, "seed {seed}: one payload");
    assert!(payloads.first().unwrap().contains(&format!("\"count\":{events},")), "seed {seed}: {payloads:?}");
    world
}

const ROUGH: Rough = Rough { workers: 5, batch: 120, crashes: 60, lost: 3, stale: 2 };

#[test]
fn the_count_is_exact_whatever_happens() {
    let first: u64 = std::env::var("FANIN_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let seeds: u64 = std::env::var("FANIN_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(6);
    for seed in first..first + seeds {
        let own = [Own::Apart(30), Own::Same, Own::None, Own::Apart(3)][usize::try_from(seed % 4).unwrap()];
        let world = play(seed, 4_000, (own, seed % 3 == 0), ROUGH);
        let largest = *world.store.largest.lock().unwrap();
        println!(
            "  {} pages, {} crashes, {} conflicts, {} duplicates, {} reports, largest part {largest} bytes",
            pages(&world),
            world.crashes,
            world.conflicts,
            world.duplicates,
            world.queues.reports.lock().unwrap()
        );
        assert!(pages(&world) > 0, "it was paged");
        assert!(largest < 64 * 1024);
    }
}

#[test]
fn a_hot_key_costs_the_same_for_every_event() {
    const CALM: Rough = Rough { workers: 1, batch: 100, crashes: 0, lost: 0, stale: 0 };
    let total: usize = std::env::var("FANIN_EVENTS").ok().and_then(|n| n.parse().ok()).unwrap_or(6_000);
    let mut world = World::new(&workflow(9_000_000, false), 1, CALM);
    let apart = std::env::var("FANIN_APART").ok().and_then(|n| n.parse().ok()).unwrap_or(20);
    let mut before = world.store.model.usage();
    let (step, mut costs) = (total / 4, Vec::new());
    for part in 0..4 {
        for n in part * step..(part + 1) * step {
            world.queues.put(event(n, Own::Apart(apart)));
        }
        world.drain(CALM);
        let usage = world.store.model.usage();
        let since = usage.since(&before);
        before = usage;
        println!(
            "events {} to {}: {:.4} W, {:.4} R an event, {} pages",
            part * step,
            (part + 1) * step,
            since.write_units as f64 / step as f64,
            since.read_halves as f64 / 2.0 / step as f64,
            pages(&world)
        );
        assert_eq!(counted(&world), ((part + 1) * step) as u64);
        costs.push(since.write_units + since.read_halves);
    }
    assert!(costs[3] < costs[1] * 3 / 2, "it does not grow: {costs:?}");
    assert!(*world.store.largest.lock().unwrap() < 64 * 1024);
}

#[test]
fn a_hot_key_times_out_and_what_comes_then_is_late() {
    const CALM: Rough = Rough { workers: 3, batch: 100, crashes: 20, lost: 1, stale: 1 };
    let text = workflow(9_000, false).replace("when: whole", "when: whole.timeout");
    let mut world = World::new(&text, 3, CALM);
    (0..1_500).for_each(|n| world.queues.put(event(n, Own::Apart(20))));
    world.drain(CALM);
    assert!(pages(&world) > 0 && counted(&world) == 1_500);
    world.queues.wait(9 * 24 * 3_600_000);
    let due = Timestamp(START + 9 * 24 * 3_600_000);
    world.queues.put(Message::Wake { condition: "whole".into(), key: "1".into(), due }.to_text());
    world.drain(CALM);
    assert!(world.queues.starts.lock().unwrap().is_empty(), "it is not yet due");
    world.queues.wait(2 * 24 * 3_600_000);
    // An event that comes later than the deadline ends the round as well as a wake-up would.
    (1_500..1_600).for_each(|n| world.queues.put(event(n, Own::Apart(20))));
    (0..100).for_each(|n| world.queues.put(event(n, Own::Apart(20))));
    world.drain(CALM);
    let starts = world.queues.starts.lock().unwrap().clone();
    let payloads: Vec<&String> = starts.values().flatten().collect();
    assert_eq!(payloads.len(), 1, "one timeout with one payload");
    assert!(
        payloads[0].contains("\"count\":1500,") && payloads[0].contains("\"reason\":\"timeout\""),
        "{payloads:?}"
    );
}
