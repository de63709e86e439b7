//! What `fanin explain` says, word by word: golden texts, rewritten with `FANIN_REWRITE=1`. The stores are written with
//! moments of their own choice, so that every text is the same every time.

#[path = "../../../../history/tests/looking/workflows.rs"]
mod workflows;
#[path = "../../../../history/tests/looking/world.rs"]
mod world;

use std::path::Path;

use fanin_runtime::{CommandRef, OutcomeRef, Record};

use super::*;
use workflows::{ORDERS, PARTS};
use world::World;

/// Compares what the verb says of one question with the golden text of this name.
fn golden(world: &World, name: &str, question: &str) {
    use clap::Parser;
    let words = format!("fanin explain {question}");
    let args = crate::args::Args::try_parse_from(words.split(' ')).unwrap();
    let crate::args::Verb::Explain(args) = args.verb else { panic!("{words} is another verb") };
    let text = format!("$ {words}\n{}", said(world, &args));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/explain").join(format!("{name}.txt"));
    if std::env::var_os("FANIN_REWRITE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &text).unwrap();
    }
    let wanted = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(text == wanted, "{} differs (FANIN_REWRITE=1 rewrites it); now:\n{text}", path.display());
}

fn said(world: &World, args: &Explain) -> String {
    let source = Source::Files(world.dir().to_path_buf());
    let look = Look { paint: Paint::plain(), clock: Clock::wall(world.now()) };
    let (lines, exit) = match (&args.event, &args.condition) {
        (Some(id), _) => match ask::event(&source, id, args.extent()).unwrap() {
            Answer::Story(told) => (story::story(&told, look, true), Exit::Done),
            Answer::Several { candidates, more } => (story::candidates(&candidates, more, look), Exit::Usage),
            Answer::Unknown { known_from } => {
                (story::known_from(&known_from, look).into_iter().collect(), Exit::NotFound)
            }
        },
        (None, Some(condition)) => match ask::instance(&source, condition, args).unwrap() {
            Found::There(found) => (explained(&found, look, args.misses), exit(&found)),
            Found::NotThere(missing) => (vec![missing.reason.clone()], Exit::NotFound),
        },
        (None, None) => panic!("nothing is asked"),
    };
    format!("{}\nexit code {}\n", lines.join("\n"), exit as u8)
}

