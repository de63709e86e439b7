//! The payloads of a file: one document, several, or one a line; and the events in them.

use std::io::Read;
use std::path::Path;

use anyhow::Context as _;
use fanin_event::Timestamp;
use fanin_sources::{Clock, SystemClock};
use fanin_triggers::{Context, Decoded, Raw, Rejected, decode};
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use crate::console::say;

/// A file is read up to so many bytes.
const MAX_BYTES: u64 = 256 * 1024 * 1024;

/// One payload and where it stood.
#[derive(Debug)]
pub(super) struct Payload {
    /// `line 3`, or nothing when the file is one document.
    pub(super) place: Option<String>,
    pub(super) bytes: Vec<u8>,
}

/// Reads a file, or standard input for `-`.
pub(super) fn read(path: &Path) -> anyhow::Result<Vec<Payload>> {
    let mut bytes = Vec::new();
    if path.as_os_str() == "-" {
        std::io::stdin().take(MAX_BYTES + 1).read_to_end(&mut bytes).context("cannot read standard input")?;
    } else {
        let file = std::fs::File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
        file.take(MAX_BYTES + 1)
            .read_to_end(&mut bytes)
            .with_context(|| format!("cannot read {}", path.display()))?;
    }
    anyhow::ensure!(bytes.len() as u64 <= MAX_BYTES, "more than {MAX_BYTES} bytes; match a part of it");
    Ok(cut(bytes))
}

/// One a line if the first line is a document of its own; else the documents one after the other.
fn cut(bytes: Vec<u8>) -> Vec<Payload> {
    let filled = |line: &&[u8]| !line.trim_ascii().is_empty();
    let mut lines = bytes.split(|byte| *byte == b'\n').filter(filled);
    let first = lines.next().unwrap_or_default();
    if lines.next().is_some() && serde_json::from_slice::<IgnoredAny>(first).is_ok() {
        let numbered = bytes.split(|byte| *byte == b'\n').enumerate().filter(|(_, line)| filled(line));
        return numbered
            .map(|(at, line)| Payload { place: Some(format!("line {}", at + 1)), bytes: line.to_vec() })
            .collect();
    }
    let documents: Result<Vec<Box<RawValue>>, _> =
        serde_json::Deserializer::from_slice(&bytes).into_iter::<Box<RawValue>>().collect();
    match documents {
        Ok(documents) if documents.len() > 1 => documents
            .iter()
            .enumerate()
            .map(|(at, text)| Payload {
                place: Some(format!("document {}", at + 1)),
                bytes: text.get().as_bytes().to_vec(),
            })
            .collect(),
        // One document, or none that can be read: the decoder says what is wrong.
        _ => vec![Payload { place: None, bytes }],
    }
}

/// The events of a payload, as a host would decode them now.
pub(super) fn events(payload: &Payload) -> Vec<Result<Decoded, Rejected>> {
    let now: Timestamp = SystemClock.now();
    let mut fresh = fanin_sources::fresh_id;
    decode(&Raw::detect(&payload.bytes), &mut Context::new(now, &mut fresh))
}

/// Says so of a payload that rightly holds no event, such as the one that a new notification is tried with.
pub(super) fn tell_empty<T>(payload: &Payload, answers: &[T]) {
    if answers.is_empty() {
        let place = payload.place.as_deref().unwrap_or("the payload");
        say(&format!("{place} holds no event"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut_text(text: &str) -> Vec<(Option<String>, String)> {
        cut(text.as_bytes().to_vec())
            .into_iter()
            .map(|p| (p.place, String::from_utf8(p.bytes).unwrap()))
            .collect()
    }

    #[test]
    fn files_are_cut_where_a_reader_would() {
        assert_eq!(cut_text("{\"a\":\n1}\n"), [(None, "{\"a\":\n1}\n".to_owned())]);
        let lines = cut_text("{}\n\n{\"a\":1}\nnot json\n");
        let places: Vec<_> = lines.iter().filter_map(|l| l.0.as_deref()).collect();
        assert_eq!(places, ["line 1", "line 3", "line 4"]);
        let pretty = cut_text("{\n}\n{\n\"a\": 1\n}");
        assert_eq!(pretty.len(), 2);
        assert_eq!(pretty[1], (Some("document 2".to_owned()), "{\n\"a\": 1\n}".to_owned()));
        assert_eq!(cut_text("").len(), 1);
        assert_eq!(cut_text("{").len(), 1);
    }
}
