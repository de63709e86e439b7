//! A service on a loopback port: writes down what it is asked, answers what the test says.

use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use crate::config::{environment, read};
use fanin_lambda::{Clients, Config};

/// What was asked.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Asked {
    /// The JSON protocols' operation: `SendMessageBatch`.
    pub(crate) fn operation(&self) -> String {
        let target =
            self.headers.get("x-amz-target").and_then(|value| value.to_str().ok()).unwrap_or_default();
        target.rsplit('.').next().unwrap_or_default().to_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }
}

/// An answer: status, headers, body.
#[derive(Clone, Debug)]
pub(crate) struct Answer(pub(crate) u16, pub(crate) Vec<(&'static str, String)>, pub(crate) String);

impl Answer {
    pub(crate) fn json(status: u16, body: &Value) -> Answer {
        Answer(status, vec![("content-type", "application/x-amz-json-1.0".to_owned())], body.to_string())
    }

    /// An error of the JSON protocols.
    pub(crate) fn error(status: u16, code: &str, message: &str) -> Answer {
        Answer::json(status, &serde_json::json!({ "__type": code, "message": message }))
    }
}

/// A running double. The task ends with the test's runtime.
pub(crate) struct Double {
    pub(crate) url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Double {
    pub(crate) async fn start(answer: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Double {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (seen, answer) = (asked.clone(), Arc::new(answer));
        let handler = move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
            let request = Asked { method, uri, headers, body: body.to_vec() };
            let answer = answer(&request);
            seen.lock().unwrap().push(request);
            async move { respond(answer) }
        };
        let app = axum::Router::new()
            .fallback(handler)
            .layer(axum::extract::DefaultBodyLimit::max(32 * 1024 * 1024));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Double { url, asked }
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// The configuration of a function all of whose services are here.
    pub(crate) fn config(&self) -> Config {
        let mut environment = environment();
        environment.insert("AWS_ENDPOINT_URL".to_owned(), self.url.clone());
        read(&environment).unwrap()
    }

    pub(crate) fn clients(&self) -> Arc<Clients> {
        Arc::new(Clients::new(self.config().aws).unwrap())
    }
}

fn respond(Answer(status, headers, body): Answer) -> Response {
    let mut response = (StatusCode::from_u16(status).unwrap(), body).into_response();
    for (name, value) in headers {
        response.headers_mut().insert(name, value.parse().unwrap());
    }
    response
}
