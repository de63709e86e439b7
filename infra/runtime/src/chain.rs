//! The last links between derived events, to name the chain of one that went too far.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use fanin_event::{Identity, limits::MAX_HOPS};

use crate::limits::MAX_CHAIN_LINKS;

/// A bounded memory of which derived event came from which.
#[derive(Debug, Default)]
pub(crate) struct Chain {
    links: HashMap<Identity, (Arc<str>, Identity)>,
    order: VecDeque<Identity>,
}

impl Chain {
    /// Remembers that `child`, of this name, came from `parent`.
    pub(crate) fn link(&mut self, child: Identity, name: &Arc<str>, parent: Identity) {
        if self.order.len() >= MAX_CHAIN_LINKS
            && let Some(oldest) = self.order.pop_front()
        {
            self.links.remove(&oldest);
        }
        if self.links.insert(child, (name.clone(), parent)).is_none() {
            self.order.push_back(child);
        }
    }

    /// The names that led to `last`, the latest first.
    pub(crate) fn of(&self, last: Identity) -> Vec<String> {
        let mut at = last;
        let mut names = Vec::new();
        while let Some((name, parent)) = self.links.get(&at) {
            names.push(name.to_string());
            at = *parent;
            if names.len() > usize::from(MAX_HOPS) {
                break;
            }
        }
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chain_is_bounded_and_ends() {
        let mut chain = Chain::default();
        let id = |n: usize| Identity::of(&[&n.to_string()]);
        for n in 1..=MAX_CHAIN_LINKS + 5 {
            chain.link(id(n), &Arc::from(format!("e{n}")), id(n - 1));
        }
        assert_eq!(chain.order.len(), MAX_CHAIN_LINKS);
        assert_eq!(chain.of(id(MAX_CHAIN_LINKS + 5)).len(), usize::from(MAX_HOPS) + 1);
        assert_eq!(chain.of(id(8)), ["e8", "e7", "e6"], "what fell out ends the chain");
        chain.link(id(1), &Arc::from("loop"), id(1));
        assert!(chain.of(id(1)).len() <= usize::from(MAX_HOPS) + 1);
    }
}
