//! What came of one run.

/// What is wrong with a run, and what happened in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// What is wrong; empty: nothing.
    pub problems: Vec<String>,
    /// What happened, if it was traced.
    pub trace: Vec<String>,
}

impl Verdict {
    /// Nothing is wrong.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.problems.is_empty()
    }
}
