//! The recognizer as its users see it: header, hits, captures, mistakes, near misses.

use smallvec::SmallVec;

use super::{DefinitionCause, Recognizer};
use crate::definition::{CaptureRule, EventDefinition};
use crate::scratch::Scratch;

fn definition(name: &str, pattern: &str, captures: &[(&str, &str)]) -> EventDefinition {
    let rule =
        |(path, template): &(&str, &str)| CaptureRule { path: (*path).into(), template: (*template).into() };
    EventDefinition {
        name: name.into(),
        pattern: pattern.into(),
        captures: captures.iter().map(rule).collect(),
    }
}

fn uploads() -> Recognizer {
    Recognizer::new(&[
        definition(
            "part",
            r#"{"source":["aws.s3"],"detail":{"bucket":{"name":["uploads"]}}}"#,
            &[("$.detail.object.key", "jobs/{job}/part-{part}.csv")],
        ),
        definition("any", r#"{"source":[{"prefix":"aws."}]}"#, &[]),
        definition(
            "big",
            r#"{"detail":{"object":{"size":[{"numeric":[">",100]}]}}}"#,
            &[("$.detail.object.size", "{n}")],
        ),
        definition(
            "tag",
            r#"{"detail":{"tags":{"k":["a"]}}}"#,
            &[("$.detail.tags[?@.k == 'a'].v", "{v}"), ("$.id", "{id}")],
        ),
    ])
    .unwrap()
}

/// The definitions hit and their captures.
fn hits(recognizer: &Recognizer, text: &str) -> Vec<(usize, Vec<String>)> {
    let mut scratch = Scratch::new();
    let recognized = recognizer.recognize(text, &mut scratch).unwrap();
    recognized.hits().map(|hit| (hit.definition, hit.captures().map(str::to_owned).collect())).collect()
}

const EVENT: &str = r#"{"version":"0","id":"e1","detail-type":"Object Created","source":"aws.s3","time":"2026-01-02T03:04:05Z",
    "detail":{"bucket":{"name":"uploads"},"object":{"key":"jobs\/42/part-3.csv","size":1e3},"tags":[{"k":"b","v":1},{"k":"a","v":2.0}]}}"#;

#[test]
fn one_event_may_be_several() {
    let texts = |list: &[&str]| list.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>();
    let expected =
        [(0, texts(&["42", "3"])), (1, texts(&[])), (2, texts(&["1e3"])), (3, texts(&["2.0", "e1"]))];
    assert_eq!(hits(&uploads(), EVENT), expected);
    let names: Vec<_> = uploads().capture_names(0).iter().map(ToString::to_string).collect();
    assert_eq!(names, ["job", "part"]);
    assert!(uploads().capture_names(9).is_empty());
    assert_eq!(uploads().name(2).map(|n| &**n), Some("big"));
}

#[test]
fn hits_give_captures_by_place_and_into_a_buffer() {
    let (recognizer, mut scratch) = (uploads(), Scratch::new());
    let recognized = recognizer.recognize(EVENT, &mut scratch).unwrap();
    let hit = recognized.hits().next().unwrap();
    assert_eq!((hit.len(), hit.is_empty(), hit.capture(1), hit.capture(2)), (2, false, Some("3"), None));
    let mut values: SmallVec<[&str; 8]> = SmallVec::new();
    values.push("old");
    hit.captures_into(&mut values);
    assert_eq!(values.as_slice(), ["42", "3"]);
}

#[test]
fn the_header_is_the_last_string_of_each_member() {
    let (recognizer, mut scratch) = (Recognizer::new(&[]).unwrap(), Scratch::new());
    let header = recognizer.recognize(EVENT, &mut scratch).unwrap().header();
    assert_eq!((header.id, header.source), (Some("e1"), Some("aws.s3")));
    assert_eq!((header.detail_type, header.time), (Some("Object Created"), Some("2026-01-02T03:04:05Z")));
    let text =
        r#"{"id":"a","id":"b\u0021","source":"s","source":1,"time":"\ud800","detail":{"detail-type":"x"}}"#;
    let header = recognizer.recognize(text, &mut scratch).unwrap().header();
    assert_eq!((header.id, header.source, header.time, header.detail_type), (Some("b!"), None, None, None));
}

#[test]
fn a_lacking_capture_is_no_hit() {
    let text = EVENT.replace(".csv", ".CSV");
    assert_eq!(hits(&uploads(), &text).iter().map(|h| h.0).collect::<Vec<_>>(), [1, 2, 3]);
}

#[test]
fn mistakes_name_the_definition() {
    let good = definition("good", r#"{"a":["x"]}"#, &[]);
    let error = Recognizer::new(&[good.clone(), definition("bad", r#"{"a":"x"}"#, &[])]).unwrap_err();
    assert_eq!((error.definition, &*error.name), (1, "bad"));
    assert!(matches!(&error.cause, DefinitionCause::Pattern(e) if e.offset == 5));
    let error = Recognizer::new(&[good, definition("bad", r#"{"a":["x"]}"#, &[("$.a", "{a"), ("b", "{b}")])])
        .unwrap_err();
    assert!(matches!(&error.cause, DefinitionCause::Capture(e) if e.rule == 0));
    assert!(error.to_string().starts_with("event `bad`: capture: a `{` that is never closed"), "{error}");
}

#[test]
fn near_misses_say_why() {
    let reasons = |text: &str| -> Vec<(usize, String)> {
        uploads().explain(text).into_iter().map(|miss| (miss.definition, miss.to_string())).collect()
    };
    assert!(reasons(EVENT).is_empty());
    let text = EVENT.replace("\"uploads\"", "\"upload\"").replace("1e3", "7");
    assert_eq!(
        reasons(&text),
        [
            (0, r#"detail.bucket.name "upload" is none of ["uploads"]"#.to_owned()),
            (2, "detail.object.size 7 is not a number > 100".to_owned()),
        ]
    );
    let text = EVENT.replace(".csv", ".CSV").replace("\"size\"", "\"length\"");
    assert_eq!(
        reasons(&text),
        [
            (0, r#"key "jobs/42/part-3.CSV" does not fit "jobs/{job}/part-{part}.csv" at ".CSV""#.to_owned()),
            (2, "detail.object.size is missing; it must be a number > 100".to_owned()),
        ]
    );
    let text = EVENT.replace("2.0", "null");
    assert_eq!(reasons(&text), [(3, "$.detail.tags[?@.k == 'a'].v has no text to capture".to_owned())]);
    let misses = uploads().explain("{");
    assert!(misses.len() == 4 && misses[0].reason.contains("ends inside a value"), "{misses:?}");
}

#[test]
fn near_misses_tell_how_near() {
    let recognizer = Recognizer::new(&[
        definition("list", r#"{"l":{"x":[1],"y":[2]}}"#, &[]),
        definition("or", r#"{"s":["1"],"$or":[{"a":["x"],"b":["y"]},{"c":[{"anything-but":["z"]}]}]}"#, &[]),
    ])
    .unwrap();
    let misses = recognizer.explain(r#"{"l":[{"x":1},{"y":2}],"s":"1","a":"x","b":["q","r"]}"#);
    assert_eq!(misses[0].matched, (2, 2));
    assert!(misses[0].reason.contains("no single element"), "{}", misses[0]);
    assert_eq!((misses[1].matched, misses[1].field.as_str()), ((2, 3), "b"));
    assert_eq!(misses[1].reason, r#"b "q", "r" is none of ["y"]"#);
}
