//! The forms in which events come in.

use std::collections::BTreeMap;

use fanin_event::Timestamp;
use fanin_triggers::{Context, Format, Raw, decode, identity_of_envelope};
use serde_json::value::RawValue;

const FORMATS: [Option<Format>; 10] = [
    None,
    Some(Format::Envelope),
    Some(Format::PutEvents),
    Some(Format::CloudEvent),
    Some(Format::CloudEventBatch),
    Some(Format::CloudEventBinary),
    Some(Format::S3Notification),
    Some(Format::Sqs),
    Some(Format::Sns),
    Some(Format::Kinesis),
];

/// What every record of a stream has.
const STREAM: &[u8] = b"kinesis";

/// The first byte says which form, then header lines of the form `name: value` for the binary form, then the body.
pub(crate) fn decoder(input: &[u8]) {
    let Some((first, mut body)) = input.split_first() else { return };
    let format = FORMATS.get(usize::from(*first) % FORMATS.len()).copied().flatten();
    let mut headers = Vec::new();
    if format == Some(Format::CloudEventBinary) {
        while let Some((line, rest)) = line(body) {
            let Some((name, value)) = line.split_once(": ") else { break };
            headers.push((name.to_owned(), value.to_owned()));
            body = rest;
        }
    }
    let raw = Raw { format, headers: &headers, body };
    let once = decoded(&raw);
    assert_eq!(once, decoded(&raw), "the same bytes, the same events");
}

fn line(body: &[u8]) -> Option<(&str, &[u8])> {
    let at = body.iter().position(|byte| *byte == b'\n')?;
    let (line, rest) = body.split_at(at);
    Some((std::str::from_utf8(line).ok()?, rest.get(1..)?))
}

/// The members of an envelope, as they stand there: a number may be larger than any type of ours, and passes as it is.
pub(crate) fn members(envelope: &str) -> BTreeMap<String, Box<RawValue>> {
    serde_json::from_str(envelope).expect("an envelope is JSON")
}

fn decoded(raw: &Raw<'_>) -> Vec<Result<String, &'static str>> {
    let mut made = 0;
    let mut fresh = || {
        made += 1;
        format!("made-{made}")
    };
    let mut context = Context::new(Timestamp(1_700_000_000_000), &mut fresh);
    // A record of a stream is known by its place in the stream, which its envelope does not have.
    let streamed =
        raw.body.windows(STREAM.len()).any(|bytes| bytes == STREAM) || raw.format == Some(Format::Kinesis);
    let mut all = Vec::new();
    for one in decode(raw, &mut context) {
        match one {
            Ok(event) => {
                let envelope = event.envelope.as_str();
                assert!(members(envelope).contains_key("detail"), "an envelope has a detail: {envelope}");
                let told = identity_of_envelope(&event.envelope).expect("an envelope has an identity");
                assert!(
                    streamed || told == event.identity,
                    "its identity is that of its envelope: {envelope}"
                );
                all.push(Ok(event.envelope));
            }
            Err(rejected) => {
                assert!(!rejected.reason.is_empty() && !rejected.code.is_empty(), "{rejected:?}");
                let empty = raw.body.is_empty() || rejected.reason.contains("there is nothing in it");
                assert!(!rejected.payload.is_empty() || empty, "nothing is lost: {rejected:?}");
                all.push(Err(rejected.code));
            }
        }
    }
    all
}
