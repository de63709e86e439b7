//! Intakes that do not accept.

use fanin_sources::IntakeError;

use crate::support::{Fixture, HELLO, Mood};

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_cannot_take_the_event_fails_the_upload() {
    let fixture = Fixture::start().await;
    fixture.recorder.busy();
    fixture.put("k", HELLO).await.refused(503, "SlowDown");
    fixture.recorder.mood(Mood::Fail(IntakeError::Closed));
    fixture.put("k", HELLO).await.refused(503, "ServiceUnavailable");
    fixture.recorder.mood(Mood::Fail(IntakeError::Failed("disk full".to_owned())));
    fixture.put("k", HELLO).await.refused(500, "InternalError");
    assert_eq!((fixture.recorder.asked(), fixture.recorder.events().len()), (3, 0));
    fixture.recorder.mood(Mood::Accept);
    fixture.put("k", HELLO).await.expect(200);
    assert_eq!(fixture.recorder.story(), ["Object Created PutObject k"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_in_the_dead_letters_does_not_fail_the_upload() {
    let fixture = Fixture::start().await;
    fixture.recorder.mood(Mood::Reject);
    fixture.put("k", HELLO).await.expect(200);
    assert_eq!(fixture.recorder.asked(), 1);
    assert_eq!(fixture.get("k").await.expect(200).body, HELLO);
}
