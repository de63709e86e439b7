//! An intake that remembers what it was given, and can be busy, closed or refuse.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};

use fanin_sources::{Inbound, Intake, IntakeError, Origin, Receipt};
use fanin_triggers::Rejected;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

#[derive(Default)]
pub(crate) struct Book {
    pub(crate) events: Vec<Inbound>,
    pub(crate) rejected: Vec<Rejected>,
    pub(crate) submissions: usize,
    /// Errors that the next submissions get.
    pub(crate) errors: VecDeque<IntakeError>,
    /// Events with this text are refused.
    pub(crate) refuse: Option<&'static str>,
}

#[derive(Clone, Default)]
pub(crate) struct Fake(Arc<Mutex<Book>>);

impl Fake {
    pub(crate) fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap()
    }

    pub(crate) fn port(&self) -> Arc<dyn Intake> {
        Arc::new(self.clone())
    }

    pub(crate) fn keys(&self) -> Vec<String> {
        let key = |event: &Inbound| {
            let value: serde_json::Value = serde_json::from_str(&event.envelope).unwrap();
            value.pointer("/detail/object/key").unwrap().as_str().unwrap().to_owned()
        };
        self.book().events.iter().map(key).collect()
    }

    pub(crate) fn ids(&self) -> Vec<String> {
        let id = |event: &Inbound| {
            let value: serde_json::Value = serde_json::from_str(&event.envelope).unwrap();
            value.get("id").unwrap().as_str().unwrap().to_owned()
        };
        self.book().events.iter().map(id).collect()
    }
}

impl Intake for Fake {
    fn submit(&self, events: Vec<Inbound>) -> BoxFuture<'static, Result<Vec<Receipt>, IntakeError>> {
        let this = self.clone();
        async move {
            let mut book = this.book();
            book.submissions += 1;
            if let Some(error) = book.errors.pop_front() {
                return Err(error);
            }
            let mut receipts = Vec::new();
            for event in events {
                if book.refuse.is_some_and(|text| event.envelope.contains(text)) {
                    receipts.push(Receipt::Rejected { code: "late", reason: "too late".to_owned() });
                } else {
                    receipts.push(Receipt::Accepted { id: event.identity.to_uuid() });
                    book.events.push(event);
                }
            }
            Ok(receipts)
        }
        .boxed()
    }

    fn reject(&self, rejected: Rejected, _: Origin) -> BoxFuture<'static, Result<(), IntakeError>> {
        self.book().rejected.push(rejected);
        async { Ok(()) }.boxed()
    }
}
