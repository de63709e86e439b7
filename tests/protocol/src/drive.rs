//! Drives a run to its rest: gives batches to workers, lets time pass, kills.

use std::future::Future;
use std::task::{Context, Poll, Waker};

use crate::chance::Chance;
use crate::exec::{Boxed, Exec};
use crate::limits::MAX_STEPS;
use crate::queue::Delivered;
use crate::settings::{Faults, Settings};
use crate::trace::brief;
use crate::world::World;

/// What works on the messages.
pub trait Host {
    /// One invocation with a batch of a queue: for each message whether it is done.
    fn invoke(&self, world: World, lane: usize, batch: Vec<Delivered>) -> Boxed<Vec<bool>>;

    /// When the next scheduled invocation is needed; `None`: none is.
    fn scheduled(&self, _world: &World) -> Option<i64> {
        None
    }

    /// The scheduled invocation.
    fn tick(&self, _world: World) -> Boxed<Vec<bool>> {
        Box::pin(async { vec![] })
    }
}

/// Why a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Nothing is left to do.
    Rest,
    /// It goes on and on.
    Endless,
}

/// Runs until nothing is left to do.
pub fn drive(host: &dyn Host, settings: &Settings, world: &World) -> End {
    Driver {
        host,
        settings,
        world,
        exec: Exec::default(),
        chance: Chance::part(settings.schedule, 20),
        workers: 0,
    }
    .run()
}

/// Runs one piece of work while nothing goes wrong.
pub fn calmly<T: 'static, F>(world: &World, work: impl FnOnce(World) -> F) -> T
where
    F: Future<Output = T>,
{
    let faults = world.with(|inner| inner.faults(Faults::default()));
    let value = alone(world, work(world.clone()));
    world.with(|inner| inner.faults(faults));
    value
}

/// Runs one piece of work to its end, beside which nothing happens.
pub(crate) fn alone<T>(world: &World, work: impl Future<Output = T>) -> T {
    let mut work = std::pin::pin!(work);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(value) = work.as_mut().poll(&mut context) {
            return value;
        }
        let line = world.line();
        line.advance(line.earliest().unwrap_or(0));
        line.ready().into_iter().for_each(|pause| line.release(pause));
    }
}

struct Driver<'a> {
    host: &'a dyn Host,
    settings: &'a Settings,
    world: &'a World,
    exec: Exec<()>,
    chance: Chance,
    workers: u64,
}

impl Driver<'_> {
    fn run(&mut self) -> End {
        for _ in 0..MAX_STEPS {
            self.world.happen();
            self.exec.run_woken();
            if !self.step() {
                return End::Rest;
            }
        }
        End::Endless
    }

    /// One thing happens; false: nothing can.
    fn step(&mut self) -> bool {
        let line = self.world.line();
        let ready = line.ready();
        if (ready.is_empty() || self.chance.one_in(3)) && self.begin() {
            return true;
        }
        if let Some(pause) = self.chance.pick(&ready) {
            line.release(*pause);
            line.advance(line.now() + self.chance.millis(0, 2));
            self.kill();
            return true;
        }
        let next = [line.earliest(), self.world.next_happening(), self.host.scheduled(self.world)];
        match next.into_iter().flatten().filter(|at| *at > line.now()).min() {
            Some(at) => {
                line.advance(at);
                true
            }
            None if !self.exec.running().is_empty() => true,
            None => self.redrive(),
        }
    }

    /// What was set aside is sent again; false: nothing was.
    fn redrive(&mut self) -> bool {
        let line = self.world.line();
        let aside = self.world.has_aside();
        if aside {
            line.advance(line.now() + self.settings.redrive_after);
            self.world.redrive();
        }
        aside
    }

    /// A new worker, if there is work and room.
    fn begin(&mut self) -> bool {
        let room = self.exec.running().len() < self.settings.workers as usize;
        if !room {
            return false;
        }
        let now = self.world.line().now();
        let due = self.host.scheduled(self.world).is_some_and(|at| at <= now);
        let most = self.chance.between(1, u64::from(self.settings.batch));
        let received = if due { None } else { self.world.receive(usize::try_from(most).unwrap_or(1)) };
        self.workers += 1;
        let skew = self.chance.millis(-self.settings.skew, self.settings.skew);
        let world = self.world.seen_by(self.workers, skew);
        if due {
            let work = self.host.tick(world);
            self.exec.spawn(self.workers, Box::pin(async move { drop(work.await) }));
            return true;
        }
        let Some((lane, batch)) = received else { return false };
        world.note(|| {
            let bodies: Vec<String> =
                batch.iter().map(|m| format!("#{} {} x{}", m.id, brief(&m.body), m.attempt)).collect();
            format!("receives from {lane}: {}", bodies.join(" | "))
        });
        let work = self.host.invoke(world.clone(), lane, batch.clone());
        let task = async move {
            let done = work.await;
            world.note(|| format!("answers {done:?}"));
            for (message, done) in batch.iter().zip(done) {
                if done {
                    world.delete(lane, message.id).await;
                }
            }
        };
        self.exec.spawn(self.workers, Box::pin(task));
        true
    }

    fn kill(&mut self) {
        let running = self.exec.running();
        if !running.is_empty()
            && self.world.strikes()
            && let Some(victim) = self.chance.pick(&running)
        {
            self.world.seen_by(*victim, 0).note(|| "dies".into());
            self.exec.crash(*victim);
        }
    }
}
