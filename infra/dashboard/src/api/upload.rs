//! `PUT /api/upload/{bucket}/{key}`: a file as an upload, through the endpoint that clients use.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use bytes::Bytes;
use fanin_local::api::answer::{Refusal, refuse};
use fanin_sources_s3::{Upload, UploadError};
use futures_util::Stream;
use futures_util::stream::poll_fn;
use http_body_util::{BodyExt as _, Limited};
use serde_json::json;
use tokio::sync::mpsc;

use super::asked::{Told, tell};
use crate::dashboard::Dashboard;
use crate::limits::{MAX_UPLOAD_BYTES, UPLOAD_PAUSE};

/// Pieces of a file between the connection and the disk.
const PIECES: usize = 8;

pub(super) async fn upload(
    State(dashboard): State<Arc<Dashboard>>,
    Path((bucket, key)): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Told {
    let text = |name| headers.get(name).and_then(|value: &axum::http::HeaderValue| value.to_str().ok());
    let announced = text(CONTENT_LENGTH).and_then(|length| length.parse::<u64>().ok());
    if announced.is_some_and(|length| length > MAX_UPLOAD_BYTES) {
        return Err(too_large());
    }
    let content_type = text(CONTENT_TYPE).map(str::to_owned);
    let size = Arc::new(AtomicU64::new(0));
    let pieces = pieces(body, size.clone());
    let upload = Upload { bucket: bucket.clone(), key: key.clone(), content_type };
    let done = dashboard.uploads().upload(upload, pieces).await;
    let size = size.load(Ordering::Relaxed);
    let etag = done.map_err(|error| refusal(&error, size))?.etag;
    tell(&json!({ "bucket": bucket, "key": key, "size": size, "etag": etag }))
}

fn too_large() -> Refusal {
    let reason =
        format!("a file may have {MAX_UPLOAD_BYTES} bytes here; larger ones go to the endpoint itself");
    refuse(StatusCode::PAYLOAD_TOO_LARGE, "too-large", &reason)
}

fn refusal(error: &UploadError, size: u64) -> Refusal {
    let (status, code) = match error {
        UploadError::NoBucket => (StatusCode::NOT_FOUND, "no-such-bucket"),
        UploadError::BadKey(_) => (StatusCode::BAD_REQUEST, "bad-key"),
        UploadError::Busy => (StatusCode::SERVICE_UNAVAILABLE, "busy"),
        UploadError::Failed(_) if size > MAX_UPLOAD_BYTES => return too_large(),
        UploadError::Failed(_) => (StatusCode::INTERNAL_SERVER_ERROR, "failed"),
    };
    refuse(status, code, &error.to_string())
}

/// The body piece by piece, counted into `size`; one that is too large or does not come ends in an error.
fn pieces(
    body: Body,
    size: Arc<AtomicU64>,
) -> impl Stream<Item = Result<Bytes, io::Error>> + Send + Sync + 'static {
    let (send, mut receive) = mpsc::channel::<Result<Bytes, io::Error>>(PIECES);
    tokio::spawn(async move {
        let most = usize::try_from(MAX_UPLOAD_BYTES).unwrap_or(usize::MAX);
        let mut body = Limited::new(body, most);
        loop {
            let piece = match tokio::time::timeout(UPLOAD_PAUSE, body.frame()).await {
                Ok(None) => return,
                Ok(Some(Ok(frame))) => match frame.into_data() {
                    Ok(data) => {
                        size.fetch_add(data.len() as u64, Ordering::Relaxed);
                        Ok(data)
                    }
                    Err(_) => continue,
                },
                Ok(Some(Err(error))) => {
                    if error.is::<http_body_util::LengthLimitError>() {
                        size.store(u64::MAX, Ordering::Relaxed);
                    }
                    Err(io::Error::other(error))
                }
                Err(late) => Err(io::Error::other(late)),
            };
            let last = piece.is_err();
            if send.send(piece).await.is_err() || last {
                return;
            }
        }
    });
    poll_fn(move |context| receive.poll_recv(context))
}
