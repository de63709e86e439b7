//! What is heard live, and from where it goes on.

use fanin_dashboard::limits::{MAX_ROWS_AT_ONCE, MAX_ROWS_RESUMED, MAX_VIEWERS};
use serde_json::json;

use crate::world::{WORKFLOW, World, compile, envelope};

fn part(n: usize) -> String {
    envelope("Part", &format!("e{n}"), &format!(r#"{{"job":"j{n}","n":"1"}}"#))
}

#[test]
fn rows_and_counters_come_as_they_happen() {
    let world = World::new();
    world.events(vec![part(0)]);
    let mut live = world.watch("", "");
    assert!(live.head.contains("text/event-stream"), "{}", live.head);
    let hello = live.next("hello");
    assert_eq!((&hello.data["resumed"], &hello.data["seq"]), (&json!(false), &json!(1)));
    let counters = live.next("counters");
    assert_eq!(counters.data["nodes"]["event.part"], json!({ "seen": 1 }));
    assert!(counters.data["nodes"]["bucket.files"].is_object(), "the first has all nodes");
    world.events(vec![part(1)]);
    let (mut row, mut count) = (None, None);
    while row.is_none() || count.is_none() {
        let heard = live.any().unwrap();
        match heard.event.as_str() {
            "rows" => row = Some(heard),
            "counters" if heard.data["nodes"].get("event.part").is_some() => count = Some(heard.data),
            _ => {}
        }
    }
    let (row, count) = (row.unwrap(), count.unwrap());
    assert_eq!((row.data["rows"][0]["seq"].as_u64(), &row.data["left_out"]), (Some(2), &json!(0)));
    assert!(row.id.ends_with("-2"), "{}", row.id);
    assert_eq!(count["nodes"]["event.part"], json!({ "seen": 2 }));
    assert!(count["nodes"].get("bucket.files").is_none(), "only what changed: {count}");
}

#[test]
fn a_burst_is_told_whole_and_of_a_flood_the_rest_is_counted() {
    let world = World::new();
    let mut live = world.watch("", "");
    live.next("hello");
    world.events((0..MAX_ROWS_AT_ONCE).map(part).collect());
    let rows = live.next("rows");
    assert_eq!(rows.data["rows"].as_array().unwrap().len(), MAX_ROWS_AT_ONCE);
    assert_eq!(rows.data["left_out"], 0);
    world.events((1_000..1_000 + MAX_ROWS_AT_ONCE + 7).map(part).collect());
    let rows = live.next("rows");
    let told = rows.data["rows"].as_array().unwrap();
    assert!(told.len() <= MAX_ROWS_AT_ONCE, "{}", told.len());
    assert_eq!(rows.data["left_out"], MAX_ROWS_AT_ONCE + 7 - told.len());
    assert_eq!(told[told.len() - 1]["seq"].as_u64(), rows.data["newest"].as_u64());
}

#[test]
fn whoever_comes_back_hears_what_it_missed() {
    let world = World::new();
    world.events(vec![part(0)]);
    let id = world.watch("", "").next("hello").id;
    world.events((1..=3).map(part).collect());
    let mut live = world.watch("", &format!("Last-Event-ID: {id}\r\n"));
    assert_eq!(live.next("hello").data["resumed"], true);
    let rows = live.next("rows");
    let seqs: Vec<u64> =
        rows.data["rows"].as_array().unwrap().iter().map(|row| row["seq"].as_u64().unwrap()).collect();
    assert_eq!((seqs, &rows.data["left_out"]), (vec![2, 3, 4], &json!(0)));
    world.events((4..4 + MAX_ROWS_RESUMED).map(part).collect());
    let rows = world.watch(&format!("?last={id}"), "").next("rows");
    assert_eq!(rows.data["rows"].as_array().unwrap().len(), MAX_ROWS_RESUMED);
    assert_eq!(rows.data["left_out"], 3);
    for other in ["0-1", "nonsense", &format!("{}-999999", id.split('-').next().unwrap())] {
        let hello = world.watch(&format!("?last={other}"), "").next("hello");
        assert_eq!(hello.data["resumed"], false, "{other}");
    }
}

#[test]
fn a_filter_lets_through_what_is_wanted() {
    let world = World::new();
    let mut live = world.watch("?name=order", "");
    let mut silent = world.watch("?rows=false", "");
    live.next("hello");
    silent.next("hello");
    world.events(vec![part(0), envelope("Order", "o", r#"{"id":"1"}"#)]);
    let rows = live.next("rows");
    assert_eq!((&rows.data["left_out"], &rows.data["rows"][0]["id"]), (&json!(0), &json!("o")));
    assert_eq!(rows.data["rows"].as_array().unwrap().len(), 1);
    world.stop.send_replace(true);
    while let Some(heard) = silent.any() {
        assert_ne!(heard.event, "rows");
    }
}

#[test]
fn a_reload_and_the_end_are_told() {
    let world = World::new();
    let mut live = world.watch("", "");
    live.next("hello");
    world.dashboard.kept("version: 2", "the workflow file has mistakes", &[]);
    let reload = live.next("reload");
    assert_eq!((&reload.data["ok"], &reload.data["text"]), (&json!(false), &json!("version: 2")));
    let good = WORKFLOW.replace("reach: 2", "reach: 3");
    world.dashboard.reloaded(compile(&good), good, &[]);
    assert_eq!(live.next("reload").data["ok"], true);
    assert_eq!(world.watch("", "").next("hello").data["reload"]["ok"], true);
    world.stop.send_replace(true);
    live.next("bye");
    assert!(live.any().is_none());
}

#[test]
fn one_viewer_too_many_is_refused_until_another_goes() {
    let world = World::new();
    let mut viewers: Vec<_> = (0..MAX_VIEWERS).map(|_| world.watch("", "")).collect();
    viewers.iter_mut().for_each(|live| drop(live.next("hello")));
    assert_eq!(world.refused("/api/live"), (503, "too-many-viewers".to_owned()));
    viewers.pop();
    let begin = std::time::Instant::now();
    loop {
        let mut live = world.watch("", "");
        if live.head.contains("200 OK") {
            live.next("hello");
            break;
        }
        assert!(begin.elapsed() < crate::world::PATIENCE, "{}", live.head);
    }
}
