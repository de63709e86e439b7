//! The competitors.

use std::hint::black_box;
use std::panic::{AssertUnwindSafe, catch_unwind};

use anyhow::Context;
use fanin_event::{Pattern, PatternIndex, Scratch};

/// Something that takes an event and gives how many patterns match. Who takes bytes gets bytes.
pub trait Competitor {
    /// Meets one event; gives how many patterns match.
    fn event(&mut self, event: &str) -> usize;
}

impl<F: FnMut(&str) -> usize> Competitor for F {
    fn event(&mut self, event: &str) -> usize {
        self(event)
    }
}

/// This index, validating the whole text.
pub struct Ours {
    index: std::rc::Rc<PatternIndex>,
    scratch: Scratch,
}

/// This index on texts that are known to be JSON: the host has validated them, and that they are UTF-8.
pub struct Trusted {
    index: std::rc::Rc<PatternIndex>,
    scratch: Scratch,
}

impl Ours {
    /// An index of these patterns.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn new(patterns: &[String]) -> anyhow::Result<Ours> {
        let mut index = PatternIndex::new();
        for pattern in patterns {
            index.insert(Pattern::parse(pattern).with_context(|| pattern.clone())?);
        }
        Ok(Ours { index: index.into(), scratch: Scratch::new() })
    }

    /// The same index, trusting.
    #[must_use]
    pub fn trusted(&self) -> Trusted {
        Trusted { index: self.index.clone(), scratch: Scratch::new() }
    }
}

impl Competitor for Ours {
    fn event(&mut self, event: &str) -> usize {
        self.index.matches(event.as_bytes(), &mut self.scratch).map_or(0, <[_]>::len)
    }
}

impl Competitor for Trusted {
    fn event(&mut self, event: &str) -> usize {
        self.index.matches_trusted(event, &mut self.scratch).map_or(0, <[_]>::len)
    }
}

/// The crate `quamina`.
pub struct Rival(quamina::Quamina<u32>);

impl Rival {
    /// None when it does not take the patterns.
    pub fn new(patterns: &[String]) -> Option<Rival> {
        let build = || {
            let mut quamina = quamina::Quamina::new();
            for (n, pattern) in patterns.iter().enumerate() {
                quamina.add_pattern(n as u32, pattern).ok()?;
            }
            Some(Rival(quamina))
        };
        catch_unwind(AssertUnwindSafe(build)).ok().flatten()
    }

    /// All matches of some events; none when it does not survive them.
    pub fn try_all(&mut self, events: &[String]) -> Option<usize> {
        catch_unwind(AssertUnwindSafe(|| events.iter().map(|event| self.event(event)).sum())).ok()
    }
}

impl Competitor for Rival {
    fn event(&mut self, event: &str) -> usize {
        self.0.matches_for_event(event.as_bytes()).map_or(0, |found| found.len())
    }
}

/// What reading alone costs.
pub fn bounds() -> Vec<(&'static str, Box<dyn Competitor>)> {
    let scan = |event: &str| memchr::memchr(b'\n', event.as_bytes()).unwrap_or_default();
    let ignored = |event: &str| {
        black_box(serde_json::from_str::<serde::de::IgnoredAny>(event).is_ok());
        0
    };
    let value = |event: &str| {
        black_box(serde_json::from_str::<serde_json::Value>(event).is_ok());
        0
    };
    vec![
        ("memory scan (memchr)", Box::new(scan)),
        ("serde_json IgnoredAny", Box::new(ignored)),
        ("serde_json Value", Box::new(value)),
    ]
}
