//! The writer thread: one write and one sync for every frame that waits, and only then the acknowledgements and calls.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::Receiver;

use fanin_runtime::Outbox;
use fanin_store::{Journal, Seq};

use crate::claims;
use crate::error::HostError;
use crate::observer::Spent;
use crate::shared::Shared;

/// What waits for a frame: called once it is durable, or with the reason why it never will be.
pub(crate) type Waiting = Box<dyn FnOnce(Result<(), HostError>) + Send>;

/// A frame on its way to the disk with everything that depends on it.
#[derive(Default)]
pub(crate) struct Frame {
    pub(crate) bytes: Vec<u8>,
    pub(crate) outbox: Outbox,
    pub(crate) waiting: Vec<Waiting>,
    /// Events that are encoded already: freed on this thread, which has the time, or handed to whoever watches.
    pub(crate) spent: Vec<Spent>,
}

/// A message to the writer.
pub(crate) enum ToWriter {
    Frame(Box<Frame>),
    /// A committed snapshot covers the log so far.
    Release(Seq),
}

/// Everything the thread owns.
pub(crate) struct Writer {
    pub(crate) journal: Box<dyn Journal>,
    pub(crate) frames: Receiver<ToWriter>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) objects: PathBuf,
}

impl Writer {
    /// Runs until the engine hangs up.
    pub(crate) fn run(mut self) {
        let mut group = Vec::new();
        while let Ok(message) = self.frames.recv() {
            self.take(message, &mut group);
            while let Ok(message) = self.frames.try_recv() {
                self.take(message, &mut group);
            }
            self.write(&mut group);
        }
    }

    fn take(&mut self, message: ToWriter, group: &mut Vec<Frame>) {
        match message {
            ToWriter::Frame(frame) => group.push(*frame),
            ToWriter::Release(seq) => {
                self.write(group);
                if let Err(error) = self.journal.release(seq) {
                    tracing::warn!(%error, "old log segments could not be released; they stay until the next snapshot");
                }
            }
        }
    }

    fn write(&mut self, group: &mut Vec<Frame>) {
        if group.is_empty() {
            return;
        }
        let result = self.append(group);
        match result {
            Ok(()) => group.drain(..).for_each(|frame| release(frame, &self.shared)),
            Err(error) => {
                self.shared.fail(&error);
                for frame in group.drain(..) {
                    frame.waiting.into_iter().for_each(|waiting| waiting(Err(error.again())));
                }
            }
        }
    }

    fn append(&mut self, group: &[Frame]) -> Result<(), HostError> {
        if let Some(reason) = self.shared.failure() {
            return Err(HostError::Failed(reason));
        }
        let frames: Vec<&[u8]> = group.iter().map(|f| f.bytes.as_slice()).filter(|b| !b.is_empty()).collect();
        if !frames.is_empty() {
            let last = self.journal.append(&frames)?;
            self.shared.synced(last);
        }
        for frame in group {
            claims::write_all(&self.objects, &frame.outbox.claims)?;
        }
        Ok(())
    }
}

/// Lets out what waited for the frame. The order matters: an acknowledgement never waits for a call.
fn release(frame: Frame, shared: &Shared) {
    // Whoever was answered finds the event with those who watch.
    if shared.outlet.listens() {
        frame.spent.into_iter().for_each(|spent| shared.outlet.taken(spent));
    }
    frame.waiting.into_iter().for_each(|waiting| waiting(Ok(())));
    let outbox = frame.outbox;
    if !outbox.derived.is_empty() {
        shared.outlet.notices(outbox.derived);
    }
    if !outbox.actions.is_empty() {
        shared.opened(outbox.actions.len());
        shared.outlet.actions(outbox.actions);
    }
}
