//! Whatever comes in, each answer is an event that can be read again or a refusal with a known code.
#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

use fanin_event::Timestamp;
use fanin_triggers::{Context, Format, Raw, codes, decode, limits};
use proptest::prelude::*;

const SAMPLES: [&str; 9] = [
    include_str!("fixtures/eventbridge-ec2.json"),
    include_str!("fixtures/eventbridge-s3.json"),
    include_str!("fixtures/put-events.json"),
    include_str!("fixtures/cloudevent.json"),
    include_str!("fixtures/cloudevent-batch.json"),
    include_str!("fixtures/s3-put.json"),
    include_str!("fixtures/sqs.json"),
    include_str!("fixtures/sns-in-sqs.json"),
    include_str!("fixtures/kinesis.json"),
];

fn check(body: &[u8], format: Option<Format>) {
    let mut fresh = || "fresh".to_owned();
    for answer in decode(&Raw { format, headers: &[], body }, &mut Context::new(Timestamp(0), &mut fresh)) {
        match answer {
            Ok(event) => {
                let value: serde_json::Value = serde_json::from_str(&event.envelope).unwrap();
                for name in ["id", "source", "detail-type", "time"] {
                    assert!(value.get(name).unwrap().is_string(), "{name} in {}", event.envelope);
                }
                assert!(value.get("detail").is_some());
                assert!(event.envelope.len() <= limits::MAX_EVENT_BYTES);
            }
            Err(refused) => {
                assert!(codes::ALL.contains(&refused.code), "{}", refused.code);
                assert!(!refused.reason.is_empty());
            }
        }
    }
}

proptest! {
    #[test]
    fn on_damaged_payloads(sample in 0..SAMPLES.len(), place in any::<prop::sample::Index>(), with in any::<u8>(), cut in any::<bool>()) {
        let mut body = SAMPLES.get(sample).unwrap().as_bytes().to_vec();
        let place = place.index(body.len());
        if cut {
            body.truncate(place);
        } else {
            *body.get_mut(place).unwrap() = with;
        }
        check(&body, None);
    }

    #[test]
    fn on_any_text_in_any_form(text in ".{0,200}", form in 0..9_usize) {
        let forms = [
            Format::Envelope, Format::PutEvents, Format::CloudEvent, Format::CloudEventBatch, Format::CloudEventBinary,
            Format::S3Notification, Format::Sqs, Format::Sns, Format::Kinesis,
        ];
        check(text.as_bytes(), forms.get(form).copied());
    }
}
