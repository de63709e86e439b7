//! Listing: one page of keys in the order of their bytes. It keeps no more in memory than the page.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use s3s::S3Result;

use super::{Storage, blocking, failed};

/// What a client asks for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Query {
    pub(crate) prefix: String,
    /// Keys that have it after the prefix are shown as one, up to and with it; empty for none.
    pub(crate) delimiter: String,
    /// Only what comes after it.
    pub(crate) after: String,
    /// At most so many.
    pub(crate) limit: usize,
}

/// An entry of a page.
#[derive(Clone, Debug)]
pub(crate) enum Entry {
    /// An object.
    Object { size: u64, modified: SystemTime, etag: Option<String> },
    /// What stands for all keys that begin so.
    Prefix,
}

/// A page, by key.
pub(crate) struct Page {
    pub(crate) entries: BTreeMap<String, Entry>,
    /// There is more after the last one.
    pub(crate) more: bool,
}

impl Storage {
    /// One page of a bucket's keys.
    pub(crate) async fn list(&self, bucket: &str, query: Query) -> S3Result<Page> {
        self.check_bucket(bucket).await?;
        let path = self.bucket_path(bucket)?;
        let limit = query.limit;
        let read = blocking(move || {
            let mut walk = Walk { query, entries: BTreeMap::new() };
            walk.run(path)?;
            Ok(walk.entries)
        });
        let mut entries = read.await.map_err(failed)?;
        let more = entries.len() > limit && limit > 0;
        while entries.len() > limit {
            entries.pop_last();
        }
        let page = entries.into_iter().map(|(key, found)| (self.entry(bucket, &key, found), key));
        Ok(Page { entries: page.map(|(entry, key)| (key, entry)).collect(), more })
    }

    fn entry(&self, bucket: &str, key: &str, found: Option<std::fs::Metadata>) -> Entry {
        let Some(metadata) = found else { return Entry::Prefix };
        let size = if metadata.is_dir() { 0 } else { metadata.len() };
        let modified = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
        Entry::Object { size, modified, etag: self.known_etag(bucket, key, &metadata) }
    }
}

/// A walk over a bucket that keeps the first keys after a point.
struct Walk {
    query: Query,
    /// Objects with what the file system says of them, prefixes without.
    entries: BTreeMap<String, Option<std::fs::Metadata>>,
}

impl Walk {
    fn run(&mut self, bucket: PathBuf) -> io::Result<()> {
        // Folders that wait, with their keys' common start. As many as are open on one way down and their neighbours.
        let mut folders = vec![(bucket, String::new())];
        while let Some((folder, start)) = folders.pop() {
            let entries = match std::fs::read_dir(&folder) {
                Ok(entries) => entries,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue, // Removed just now.
                Err(error) => return Err(error),
            };
            let mut empty = true;
            for entry in entries {
                let entry = entry?;
                empty = false;
                let Ok(name) = entry.file_name().into_string() else { continue };
                let kind = entry.file_type()?;
                let key = format!("{start}{name}");
                if kind.is_dir() && self.wants_below(&format!("{key}/")) {
                    folders.push((entry.path(), format!("{key}/")));
                } else if kind.is_file() && self.wants(&key) {
                    self.add(key, &entry.path());
                }
            }
            if empty && !start.is_empty() && self.wants(&start) {
                self.add(start, &folder);
            }
        }
        Ok(())
    }

    fn wants(&self, key: &str) -> bool {
        key.starts_with(&self.query.prefix) && key > self.query.after.as_str()
    }

    /// Whether keys that start so can be on the page.
    fn wants_below(&mut self, start: &str) -> bool {
        let Query { prefix, delimiter, after, .. } = &self.query;
        if !(start.starts_with(prefix.as_str()) || prefix.starts_with(start)) {
            return false;
        }
        // All keys below `start` come before `after`.
        if start < after.as_str() && !after.starts_with(start) {
            return false;
        }
        // They are shown as one, which is seen from here.
        if delimiter == "/" && start.len() > prefix.len() && start.starts_with(prefix.as_str()) {
            if start > after.as_str() {
                self.insert(start.to_owned(), None);
            }
            return false;
        }
        true
    }

    fn add(&mut self, key: String, path: &Path) {
        let Query { prefix, delimiter, after, .. } = &self.query;
        let rest = key.get(prefix.len()..).unwrap_or_default();
        let cut = (!delimiter.is_empty()).then(|| rest.find(delimiter.as_str())).flatten();
        if let Some(common) = cut.and_then(|at| key.get(..prefix.len() + at + delimiter.len())) {
            // The page before ended with it: all that it stands for was shown.
            if common > after.as_str() {
                let common = common.to_owned();
                self.insert(common, None);
            }
        } else if let Ok(metadata) = std::fs::metadata(path) {
            self.insert(key, Some(metadata));
        }
    }

    /// Keeps the first, and one more to know that there is more.
    fn insert(&mut self, key: String, found: Option<std::fs::Metadata>) {
        self.entries.insert(key, found);
        if self.entries.len() > self.query.limit + 1 {
            self.entries.pop_last();
        }
    }
}
