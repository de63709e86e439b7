//! Requests to the door for events: any headers and body get an answer that is not a server's error.

use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use fanin_sources::http::router;
use tokio::runtime::Runtime;
use tower_service::Service;

use crate::memory::{Memory, Standing};

/// An answer is never longer.
const LONGEST_ANSWER: usize = 64 * 1024 * 1024;

struct Door {
    runtime: Runtime,
    router: Router,
}

fn door() -> &'static Door {
    static DOOR: OnceLock<Door> = OnceLock::new();
    DOOR.get_or_init(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        Door { runtime: runtime.expect("a runtime"), router: router(Arc::new(Memory), Arc::new(Standing)) }
    })
}

/// `METHOD /path` in the first line, header lines up to an empty one, the body.
pub(crate) fn http_body(input: &[u8]) {
    let Some((request, body)) = parts(input) else { return };
    let Ok(request) = request.body(Body::from(body.to_vec())) else { return };
    let door = door();
    let (status, answer) = door.runtime.block_on(async {
        let answer = match door.router.clone().call(request).await {
            Ok(answer) => answer,
            Err(never) => match never {},
        };
        (answer.status(), to_bytes(answer.into_body(), LONGEST_ANSWER).await)
    });
    let answer = answer.expect("an answer has a body");
    assert!(!status.is_server_error(), "{status}: {}", String::from_utf8_lossy(&answer));
    if status.is_client_error() && status.as_u16() != 405 && status.as_u16() != 404 {
        assert!(!answer.is_empty(), "{status} without a word");
    }
}

/// The head of a request and its body; none where it is not even the shape of one.
pub(crate) fn parts(input: &[u8]) -> Option<(axum::http::request::Builder, &[u8])> {
    let end = input.windows(2).position(|pair| pair == b"\n\n")?;
    let (head, body) = input.split_at(end);
    let mut lines = std::str::from_utf8(head).ok()?.lines();
    let (method, target) = lines.next()?.split_once(' ')?;
    let mut request = Request::builder().method(method).uri(target);
    for line in lines {
        let (name, value) = line.split_once(": ")?;
        request = request.header(name, value);
    }
    Some((request, body.get(2..)?))
}
