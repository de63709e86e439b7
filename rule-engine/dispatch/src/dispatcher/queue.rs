//! The queue: a lane for each target, served in turn, with limits for each and for all.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use fanin_rule::Action;

use super::{Full, Limits};
use crate::runners::Lane;

/// What waits and what runs.
#[derive(Debug)]
pub(super) struct Queue {
    limits: Limits,
    lanes: HashMap<Arc<str>, Waiting>,
    /// Lanes that have a call waiting and room for it, each once.
    turn: VecDeque<Arc<str>>,
    running: usize,
    queued: usize,
    queued_bytes: usize,
}

#[derive(Debug, Default)]
struct Waiting {
    actions: VecDeque<Action>,
    running: usize,
    limit: usize,
    in_turn: bool,
}

/// A call that may start, and the lane to give back.
#[derive(Debug)]
pub(super) struct Started {
    pub(super) lane: Arc<str>,
    pub(super) action: Action,
}

impl Queue {
    pub(super) fn new(limits: Limits) -> Queue {
        Queue { limits, lanes: HashMap::new(), turn: VecDeque::new(), running: 0, queued: 0, queued_bytes: 0 }
    }

    /// Queues a call. An empty queue takes any one call, however large.
    pub(super) fn push(&mut self, lane: Lane, action: Action) -> Result<(), Full> {
        let bytes = self.queued_bytes.saturating_add(action.payload.len());
        if self.queued > 0 && (self.queued >= self.limits.queued || bytes > self.limits.queued_bytes) {
            return Err(Full(Box::new(action)));
        }
        self.queued = self.queued.saturating_add(1);
        self.queued_bytes = bytes;
        let waiting = self.lanes.entry(lane.name.clone()).or_default();
        // A reload may have changed the kind.
        waiting.limit = lane.limit.min(self.limits.running_per_function).max(1);
        waiting.actions.push_back(action);
        self.offer(&lane.name);
        Ok(())
    }

    /// The calls that may start now, counted as running.
    pub(super) fn start(&mut self) -> Vec<Started> {
        let mut ready = Vec::new();
        while self.running < self.limits.running.max(1) {
            let Some(lane) = self.turn.pop_front() else { break };
            let Some(waiting) = self.lanes.get_mut(&lane) else { continue };
            waiting.in_turn = false;
            let Some(action) = waiting.actions.pop_front() else { continue };
            waiting.running = waiting.running.saturating_add(1);
            self.running = self.running.saturating_add(1);
            self.queued = self.queued.saturating_sub(1);
            self.queued_bytes = self.queued_bytes.saturating_sub(action.payload.len());
            self.offer(&lane);
            ready.push(Started { lane, action });
        }
        ready
    }

    /// A call of `lane` has ended.
    pub(super) fn finish(&mut self, lane: &Arc<str>) {
        self.running = self.running.saturating_sub(1);
        let Some(waiting) = self.lanes.get_mut(lane) else { return };
        waiting.running = waiting.running.saturating_sub(1);
        if waiting.running == 0 && waiting.actions.is_empty() {
            self.lanes.remove(lane);
        } else {
            self.offer(lane);
        }
    }

    /// Puts a lane in turn if it has something to do and room for it.
    fn offer(&mut self, lane: &Arc<str>) {
        let Some(waiting) = self.lanes.get_mut(lane) else { return };
        if !waiting.in_turn && !waiting.actions.is_empty() && waiting.running < waiting.limit {
            waiting.in_turn = true;
            self.turn.push_back(lane.clone());
        }
    }

    pub(super) fn running(&self) -> usize {
        self.running
    }

    /// Calls running and queued.
    pub(super) fn load(&self) -> usize {
        self.running.saturating_add(self.queued)
    }
}

#[cfg(test)]
mod tests;
