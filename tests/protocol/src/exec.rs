//! A scheduler of futures in virtual time: of all who could go on, chance says who does.
//!
//! A future waits by [`Timeline::pause`] only. One step releases one pause, and whatever it wakes runs until it pauses
//! again. Pauses are chosen one by one, so futures that run concurrently inside one task are interleaved as well. A task may
//! be dropped between any two steps: that is a crash.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

/// A boxed future.
pub type Boxed<T> = Pin<Box<dyn Future<Output = T>>>;

/// Virtual time, and who waits for what.
#[derive(Clone, Debug, Default)]
pub struct Timeline(Arc<Mutex<Line>>);

#[derive(Debug, Default)]
struct Line {
    now: i64,
    next: u64,
    waiting: BTreeMap<u64, Waiting>,
}

#[derive(Debug)]
struct Waiting {
    at: i64,
    waker: Waker,
}

/// Locks, whatever happened to others who held the lock.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Timeline {
    /// Begins at `now`, in milliseconds.
    #[must_use]
    pub fn new(now: i64) -> Timeline {
        Timeline(Arc::new(Mutex::new(Line { now, ..Line::default() })))
    }

    /// Now, in milliseconds.
    #[must_use]
    pub fn now(&self) -> i64 {
        lock(&self.0).now
    }

    /// Time goes on to `now`; never back.
    pub fn advance(&self, now: i64) {
        let mut line = lock(&self.0);
        line.now = line.now.max(now);
    }

    /// Waits for so many milliseconds, and for chance to choose it.
    #[must_use]
    pub fn pause(&self, millis: i64) -> Pause {
        Pause { line: self.clone(), until: self.now().saturating_add(millis), id: None }
    }

    /// The pauses that may end now.
    #[must_use]
    pub fn ready(&self) -> Vec<u64> {
        let line = lock(&self.0);
        line.waiting.iter().filter(|(_, waiting)| waiting.at <= line.now).map(|(id, _)| *id).collect()
    }

    /// When the next pause may end.
    #[must_use]
    pub fn earliest(&self) -> Option<i64> {
        lock(&self.0).waiting.values().map(|waiting| waiting.at).min()
    }

    /// Ends a pause.
    pub fn release(&self, id: u64) {
        let waiting = lock(&self.0).waiting.remove(&id);
        if let Some(waiting) = waiting {
            waiting.waker.wake();
        }
    }
}

/// A wait. Dropping it ends it.
#[derive(Debug)]
pub struct Pause {
    line: Timeline,
    until: i64,
    id: Option<u64>,
}

impl Future for Pause {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let timeline = self.line.clone();
        let mut line = lock(&timeline.0);
        let waker = context.waker().clone();
        match self.id {
            Some(id) => match line.waiting.get_mut(&id) {
                Some(waiting) => waiting.waker = waker,
                None => return Poll::Ready(()),
            },
            None => {
                let id = line.next;
                line.next += 1;
                line.waiting.insert(id, Waiting { at: self.until, waker });
                self.id = Some(id);
            }
        }
        Poll::Pending
    }
}

impl Drop for Pause {
    fn drop(&mut self) {
        if let Some(id) = self.id {
            lock(&self.line.0).waiting.remove(&id);
        }
    }
}

/// Woken?
#[derive(Debug)]
struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

struct Task<T> {
    flag: Arc<Flag>,
    future: Boxed<T>,
}

/// The tasks that run.
pub struct Exec<T> {
    tasks: BTreeMap<u64, Task<T>>,
}

impl<T> Default for Exec<T> {
    fn default() -> Exec<T> {
        Exec { tasks: BTreeMap::new() }
    }
}

impl<T> Exec<T> {
    /// Begins a task.
    pub fn spawn(&mut self, id: u64, future: Boxed<T>) {
        self.tasks.insert(id, Task { flag: Arc::new(Flag(AtomicBool::new(true))), future });
    }

    /// The tasks that are not over, by age.
    #[must_use]
    pub fn running(&self) -> Vec<u64> {
        self.tasks.keys().copied().collect()
    }

    /// Ends a task wherever it is.
    pub fn crash(&mut self, id: u64) {
        self.tasks.remove(&id);
    }

    /// Runs every woken task until it waits; gives those that are over.
    pub fn run_woken(&mut self) -> Vec<(u64, T)> {
        let mut over = Vec::new();
        for (id, task) in &mut self.tasks {
            while task.flag.0.swap(false, Ordering::Relaxed) {
                let waker = Waker::from(Arc::clone(&task.flag));
                if let Poll::Ready(value) = task.future.as_mut().poll(&mut Context::from_waker(&waker)) {
                    over.push((*id, value));
                    break;
                }
            }
        }
        for (id, _) in &over {
            self.tasks.remove(id);
        }
        over
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crash_ends_what_the_task_waited_for_and_time_jumps() {
        let line = Timeline::new(0);
        let mut exec = Exec::default();
        for id in 0..2 {
            let pause = line.pause(10);
            exec.spawn(
                id,
                Box::pin(async move {
                    pause.await;
                    id
                }),
            );
        }
        assert!(exec.run_woken().is_empty());
        assert_eq!((line.ready(), line.earliest()), (vec![], Some(10)));
        exec.crash(0);
        line.advance(10);
        let [only] = line.ready()[..] else { panic!("one is left") };
        line.release(only);
        assert_eq!(exec.run_woken(), [(1, 1)]);
        assert!(exec.running().is_empty());
    }
}
