//! What must not happen.

/// Problems told in full; further ones are counted.
const MAX_TOLD: usize = 50;

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    /// Something acknowledged has not come to its outcome.
    Lost(String),
    /// Something happened twice.
    Double(String),
    /// Anything else.
    Wrong(String),
}

/// All of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Problems {
    /// Problems of losing.
    pub(crate) lost: u64,
    /// Problems of doubling.
    pub(crate) double: u64,
    /// Others.
    pub(crate) wrong: u64,
    told: Vec<String>,
}

impl Problems {
    pub(crate) fn add(&mut self, problem: Problem) {
        let (count, what) = match problem {
            Problem::Lost(what) => (&mut self.lost, format!("lost: {what}")),
            Problem::Double(what) => (&mut self.double, format!("double: {what}")),
            Problem::Wrong(what) => (&mut self.wrong, what),
        };
        *count += 1;
        if self.told.len() < MAX_TOLD {
            self.told.push(what);
        }
    }

    pub(crate) fn extend(&mut self, more: &Problems) {
        self.lost += more.lost;
        self.double += more.double;
        self.wrong += more.wrong;
        let room = MAX_TOLD.saturating_sub(self.told.len());
        self.told.extend(more.told.iter().take(room).cloned());
    }

    pub(crate) fn none(&self) -> bool {
        self.lost + self.double + self.wrong == 0
    }

    pub(crate) fn told(&self) -> &[String] {
        &self.told
    }
}
