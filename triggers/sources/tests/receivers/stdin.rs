//! Standard input: what is read, what is refused, and what a busy or closed intake means.

use std::sync::Arc;
use std::time::Duration;

use crate::support::Fake;
use fanin_sources::stdin::{StdinError, Summary, read_lines};
use fanin_sources::{Busy, IntakeError, SystemClock, limits};

async fn read(intake: &Fake, text: &[u8]) -> Result<Summary, StdinError> {
    read_lines(text, intake.port(), Arc::new(SystemClock)).await
}

#[tokio::test]
async fn good_lines_go_on_past_bad_ones() {
    let intake = Fake::default();
    let text = br#"{"id":"1","source":"a","detail-type":"b"}

not json
[{"id":"2","source":"a","detail-type":"b"},{"source":"a"}]
{"source":"a","detail-type":"b"}"#;
    let summary = read(&intake, text).await.unwrap();
    assert_eq!(summary, Summary { lines: 5, accepted: 3, rejected: 2, generated: 1 });
    assert_eq!(intake.ids()[..2], ["1", "2"]);
    let book = intake.book();
    assert!(book.rejected[0].reason.starts_with("line 3: not JSON"), "{}", book.rejected[0].reason);
    assert!(book.rejected[1].reason.starts_with("line 4: `detail-type` is missing"));
    assert_eq!(book.rejected[0].payload, "not json");
}

#[tokio::test]
async fn both_sides_of_the_longest_line() {
    let line = |n: usize| {
        let mut line = br#"{"id":"1","source":"a","detail-type":"b"}"#.to_vec();
        line.resize(n, b' ');
        line.push(b'\n');
        line
    };
    let intake = Fake::default();
    let mut text = line(limits::MAX_LINE_BYTES);
    text.extend(line(limits::MAX_LINE_BYTES + 1));
    text.extend(line(100));
    let summary = read(&intake, &text).await.unwrap();
    assert_eq!(summary, Summary { lines: 3, accepted: 2, rejected: 1, generated: 0 });
    assert_eq!(intake.book().rejected[0].code, "too-large");
    assert!(intake.book().rejected[0].reason.starts_with("line 2"));
}

#[tokio::test]
async fn many_lines_are_handed_over_in_batches() {
    let intake = Fake::default();
    let count = limits::BATCH_EVENTS * 3 + 1;
    let lines: String =
        (0..count).map(|n| format!("{{\"id\":\"{n}\",\"source\":\"a\",\"detail-type\":\"b\"}}\n")).collect();
    assert_eq!(read(&intake, lines.as_bytes()).await.unwrap().accepted, count as u64);
    let expected: Vec<String> = (0..count).map(|n| n.to_string()).collect();
    assert_eq!(intake.ids(), expected);
    assert!(intake.book().submissions <= 8, "{}", intake.book().submissions);
}

#[tokio::test(start_paused = true)]
async fn a_busy_intake_is_waited_for_and_a_closed_one_is_not() {
    let intake = Fake::default();
    let busy = Busy { retry_after: Duration::from_secs(1) };
    intake.book().errors.extend([busy.into(), busy.into()]);
    let line = br#"{"id":"1","source":"a","detail-type":"b"}"#;
    assert_eq!(read(&intake, line).await.unwrap().accepted, 1);
    assert_eq!(intake.book().submissions, 3);
    assert_eq!(intake.book().events.len(), 1);
    intake.book().errors.push_back(IntakeError::Closed);
    assert!(matches!(read(&intake, line).await, Err(StdinError::Intake(IntakeError::Closed))));
}
