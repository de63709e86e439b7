//! Claims read back: found, gone, too large, not text.

use fanin_lambda::BucketClaims;
use fanin_lambda::limits::MAX_CLAIM_BYTES;
use fanin_state_first::Claims;
use fanin_store::state::StateError;

use crate::double::{Answer, Double};

async fn get(answer: Answer) -> Result<Option<String>, StateError> {
    let double = Double::start(move |_| answer.clone()).await;
    BucketClaims::new(double.clients(), "claims").get("messages/1").await
}

#[tokio::test]
async fn found() {
    assert_eq!(get(Answer(200, vec![], "{}".to_owned())).await, Ok(Some("{}".to_owned())));
}

#[tokio::test]
async fn gone() {
    let gone = "<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>";
    assert_eq!(get(Answer(404, vec![], gone.to_owned())).await, Ok(None));
}

#[tokio::test]
async fn not_to_be_read() {
    let denied = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>";
    let error = get(Answer(403, vec![], denied.to_owned())).await.unwrap_err().to_string();
    for part in ["bucket claims", "s3:GetObject and s3:ListBucket", "fanin deploy"] {
        assert!(error.contains(part), "{error}");
    }
}

#[tokio::test]
async fn as_large_as_a_claim_may_be_and_a_byte_more() {
    let max = usize::try_from(MAX_CLAIM_BYTES).unwrap();
    let of = |bytes: usize| Answer(200, vec![], "x".repeat(bytes));
    assert_eq!(get(of(max)).await.unwrap().unwrap().len(), max);
    assert!(matches!(get(of(max + 1)).await, Err(StateError::TooLarge { bytes, .. }) if bytes == max + 1));
}
