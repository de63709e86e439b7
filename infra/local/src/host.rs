//! Opening and closing the host: recover the state, start the threads, wake what was due, call again what was not settled.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use fanin_plan::Plan;
use fanin_runtime::{Engine, Records, Restore};
use fanin_store::{Checkpoint, Journal, Seq, StoreError};
use fanin_store_embedded::{FileStore, OpenReport};

use crate::apply::Apply;
use crate::checkpoint::CheckpointThread;
use crate::claims;
use crate::clock::Clock;
use crate::error::HostError;
use crate::handle::Handle;
use crate::limits::{MAX_BLOCKS_IN_FLIGHT, MAX_FRAMES_IN_FLIGHT, SNAPSHOT_EVERY_BYTES};
use crate::shared::{Outlet, Shared};
use crate::writer::{Frame, Writer};

/// How to open a host.
#[derive(Clone, Debug)]
pub struct HostOptions {
    /// Everything durable lies here: the log, snapshots, objects.
    pub dir: PathBuf,
    /// Where the time comes from.
    pub clock: Clock,
    /// Bytes of log after which the next snapshot begins.
    pub snapshot_every: u64,
    /// Of the log and the snapshots.
    pub store: fanin_store_embedded::Options,
}

impl HostOptions {
    /// The usual options for a directory.
    #[must_use]
    pub fn at(dir: impl Into<PathBuf>) -> HostOptions {
        HostOptions {
            dir: dir.into(),
            clock: Clock::Wall,
            snapshot_every: SNAPSHOT_EVERY_BYTES,
            store: fanin_store_embedded::Options::new(fanin_runtime::SEMANTICS),
        }
    }

    /// Where objects lie: uploads, and payloads put aside.
    #[must_use]
    pub fn objects(&self) -> PathBuf {
        self.dir.join("objects")
    }
}

/// What opening found.
#[derive(Clone, Debug)]
pub struct Opened {
    /// Of the store: fresh or continued, what was repaired.
    pub store: OpenReport,
    /// Frame up to which the snapshot went; 0: none.
    pub snapshot: Seq,
    /// Records replayed after it.
    pub replayed: u64,
    /// Calls that were made or about to be made and are not settled: they are made again, with the same ids.
    pub unsettled: usize,
    /// How long recovery took.
    pub took: Duration,
}

/// A running host. Dropping it stops it in good order; a crash needs no order.
#[derive(Debug)]
pub struct Host {
    handle: Handle,
    threads: Vec<JoinHandle<()>>,
}

/// The state as recovery found it.
struct Recovered {
    engine: Engine,
    snapshot: Seq,
    last: Seq,
    replayed: u64,
    /// Bytes of log that were replayed: they count towards the next snapshot.
    bytes: u64,
}

impl Host {
    /// Opens the store in `options.dir`, recovers, makes `plan` the current one and starts.
    ///
    /// # Errors
    /// [`HostError::Store`]: locked, read-only, damaged, written by a newer fanin. [`HostError::Activate`]: the plan
    /// does not go with the state.
    pub fn open(
        options: &HostOptions,
        plan: &Plan,
        outlet: Box<dyn Outlet>,
    ) -> Result<(Host, Opened), HostError> {
        Host::begin(options, Some(plan), outlet)
    }

    /// Opens the store in `options.dir` with the workflow it has: to intervene while no other host runs. Calls that are open,
    /// and those that follow, are not made by `outlet`'s hand: they are part of the state and are made by the next host
    /// that is opened with a plan.
    ///
    /// # Errors
    /// As [`Host::open`], and [`HostError::Empty`] when no workflow was ever current there.
    pub fn open_as_it_is(
        options: &HostOptions,
        outlet: Box<dyn Outlet>,
    ) -> Result<(Host, Opened), HostError> {
        if !options.dir.is_dir() {
            return Err(HostError::Empty(options.dir.display().to_string()));
        }
        Host::begin(options, None, outlet)
    }

    fn begin(
        options: &HostOptions,
        plan: Option<&Plan>,
        outlet: Box<dyn Outlet>,
    ) -> Result<(Host, Opened), HostError> {
        let began = Instant::now();
        let (journal, checkpoint, report) = FileStore::open(&options.dir, options.store.clone())?;
        let (mut journal, mut checkpoint): (Box<dyn Journal>, Box<dyn Checkpoint>) =
            (Box::new(journal), Box::new(checkpoint));
        let recovered = recover(journal.as_mut(), checkpoint.as_mut(), options)?;
        match plan {
            Some(plan) => recovered.engine.check_activation(plan)?,
            None if recovered.engine.plan().is_none() => {
                return Err(HostError::Empty(options.dir.display().to_string()));
            }
            None => {}
        }
        if recovered.snapshot > 0 {
            journal.release(recovered.snapshot)?;
        }
        let unsettled = recovered.engine.pending_actions();
        let (snapshot, replayed) = (recovered.snapshot, recovered.replayed);
        let wanted = plan.filter(|plan| recovered.engine.plan() != Some(plan));
        let host = Host::start(options, recovered, (journal, checkpoint), outlet)?;
        if let Some(plan) = wanted {
            host.handle.activate(plan)?;
        }
        let opened =
            Opened { store: report, snapshot, replayed, unsettled: unsettled.len(), took: began.elapsed() };
        if !unsettled.is_empty() && plan.is_some() {
            host.handle.shared.opened(unsettled.len());
            host.handle.shared.outlet.actions(unsettled);
        }
        Ok((host, opened))
    }

