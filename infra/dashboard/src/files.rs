//! The page's files, out of the program itself.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use fanin_event::Identity;
use fanin_local::api::answer::refuse;
use include_dir::{Dir, File, include_dir};

static PAGE: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/static");

/// Entity tags by path.
static TAGS: LazyLock<std::collections::HashMap<&'static str, String>> = LazyLock::new(|| {
    let mut tags = std::collections::HashMap::new();
    let mut folders = vec![&PAGE];
    while let Some(folder) = folders.pop() {
        folders.extend(folder.dirs());
        for file in folder.files() {
            let text = String::from_utf8_lossy(file.contents());
            let tag = Identity::of(&[&*text]).to_uuid();
            tags.extend(file.path().to_str().map(|path| (path, format!("\"{tag}\""))));
        }
    }
    tags
});

/// `GET /`
pub(crate) async fn index(headers: HeaderMap) -> Response {
    tell("index.html", &headers)
}

/// `GET /static/PATH`
pub(crate) async fn file(Path(path): Path<String>, headers: HeaderMap) -> Response {
    tell(&path, &headers)
}

fn tell(path: &str, headers: &HeaderMap) -> Response {
    let Some(file) = PAGE.get_file(path) else {
        let reason = format!("the page has no file {path:?}");
        return refuse(StatusCode::NOT_FOUND, "no-such-file", &reason).into_response();
    };
    let tag = TAGS.get(path).cloned().unwrap_or_default();
    let known = headers.get_all(IF_NONE_MATCH).iter().any(|asked| {
        asked
            .to_str()
            .is_ok_and(|asked| asked.split(',').any(|one| one.trim().trim_start_matches("W/") == tag))
    });
    let kept = [(ETAG, tag), (CACHE_CONTROL, "no-cache".to_owned())];
    if known {
        return (StatusCode::NOT_MODIFIED, kept).into_response();
    }
    ([(CONTENT_TYPE, content_type(file))], kept, file.contents()).into_response()
}

fn content_type(file: &File<'_>) -> &'static str {
    match file.path().extension().and_then(|ending| ending.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        _ => "text/plain; charset=utf-8",
    }
}
