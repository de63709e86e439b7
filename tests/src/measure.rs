//! Measuring side by side: medians with their spread, the machine's load, and the physical bounds of a log.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

/// A series of rates or times: sorted on demand.
#[derive(Clone, Debug, Default)]
pub struct Series(Vec<f64>);

impl Series {
    /// Adds a value.
    pub fn add(&mut self, value: f64) {
        self.0.push(value);
    }

    /// Adds all values of another series.
    pub fn extend(&mut self, other: &Series) {
        self.0.extend_from_slice(&other.0);
    }

    /// The value at `part` (0 to 1) of the sorted series; 0 for an empty one.
    #[must_use]
    pub fn at(&self, part: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "an index into a short list"
        )]
        let index = (part * (sorted.len().saturating_sub(1)) as f64).round() as usize;
        sorted.get(index).copied().unwrap_or(0.0)
    }

    /// The median.
    #[must_use]
    pub fn median(&self) -> f64 {
        self.at(0.5)
    }

    /// `median [min-max]`, each through `show`.
    #[must_use]
    pub fn show(&self, show: impl Fn(f64) -> String) -> String {
        format!("{} [{}-{}]", show(self.median()), show(self.at(0.0)), show(self.at(1.0)))
    }
}

/// A rate for people: `612k`, `1.44M`.
#[must_use]
pub fn rate(value: f64) -> String {
    match value {
        v if v >= 1e6 => format!("{:.2}M", v / 1e6),
        v if v >= 1e4 => format!("{:.0}k", v / 1e3),
        v if v >= 1e3 => format!("{:.1}k", v / 1e3),
        v => format!("{v:.0}"),
    }
}

/// Milliseconds for people.
#[must_use]
pub fn millis(value: f64) -> String {
    if value < 10.0 { format!("{value:.2} ms") } else { format!("{value:.0} ms") }
}

/// Milliseconds of a duration.
#[must_use]
pub fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// The machine's load average over the last minute, to print beside every figure.
#[must_use]
pub fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    format!("load {}", text.split(' ').next().unwrap_or("?"))
}

/// The CPU time of this thread so far: a busy machine does not change it. Zero where the system does not tell.
#[must_use]
pub fn cpu_time() -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(told.split(' ').next().and_then(|nanos| nanos.parse().ok()).unwrap_or(0))
}

/// Resident memory of this process in bytes.
#[must_use]
pub fn resident() -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|l| l.strip_prefix("VmRSS:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").trim().parse::<u64>().unwrap_or(0) * 1024
}

/// The bound of the disk: appends `groups` groups of `bytes` bytes to a pre-written file, one fdatasync each.
///
/// # Errors
/// When the file cannot be written.
pub fn append_and_sync(dir: &Path, groups: usize, bytes: usize) -> std::io::Result<Duration> {
    use std::os::unix::fs::FileExt;
    let path = dir.join("bound");
    let mut file = File::create(&path)?;
    let zeros = vec![0_u8; 1 << 20];
    let total = groups.saturating_mul(bytes);
    for _ in 0..=total / zeros.len() {
        file.write_all(&zeros)?;
    }
    file.sync_all()?;
    let group = vec![7_u8; bytes];
    let mut offset = 0;
    let began = Instant::now();
    for _ in 0..groups {
        file.write_all_at(&group, offset)?;
        file.sync_data()?;
        offset += bytes as u64;
    }
    let took = began.elapsed();
    std::fs::remove_file(path)?;
    Ok(took)
}

/// Times of single small syncs, for comparing latencies with: median of `n`.
///
/// # Errors
/// When the file cannot be written.
pub fn sync_time(dir: &Path, n: usize) -> std::io::Result<Series> {
    let mut series = Series::default();
    for _ in 0..n {
        series.add(ms(append_and_sync(dir, 1, 512)?));
    }
    Ok(series)
}