    fn start(
        options: &HostOptions,
        recovered: Recovered,
        (journal, checkpoint): (Box<dyn Journal>, Box<dyn Checkpoint>),
        outlet: Box<dyn Outlet>,
    ) -> Result<Host, HostError> {
        let shared = Arc::new(Shared::new(outlet, recovered.last));
        shared.recognize_with(recovered.engine.recognition());
        let (to_writer, frames) = sync_channel(MAX_FRAMES_IN_FLIGHT);
        let (to_checkpoint, blocks) = sync_channel(MAX_BLOCKS_IN_FLIGHT);
        let writer = Writer { journal, frames, shared: shared.clone(), objects: options.objects() };
        let snapshots =
            CheckpointThread { checkpoint, blocks, writer: to_writer.clone(), shared: shared.clone() };
        let apply = Apply {
            engine: recovered.engine,
            shared: shared.clone(),
            clock: options.clock.clone(),
            writer: to_writer,
            checkpoint: to_checkpoint,
            seq: recovered.last,
            since_snapshot: recovered.bytes,
            snapshot_every: options.snapshot_every,
            frame: Frame::default(),
            frame_events: 0,
            snapshot: None,
        };
        let threads = vec![
            spawn("fanin-engine", move || apply.run())?,
            spawn("fanin-snapshot", move || snapshots.run())?,
            spawn("fanin-writer", move || writer.run())?,
        ];
        Ok(Host { handle: Handle { shared }, threads })
    }

    /// The way to talk to it.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Stops in good order: what was let in is done and synced, a snapshot is taken.
    ///
    /// # Errors
    /// [`HostError::Failed`] when the log could not be written.
    pub fn close(mut self) -> Result<(), HostError> {
        self.stop();
        match self.handle.shared.failure() {
            Some(reason) => Err(HostError::Failed(reason)),
            None => Ok(()),
        }
    }

    /// Stops at once: what was let in is synced, no last snapshot is taken, and the next start replays the log.
    pub fn halt(mut self) {
        self.handle.shared.halt();
        self.stop();
    }

    fn stop(&mut self) {
        self.handle.shared.inbox.close();
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                self.handle.shared.fail(&HostError::Failed("a thread of the host panicked".to_owned()));
            }
        }
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.stop();
    }
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, HostError> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(run)
        .map_err(HostError::io("cannot start a thread"))
}

/// The snapshot, then every record of the log after it.
fn recover(
    journal: &mut dyn Journal,
    checkpoint: &mut dyn Checkpoint,
    options: &HostOptions,
) -> Result<Recovered, HostError> {
    let mut restore = Restore::default();
    let mut trouble = None;
    let snapshot = checkpoint
        .load(&mut |section, block| {
            if let Err(error) = restore.block(section, block) {
                trouble.get_or_insert(error.to_string());
            }
            Ok(())
        })?
        .unwrap_or(0);
    if let Some(error) = trouble {
        return Err(HostError::State(error));
    }
    let mut engine = restore.finish().map_err(|e| HostError::State(e.to_string()))?;
    let (mut replayed, mut bytes) = (0, 0);
    let mut trouble: Option<HostError> = None;
    let last = journal.replay(snapshot, &mut |seq, frame| {
        bytes += frame.len() as u64;
        if trouble.is_none() {
            trouble = replay_frame(&mut engine, seq, frame, options, &mut replayed).err();
        }
        Ok::<(), StoreError>(())
    })?;
    match trouble {
        Some(error) => Err(error),
        None => Ok(Recovered { engine, snapshot, last: last.max(snapshot), replayed, bytes }),
    }
}

fn replay_frame(
    engine: &mut Engine,
    seq: Seq,
    frame: &[u8],
    options: &HostOptions,
    replayed: &mut u64,
) -> Result<(), HostError> {
    for record in Records::of(frame) {
        let record = record.map_err(|e| HostError::State(format!("frame {seq}: {e}")))?;
        engine.turn(&record)?;
        *replayed += 1;
    }
    // Calls are made again from the runs that are not settled; only payloads put aside have to be made sure of here.
    claims::write_all(&options.objects(), &engine.outbox().claims)
}
