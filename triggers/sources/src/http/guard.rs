//! Who may speak to a server on this machine: no foreign `Host` (a web page that rebinds its name to 127.0.0.1), no
//! request that a browser sends from another site.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;

use super::answer;

/// The names under which the server may be called.
#[derive(Clone, Debug, Default)]
pub struct Guard {
    /// Host names beside the loopback ones, without port; `*` allows every name.
    pub hosts: Vec<String>,
    /// Origins beside the server's own that a browser may send from, such as `http://localhost:5173`.
    pub origins: Vec<String>,
}

/// `router` behind the checks. Routes added afterwards are not behind them.
pub fn guarded(router: Router, guard: Guard) -> Router {
    router.layer(from_fn_with_state(Arc::new(guard), check))
}

async fn check(State(guard): State<Arc<Guard>>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    if !guard.allows_host(host) {
        let reason =
            format!("the host name {host:?} is not this server's; call it localhost, or configure the name");
        return answer::error(StatusCode::FORBIDDEN, "foreign-host", &reason);
    }
    if !guard.allows_origin(request.method(), headers, host) {
        let reason = "a browser sends this from another site; configure the origin to allow it";
        return answer::error(StatusCode::FORBIDDEN, "foreign-origin", reason);
    }
    next.run(request).await
}

impl Guard {
    fn allows_host(&self, host: &str) -> bool {
        let name = without_port(host).to_ascii_lowercase();
        let loopback =
            matches!(name.as_str(), "localhost" | "127.0.0.1" | "[::1]") || name.ends_with(".localhost");
        loopback || self.hosts.iter().any(|known| known == "*" || known.eq_ignore_ascii_case(&name))
    }

    /// Reading is left to the browser's own rules, which keep the answer from the other site.
    fn allows_origin(&self, method: &Method, headers: &HeaderMap, host: &str) -> bool {
        if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
            return true;
        }
        let Some(origin) = headers.get(header::ORIGIN) else {
            let site = headers.get("sec-fetch-site").map(header::HeaderValue::as_bytes);
            return site.is_none_or(|site| matches!(site, b"same-origin" | b"none"));
        };
        let Ok(origin) = origin.to_str() else { return false };
        let own = origin.split_once("://").is_some_and(|(scheme, rest)| {
            matches!(scheme, "http" | "https") && rest.eq_ignore_ascii_case(host)
        });
        own || self.origins.iter().any(|known| known.eq_ignore_ascii_case(origin))
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts() {
        let guard = Guard { hosts: vec!["fanin.example".to_owned()], origins: vec![] };
        for host in [
            "localhost",
            "LOCALHOST:80",
            "127.0.0.1:8080",
            "[::1]",
            "[::1]:8",
            "a.localhost:1",
            "fanin.example:9",
        ] {
            assert!(guard.allows_host(host), "{host}");
        }
        for host in ["", "evil.example", "localhost.evil.example", "127.0.0.2", "xlocalhost", ":80", "[::1"] {
            assert!(!guard.allows_host(host), "{host}");
        }
        assert!(Guard { hosts: vec!["*".to_owned()], origins: vec![] }.allows_host("any"));
    }

    #[test]
    fn origins() {
        let guard = Guard { hosts: vec![], origins: vec!["http://localhost:5173".to_owned()] };
        let allows = |method: &Method, pairs: &[(&'static str, &'static str)]| {
            let pairs = pairs.iter().map(|(name, value)| {
                (header::HeaderName::from_static(name), header::HeaderValue::from_static(value))
            });
            guard.allows_origin(method, &pairs.collect(), "localhost:80")
        };
        assert!(allows(&Method::POST, &[]));
        assert!(allows(&Method::POST, &[("origin", "http://localhost:80")]));
        assert!(allows(&Method::POST, &[("origin", "http://localhost:5173")]));
        assert!(allows(&Method::GET, &[("origin", "http://evil.example")]));
        assert!(allows(&Method::POST, &[("sec-fetch-site", "same-origin")]));
        for origin in ["http://evil.example", "null", "http://localhost:81", "file://localhost:80", ""] {
            assert!(!allows(&Method::POST, &[("origin", origin)]), "{origin}");
        }
        assert!(!allows(&Method::POST, &[("sec-fetch-site", "cross-site")]));
    }
}
