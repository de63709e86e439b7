//! The templates of the examples: as they were read by a person, within AWS's limits, and without a permission the workflow
//! does not ask for.

use std::path::Path;

use crate::support::{EXAMPLES, compiled, example, project};
use fanin_deploy::template::{Part, template};
use fanin_deploy::{BusChoice, limits, yaml};
use serde_json::Value;

/// `FANIN_REWRITE=1` writes the golden files anew.
#[test]
fn the_templates_of_the_examples_are_as_they_were_read() {
    for name in EXAMPLES {
        let text = yaml::to_yaml(&template(&example(name), Part::Whole).unwrap());
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/templates/{name}.yaml"));
        if std::env::var_os("FANIN_REWRITE").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        let wanted = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(text == wanted, "{} is different; FANIN_REWRITE=1 writes it anew", path.display());
    }
}

fn resources(document: &Value) -> Vec<&String> {
    document["Resources"].as_object().unwrap().keys().collect()
}

#[test]
fn the_parts_make_the_whole() {
    for name in EXAMPLES {
        let project = example(name);
        let whole = template(&project, Part::Whole).unwrap();
        let parts =
            [Part::State, Part::Functions, Part::Wiring].map(|part| template(&project, part).unwrap());
        let mut of_parts: Vec<&String> = parts.iter().flat_map(resources).collect();
        of_parts.sort();
        let mut of_whole = resources(&whole);
        of_whole.sort();
        assert_eq!(of_parts, of_whole, "{name}");
        for (document, part) in parts.iter().zip(["state", "functions", "wiring"]) {
            let text = document.to_string();
            for missing in of_whole.iter().filter(|r| document["Resources"].get(r.as_str()).is_none()) {
                for reference in [format!("{{\"Ref\":\"{missing}\"}}"), format!("[\"{missing}\",\"Arn\"]")] {
                    assert!(!text.contains(&reference), "the part {part} of {name} speaks of {missing}");
                }
            }
        }
    }
}

#[test]
fn every_example_is_far_from_the_limits() {
    for name in EXAMPLES {
        let document = template(&example(name), Part::Whole).unwrap();
        assert!(document.to_string().len() < limits::MAX_TEMPLATE_INLINE, "{name} needs no upload");
        assert!(resources(&document).len() < 50, "{name}: {}", resources(&document).len());
    }
}

/// A workflow with so many events, each with a pattern of its own.
fn wide(events: usize) -> String {
    let mut text = String::from("version: 1\nname: wide\nevents:\n");
    for n in 0..events {
        text.push_str(&format!("  e{n}: {{ match: {{ source: [shop], detail-type: [Type{n}] }} }}\n"));
    }
    text
}

#[test]
fn rules_on_both_sides_of_the_limit() {
    let document = template(&project(compiled(&wide(limits::MAX_BUS_RULES))), Part::Whole).unwrap();
    let policy = document.pointer("/Resources/EventsPolicy/Properties/PolicyDocument").unwrap();
    assert!(policy.to_string().len() < 20_480, "a queue's policy");
    assert!(policy["Statement"][0]["Condition"]["ArnLike"].is_object());
    let mut over = project(compiled(&wide(limits::MAX_BUS_RULES + 1)));
    let error = template(&over, Part::Whole).unwrap_err().to_string();
    assert!(error.contains("301 rules") && error.contains("--observe"), "{error}");
    over.settings.observe = true;
    let observed = template(&over, Part::Whole).unwrap();
    let rules =
        observed["Resources"].as_object().unwrap().values().filter(|r| r["Type"] == "AWS::Events::Rule");
    assert_eq!(rules.count(), 2, "one for the source and the sweep");
}

#[test]
fn one_rule_for_one_pattern() {
    let text = "version: 1\nname: same\nevents:\n  a: { match: { source: [s] }, capture: { $.detail.x: \"{x}\" } }\n  \
                b: { match: { source: [s] }, capture: { $.detail.y: \"{y}\" } }\n  c: { match: { source: [t] } }\n";
    let document = template(&project(compiled(text)), Part::Whole).unwrap();
    let names = resources(&document);
    assert!(names.iter().any(|n| *n == "OnA") && !names.iter().any(|n| *n == "OnB"), "{names:?}");
    assert_eq!(document["Resources"]["OnA"]["Properties"]["Description"], "a, b of the workflow same");
}

#[test]
fn a_clock_brings_the_event_every_host_knows() {
    let text = "version: 1\nname: clockwork\nevents:\n  minute: { schedule: rate(1 minute) }\n";
    let document = template(&project(compiled(text)), Part::Whole).unwrap();
    let target = &document["Resources"]["AtMinute"]["Properties"]["Targets"][0]["InputTransformer"];
    let event = target["InputTemplate"].as_str().unwrap().replace("<time>", "2026-01-02T03:04:00Z");
    let plan = compiled(text);
    let recognizer = fanin_event::Recognizer::new(&plan.events).unwrap();
    let mut scratch = fanin_event::Scratch::new();
    let recognized = recognizer.recognize(&event, &mut scratch).unwrap();
    assert_eq!(recognized.hits().count(), 1, "{event}");
    assert!(event.contains(r#""id":"clockwork/minute@2026-01-02T03:04:00Z""#));
}

#[test]
fn choices_show() {
    let mut uploads = example("uploads");
    uploads.settings.own_buckets.insert("uploads".to_owned());
    uploads.settings.bus = BusChoice::Named("default".to_owned());
    let document = template(&uploads, Part::Whole).unwrap();
    let bucket = &document["Resources"]["BucketUploads"]["Properties"];
    assert_eq!(bucket["NotificationConfiguration"]["EventBridgeConfiguration"]["EventBridgeEnabled"], true);
    assert!(document["Resources"].get("Bus").is_none());
    uploads.settings.asynchronous.insert("nobody".to_owned());
    let error = uploads.notes().unwrap_err().to_string();
    assert!(error.contains("`nobody`") && error.contains("`assemble`"), "{error}");
}
