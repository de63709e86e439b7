//! Events from standard input: one JSON value a line, in any form. Bad lines go to the dead letters with their number.

use std::sync::Arc;

use fanin_triggers::{Context, Raw, Rejected, codes, decode};
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncRead, BufReader};

use crate::clock::Clock;
use crate::ingest::fresh_id;
use crate::intake::{Inbound, Intake, IntakeError, Origin, Receipt, patiently, reject_patiently};
use crate::limits;

/// What was read, when the input has ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Lines, empty ones included.
    pub lines: u64,
    /// Events accepted.
    pub accepted: u64,
    /// Lines, or events in them, refused.
    pub rejected: u64,
    /// Accepted events that had no id: a repeat of theirs will count again.
    pub generated: u64,
}

/// Why reading ended before the input did.
#[derive(Debug, thiserror::Error)]
pub enum StdinError {
    /// The input cannot be read.
    #[error("reading line {line}: {source}")]
    Read {
        /// The line that was being read, from 1.
        line: u64,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The events cannot be handed over.
    #[error(transparent)]
    Intake(#[from] IntakeError),
}

/// Reads `input` to its end. Events are handed over as soon as no further line waits, and a busy intake is waited for.
///
/// # Errors
/// [`StdinError`]; the lines before it were handed over.
pub async fn read_lines(
    input: impl AsyncRead + Unpin,
    intake: Arc<dyn Intake>,
    clock: Arc<dyn Clock>,
) -> Result<Summary, StdinError> {
    let mut input = BufReader::with_capacity(64 * 1024, input);
    let mut reader = Reader { intake, clock, summary: Summary::default(), batch: Vec::new() };
    let mut line = Vec::new();
    loop {
        let number = reader.summary.lines + 1;
        let read = read_line(&mut input, &mut line).await;
        match read.map_err(|source| StdinError::Read { line: number, source })? {
            Line::End => break,
            Line::Whole => reader.line(&line).await?,
            Line::TooLong => reader.too_long(&line).await?,
        }
        if reader.batch.len() >= limits::BATCH_EVENTS || input.buffer().is_empty() {
            reader.flush().await?;
        }
    }
    reader.flush().await?;
    Ok(reader.summary)
}

enum Line {
    End,
    Whole,
    /// The line holds its first bytes; the rest was skipped.
    TooLong,
}

/// Reads up to the next line feed or the end, keeping at most [`limits::MAX_LINE_BYTES`].
async fn read_line(input: &mut (impl AsyncBufRead + Unpin), line: &mut Vec<u8>) -> std::io::Result<Line> {
    line.clear();
    let mut too_long = false;
    loop {
        let available = input.fill_buf().await?;
        if available.is_empty() && line.is_empty() && !too_long {
            return Ok(Line::End);
        }
        let feed = available.iter().position(|byte| *byte == b'\n');
        let taken = feed.map_or(available.len(), |at| at + 1);
        let ended = feed.is_some() || available.is_empty();
        let part = available.get(..feed.unwrap_or(taken)).unwrap_or_default();
        let room = limits::MAX_LINE_BYTES - line.len();
        too_long |= part.len() > room;
        line.extend_from_slice(part.get(..room).unwrap_or(part));
        input.consume(taken);
        if ended {
            return Ok(if too_long { Line::TooLong } else { Line::Whole });
        }
    }
}

struct Reader {
    intake: Arc<dyn Intake>,
    clock: Arc<dyn Clock>,
    summary: Summary,
    batch: Vec<(Inbound, bool)>,
}

impl Reader {
    async fn line(&mut self, line: &[u8]) -> Result<(), IntakeError> {
        self.summary.lines += 1;
        if line.trim_ascii().is_empty() {
            return Ok(());
        }
        let answers = {
            let mut fresh = fresh_id;
            decode(&Raw::detect(line), &mut Context::new(self.clock.now(), &mut fresh))
        };
        for answer in answers {
            match answer {
                Ok(event) => {
                    let generated = event.generated;
                    self.batch.push((Inbound::new(event, Origin::Stdin), generated));
                }
                Err(rejected) => self.reject(rejected).await?,
            }
        }
        Ok(())
    }

    async fn too_long(&mut self, start: &[u8]) -> Result<(), IntakeError> {
        self.summary.lines += 1;
        let reason = format!("a line may have {} bytes; write one event a line", limits::MAX_LINE_BYTES);
        let start = start.get(..fanin_triggers::limits::MAX_REJECTED_PAYLOAD_BYTES).unwrap_or(start);
        let payload = String::from_utf8_lossy(start).into_owned();
        self.reject(Rejected { code: codes::TOO_LARGE, reason, payload, whole: true }).await
    }

    async fn reject(&mut self, mut rejected: Rejected) -> Result<(), IntakeError> {
        rejected.reason = format!("line {}: {}", self.summary.lines, rejected.reason);
        tracing::warn!(code = rejected.code, "{}", rejected.reason);
        self.summary.rejected += 1;
        reject_patiently(&self.intake, rejected, Origin::Stdin).await
    }

    async fn flush(&mut self) -> Result<(), IntakeError> {
        if self.batch.is_empty() {
            return Ok(());
        }
        let (events, generated): (Vec<Inbound>, Vec<bool>) =
            std::mem::take(&mut self.batch).into_iter().unzip();
        let receipts = patiently(&self.intake, events).await?;
        for (receipt, generated) in receipts.into_iter().zip(generated) {
            match receipt {
                Receipt::Accepted { .. } => {
                    self.summary.accepted += 1;
                    self.summary.generated += u64::from(generated);
                }
                Receipt::Rejected { code, reason } => {
                    tracing::warn!(code, "{reason}");
                    self.summary.rejected += 1;
                }
            }
        }
        Ok(())
    }
}
