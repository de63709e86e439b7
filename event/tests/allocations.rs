//! Once its scratch is warm, matching allocates nothing, whatever the patterns ask for.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use fanin_event::{Pattern, PatternIndex, Scratch};

/// Every operator, arrays whose elements must agree, alternatives, absence.
const PATTERNS: &[&str] = &[
    r#"{"source":["shop.orders","depot"]}"#,
    r#"{"detail":{"size":[12,12.5,1e400],"done":[true,null]}}"#,
    r#"{"detail":{"key":[{"prefix":"jobs/"}],"note":[{"suffix":"beside"}]}}"#,
    r#"{"detail":{"key":[{"prefix":{"equals-ignore-case":"JOBS/"}},{"suffix":{"equals-ignore-case":".CSV"}}]}}"#,
    r#"{"detail":{"state":[{"equals-ignore-case":"RunNing"},{"equals-ignore-case":"straße"}]}}"#,
    r#"{"detail":{"key":[{"wildcard":"jobs/*/part-*.csv"},{"wildcard":"*part*"},{"wildcard":"*"}]}}"#,
    r#"{"detail":{"size":[{"numeric":[">",1,"<=",100]},{"numeric":["=",7]}]}}"#,
    r#"{"detail":{"state":[{"anything-but":["stopped","done"]}],"size":[{"anything-but":[1,2]}]}}"#,
    r#"{"detail":{"state":[{"anything-but":{"prefix":["st","x"]}}],"key":[{"anything-but":{"wildcard":"*.txt"}}]}}"#,
    r#"{"detail":{"key":[{"anything-but":{"suffix":".txt"}},{"anything-but":{"equals-ignore-case":"A"}}]}}"#,
    r#"{"detail":{"none":[{"exists":false}],"state":[{"exists":true}]}}"#,
    r#"{"detail":{"address":[{"cidr":"10.0.0.0/8"},{"cidr":"fe80::/10"},"10.1.2.3"]}}"#,
    r#"{"detail":{"tags":{"name":["team"],"value":[{"prefix":"a"}]}}}"#,
    r#"{"detail":{"tags":{"name":[{"exists":false}],"value":["alone"],"inner":{"x":[1],"y":[2]}}}}"#,
    r#"{"$or":[{"source":["depot"]},{"detail":{"size":[{"numeric":["<",10]}]}}],"detail":{"state":["running"]}}"#,
];

fn events() -> Vec<String> {
    let tags = r#"[{"name":"team","value":"alpha"},{"name":"stage"},{"value":"alone","inner":[{"x":1,"y":2},{"x":1}]}]"#;
    let detail = |n: u32| {
        format!(
            r#"{{"key":"jobs/{n}/part-1.csv","size":{n}.5,"done":null,"state":"running","address":"10.1.2.{n}","tags":{tags},
               "note":"moved by \"sweep\" \u00e9, {n} lie beside","big":12345678901234567890,"deep":{{"a":[[1,2],[{{"b":3}}]]}}}}"#
        )
    };
    (0..50).map(|n| format!(r#"{{"id":"{n}","source":"shop.orders","detail":{}}}"#, detail(n))).collect()
}

fn patterns() -> Vec<Pattern> {
    PATTERNS.iter().map(|text| Pattern::parse(text).unwrap()).collect()
}

/// Meets all events twice; gives how many patterns matched, and asserts that the second time nothing was allocated.
fn calm(index: &PatternIndex, what: &str) -> usize {
    let (events, mut scratch) = (events(), Scratch::new());
    let run = |scratch: &mut Scratch| {
        let trusted = |scratch: &mut Scratch| -> usize {
            events.iter().map(|event| index.matches_trusted(event, scratch).unwrap().len()).sum()
        };
        let all = |scratch: &mut Scratch| -> usize {
            events.iter().map(|event| index.matches(event.as_bytes(), scratch).unwrap().len()).sum()
        };
        assert_eq!(trusted(scratch), all(scratch), "{what}");
        all(scratch)
    };
    let first = run(&mut scratch);
    let mut second = 0;
    let info = allocation_counter::measure(|| second = run(&mut scratch));
    assert_eq!((info.count_total, second), (0, first), "{what}");
    first
}

#[test]
fn each_pattern_alone() {
    for (text, pattern) in PATTERNS.iter().zip(patterns()) {
        let mut index = PatternIndex::new();
        index.insert(pattern);
        assert!(calm(&index, text) > 0, "no event matches {text}");
    }
}

#[test]
fn all_together_and_after_removals() {
    let mut index = PatternIndex::new();
    let ids: Vec<_> = patterns().into_iter().map(|pattern| index.insert(pattern)).collect();
    assert!(calm(&index, "all") > 0);
    ids.iter().step_by(2).for_each(|id| assert!(index.remove(*id)));
    assert!(calm(&index, "half") > 0);
}

#[test]
fn the_counter_counts() {
    let info = allocation_counter::measure(|| drop(std::hint::black_box(vec![1_u8; 100])));
    assert_eq!(info.count_total, 1);
}
