//! Recognizing: header and captures of small upload envelopes, which is what a host does with every event.

use anyhow::bail;
use fanin_event::{CaptureRule, EventDefinition, Recognizer, Scratch};

use crate::rivals::Competitor;

/// An envelope of about 240 bytes, such as a bucket sends for a new object.
pub fn events(count: usize) -> Vec<String> {
    (0..count)
        .map(|n| {
            format!(
                "{{\"id\":\"{n:08x}-5b21-4c7e-9d1f-{n:012x}\",\"source\":\"aws.s3\",\"detail-type\":\"Object Created\",\
                 \"time\":\"2026-05-17T10:{:02}:{:02}Z\",\"detail\":{{\"bucket\":{{\"name\":\"uploads\"}},\"object\":\
                 {{\"key\":\"jobs/job-{}/part-{}.csv\",\"size\":{}}}}}}}",
                n / 60 % 60,
                n % 60,
                n / 40,
                n % 40,
                n * 37 % 1_000_000
            )
        })
        .collect()
}

/// A recognizer of uploads.
pub struct Uploads {
    recognizer: Recognizer,
    scratch: Scratch,
}

impl Uploads {
    /// A recognizer that knows `sample`.
    ///
    /// # Errors
    /// When it does not.
    pub fn new(sample: &str) -> anyhow::Result<Uploads> {
        let definition = EventDefinition {
            name: "part".into(),
            pattern: r#"{"source":["aws.s3"],"detail-type":["Object Created"],"detail":{"bucket":{"name":["uploads"]}}}"#
                .to_owned(),
            captures: vec![CaptureRule {
                path: "$.detail.object.key".to_owned(),
                template: "jobs/{job}/part-{part}.csv".to_owned(),
            }],
        };
        let mut uploads = Uploads { recognizer: Recognizer::new(&[definition])?, scratch: Scratch::new() };
        if uploads.event(sample) != 3 {
            bail!("an upload was not recognized: {sample}");
        }
        Ok(uploads)
    }
}

impl Competitor for Uploads {
    /// The captures found, and one more for the identifier.
    fn event(&mut self, event: &str) -> usize {
        self.recognizer.recognize(event, &mut self.scratch).map_or(0, |found| {
            let named = usize::from(found.header().id.is_some());
            found.hits().map(|hit| hit.captures().filter(|c| !c.is_empty()).count()).sum::<usize>() + named
        })
    }
}
