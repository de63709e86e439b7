//! SNS, EventBridge, Step Functions and S3, as far as the functions use them: what they get is recorded.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use hyper::Method;
use serde_json::{Value, json};

use super::gateway::{Answer, Call, Service};

/// What was sent to the sinks.
#[derive(Debug, Default)]
pub struct Sinks {
    /// Topic and message.
    pub published: Vec<(String, String)>,
    /// Entries of `PutEvents`.
    pub events: Vec<Value>,
    /// State machine, name of the execution, input.
    pub executions: Vec<(String, String, String)>,
    /// Objects by path.
    pub objects: BTreeMap<String, Bytes>,
    started: BTreeSet<(String, String)>,
}

impl Sinks {
    /// Answers one request.
    pub fn answer(&mut self, call: &Call) -> Answer {
        match call.service {
            Service::Sns => self.sns(call),
            Service::Events => self.put_events(call),
            Service::States => self.start_execution(call),
            _ => self.s3(call),
        }
    }

    fn sns(&mut self, call: &Call) -> Answer {
        let form = form(&call.body);
        let field = |name: &str| form.get(name).cloned().unwrap_or_default();
        let topic = field("TopicArn");
        if topic.is_empty() {
            return xml(400, "<ErrorResponse><Error><Type>Sender</Type><Code>InvalidParameter</Code><Message>Invalid parameter: TopicArn</Message></Error></ErrorResponse>".to_owned());
        }
        self.published.push((topic, field("Message")));
        let id = format!("00000000-0000-4000-8000-{:012x}", self.published.len());
        xml(
            200,
            format!(
                "<PublishResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><PublishResult><MessageId>{id}</MessageId></PublishResult><ResponseMetadata><RequestId>{id}</RequestId></ResponseMetadata></PublishResponse>"
            ),
        )
    }

    fn put_events(&mut self, call: &Call) -> Answer {
        let request: Value = serde_json::from_slice(&call.body).unwrap_or_default();
        let entries = request.get("Entries").and_then(Value::as_array).cloned().unwrap_or_default();
        let mut failed = 0;
        let mut answers = Vec::new();
        for entry in entries {
            let detail = entry.get("Detail").and_then(Value::as_str).unwrap_or_default();
            if serde_json::from_str::<Value>(detail).is_ok_and(|d| d.is_object()) {
                self.events.push(entry);
                answers.push(json!({ "EventId": format!("event-{}", self.events.len()) }));
            } else {
                failed += 1;
                answers
                    .push(json!({ "ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed." }));
            }
        }
        Answer::json(200, &json!({ "FailedEntryCount": failed, "Entries": answers }))
    }

    fn start_execution(&mut self, call: &Call) -> Answer {
        let request: Value = serde_json::from_slice(&call.body).unwrap_or_default();
        let text = |name: &str| request.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (machine, name, input) = (text("stateMachineArn"), text("name"), text("input"));
        if !self.started.insert((machine.clone(), name.clone())) {
            return Answer::error(400, "ExecutionAlreadyExists", "Execution Already Exists");
        }
        let arn = format!("{}:{name}", machine.replace(":stateMachine:", ":execution:"));
        self.executions.push((machine, name, input));
        Answer::json(200, &json!({ "executionArn": arn, "startDate": 1_767_225_600 }))
    }

    fn s3(&mut self, call: &Call) -> Answer {
        let path = call.path.split('?').next().unwrap_or_default().to_owned();
        let mut headers = BTreeMap::new();
        headers.insert("etag".to_owned(), "\"0\"".to_owned());
        match call.method {
            Method::PUT => {
                self.objects.insert(path, unchunked(call));
                Answer { status: 200, headers, body: Bytes::new() }
            }
            Method::GET | Method::HEAD => match self.objects.get(&path) {
                Some(body) => Answer { status: 200, headers, body: body.clone() },
                None => xml(404, "<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>".to_owned()),
            },
            _ => {
                self.objects.remove(&path);
                Answer { status: 204, headers, body: Bytes::new() }
            }
        }
    }
}

/// The object's bytes: an SDK may send them in signed chunks, `SIZE[;...]\r\nBYTES\r\n`, with a trailer.
fn unchunked(call: &Call) -> Bytes {
    let chunked = call
        .headers
        .get("content-encoding")
        .and_then(|v| v.to_str().ok())
        .is_some_and(|v| v.contains("aws-chunked"));
    if !chunked {
        return call.body.clone();
    }
    let mut rest = call.body.clone();
    let mut whole = Vec::new();
    while let Some(end) = rest.windows(2).position(|w| w == b"\r\n") {
        let line = rest.split_to(end);
        let _ = rest.split_to(2);
        let size = String::from_utf8_lossy(&line);
        let size = usize::from_str_radix(size.split(';').next().unwrap_or_default(), 16).unwrap_or(0);
        if size == 0 || rest.len() < size {
            break;
        }
        whole.extend_from_slice(&rest.split_to(size));
        if rest.len() >= 2 {
            let _ = rest.split_to(2);
        }
    }
    whole.into()
}

fn xml(status: u16, body: String) -> Answer {
    let headers = BTreeMap::from([("content-type".to_owned(), "text/xml".to_owned())]);
    Answer { status, headers, body: body.into() }
}

/// The fields of a form.
fn form(body: &[u8]) -> BTreeMap<String, String> {
    let text = String::from_utf8_lossy(body);
    let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (percent(name), percent(value))).collect()
}

/// Undoes percent-encoding, with `+` for a blank.
pub(crate) fn percent(text: &str) -> String {
    let mut out = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let decoded = match byte {
            b'+' => b' ',
            b'%' => {
                let hex: String = bytes.by_ref().take(2).map(char::from).collect();
                u8::from_str_radix(&hex, 16).unwrap_or(b'?')
            }
            other => other,
        };
        out.push(decoded);
    }
    String::from_utf8_lossy(&out).into_owned()
}