fn part(world: &mut World, id: &str, job: &str, part: &str) {
    world.send(id, "Part", &format!(r#"{{"job":"{job}","part":"{part}","file":"a.csv"}}"#));
}

#[test]
fn a_count_that_waits_with_near_misses() {
    let mut world = World::new(PARTS);
    part(&mut world, "p-1", "42", "1");
    part(&mut world, "p-2", "42", "2");
    part(&mut world, "p-1", "42", "1");
    world.send("m-1", "Manifest", r#"{"job":"42","parts":3}"#);
    world.send("near-1", "Part", r#"{"job":"42","part":"3","file":"c.CSV"}"#);
    world.send("near-2", "part", r#"{"job":"42","part":"3","file":"c.csv"}"#);
    world.send("far", "Weather", r#"{"sun":true}"#);
    golden(&world, "waits", "parts_complete --key job=42");
    golden(&world, "unmatched", "--event near-1");
    golden(&world, "no_such_key", "parts_complete --key 43");
    golden(&world, "no_such_condition", "part_complete --key 42");
    golden(&world, "no_such_event", "--event nobody");
    // The same after a good end: the snapshot has the state, the log the near misses.
    world.snapshot();
    golden(&world, "waits", "parts_complete --key job=42");
}

#[test]
fn a_count_whose_number_came_last() {
    let mut world = World::new(PARTS);
    part(&mut world, "p-1", "42", "1");
    part(&mut world, "p-2", "42", "2");
    part(&mut world, "p-1", "42", "1");
    part(&mut world, "p-2b", "42", "2");
    golden(&world, "number_unknown", "parts_complete --key job=42");
    world.send("m-1", "Manifest", r#"{"job":"42","parts":2}"#);
    world.answer("assemble", OutcomeRef::Failed("Busy", "come back later"));
    world.later(2);
    world.answer("assemble", OutcomeRef::Done(r#"{"frames":300}"#));
    part(&mut world, "p-3", "42", "3");
    golden(&world, "fired", "parts_complete --key job=42");
    golden(&world, "fired_without_trace", "parts_complete --key job=42 --no-trace");
    golden(&world, "counted_then_fired", "--event p-1");
    golden(&world, "extra", "--event p-2b");
    golden(&world, "late", "--event p-3");
    golden(&world, "completed_it", "--event m-1");
}

#[test]
fn a_large_firing() {
    let mut world = World::new(PARTS);
    world.send("m-1", "Manifest", r#"{"job":"1","parts":100}"#);
    for n in 1..=100 {
        part(&mut world, &format!("p-{n}"), "1", &n.to_string());
    }
    golden(&world, "large", "parts_complete --key 1 --members 5");
}

#[test]
fn conditions_that_name_each_other() {
    let mut world = World::new(ORDERS);
    for (id, kind) in [("o-1", "Order"), ("pay-1", "Paid"), ("pack-1", "Packed")] {
        world.send(id, kind, r#"{"order":"7"}"#);
    }
    world.answer("notify", OutcomeRef::Failed("Offline", "nobody there"));
    world.answer("again", OutcomeRef::Done("null"));
    golden(&world, "three_deep_up", "closed --key 7");
    golden(&world, "three_deep_down", "--event pay-1");
}

#[test]
fn a_fan_out() {
    let mut world = World::new(ORDERS);
    world.send("c-1", "Cart", r#"{"order":"7","lines":["a","b","c"]}"#);
    golden(&world, "fan_out_begun", "--event c-1");
    world.answer("price", OutcomeRef::Done("1"));
    world.answer("price", OutcomeRef::Failed("Busy", "later"));
    world.later(1);
    world.answer("price", OutcomeRef::Failed("Broken", "no price"));
    world.answer("price", OutcomeRef::Done("3"));
    world.answer("invoice", OutcomeRef::Failed("Full", "no paper"));
    golden(&world, "fan_out", "--event c-1");
}

#[test]
fn a_timeout() {
    let mut world = World::new(ORDERS);
    world.send("pay-1", "Paid", r#"{"order":"7"}"#);
    world.later(700);
    golden(&world, "timed_out", "ready --key 7");
    golden(&world, "timed_out_event", "--event pay-1");
}

#[test]
fn rounds() {
    let mut world = World::new(ORDERS);
    for n in 1..=5 {
        world.send(&format!("o-{n}"), "Order", &format!(r#"{{"order":"{n}"}}"#));
    }
    golden(&world, "rounds", "burst --rounds 2");
    world.send("o-6", "Order", r#"{"order":"6"}"#);
    golden(&world, "between_rounds", "burst");
}

#[test]
fn a_person_stepped_in() {
    let mut world = World::new(ORDERS);
    let operated = |world: &World, command| Record::Operated {
        at: world.now(),
        condition: "ready",
        key: "7",
        command,
        by: "ada@ops",
        why: "packed by hand",
    };
    world.send("pay-1", "Paid", r#"{"order":"7"}"#);
    let waive = operated(&world, CommandRef::Waive { member: "packed", values: "{}" });
    world.turn(&waive);
    golden(&world, "waived", "ready --key 7");
    let drop = operated(&world, CommandRef::Drop);
    world.turn(&drop);
    world.send("pay-2", "Paid", r#"{"order":"7"}"#);
    let expire = operated(&world, CommandRef::Expire);
    world.turn(&expire);
    golden(&world, "expired", "ready --key 7");
    let drop = operated(&world, CommandRef::Drop);
    world.turn(&drop);
    world.send("pay-3", "Paid", r#"{"order":"7"}"#);
    world.turn(&drop);
    golden(&world, "dropped", "--event pay-3");
}

#[test]
fn dead_letters() {
    let mut world = World::new(PARTS);
    world.send("m-1", "Manifest", r#"{"job":"42","parts":"many"}"#);
    golden(&world, "rejected", "--event m-1");
    part(&mut world, "p-1", "9", "1");
    world.send("m-9", "Manifest", r#"{"job":"9","parts":1}"#);
    world.answer("assemble", OutcomeRef::Failed("Broken", "no camera"));
    world.later(2);
    world.answer("assemble", OutcomeRef::Failed("Broken", "no camera"));
    golden(&world, "given_up", "parts_complete --key 9");
}

#[test]
fn ids_that_several_events_have() {
    let mut world = World::new(PARTS);
    part(&mut world, "part-1", "1", "1");
    part(&mut world, "part-2", "1", "2");
    golden(&world, "several", "--event part");
}
