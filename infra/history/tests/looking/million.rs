//! A million open instances, and one of them asked about. Not among the usual tests: run it by
//! `cargo test --release -p fanin-history --test looking -- --ignored --nocapture million`.

use std::collections::BTreeMap;
use std::time::Instant;

use fanin_history::History;
use fanin_history::present::{InstanceAnswer, InstanceQuestion, Present};
use fanin_history::story::Extent;

use fanin_runtime::{Origin, Record};

use crate::workflows::PARTS;
use crate::world::World;

#[test]
#[ignore = "takes minutes without optimisation; measures"]
fn one_of_a_million_open_instances_is_explained_within_a_second() {
    let mut world = World::new(PARTS);
    for n in 0..1_000_000 {
        let text = format!(
            r#"{{"id":"e-{n}","source":"shop","detail-type":"Part","detail":{{"job":"{n}","part":"1","file":"a.csv"}}}}"#
        );
        world.gather(&Record::Event { at: world.now(), identity: None, origin: Origin::Http, text: &text });
    }
    world.write();
    world.snapshot();
    let begun = Instant::now();
    let history = History::open(world.dir()).unwrap();
    let key = BTreeMap::from([("job".to_owned(), "777777".to_owned())]);
    let condition = "parts_complete";
    let question =
        InstanceQuestion { condition, key: &key, rounds: 1, misses: 10, extent: Extent::default() };
    let answer = Present::open(&history).unwrap().instance(&question).unwrap();
    let took = begun.elapsed();
    let InstanceAnswer::There(found) = answer else { panic!("it is not there") };
    assert_eq!(found.told.explanation.count, 1);
    println!("explained from files in {took:?}");
    assert!(took.as_secs_f64() < 1.0 || cfg!(debug_assertions), "{took:?}");
}
