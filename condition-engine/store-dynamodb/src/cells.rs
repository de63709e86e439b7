//! Loading cells: heads by the hundred, then the chunks they list.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::types::KeysAndAttributes;
use fanin_store::state::row::{HEAD_SORT, chunk_sort};
use fanin_store::state::{Cell, CellKey, ChunkRef, Read, StateError};
use futures_util::FutureExt;

use crate::layout::{Item, cell_of, item_bytes, key, place, value_of};
use crate::limits::{KEYS_A_BATCH, MAX_BATCH_ROUNDS, MAX_LOAD_ROUNDS};
use crate::requests::{BATCH_GET, bounded};
use crate::store::DynamoStore;

impl DynamoStore {
    pub(crate) async fn load_cells(
        &self,
        keys: &[CellKey],
        read: Read,
    ) -> Result<Vec<Option<Cell>>, StateError> {
        let paths = keys.iter().map(CellKey::checked_path).collect::<Result<Vec<String>, _>>()?;
        let mut wanted: BTreeSet<String> = paths.iter().cloned().collect();
        let (mut found, mut read) = (HashMap::new(), read);
        for round in 0..MAX_LOAD_ROUNDS {
            if round > 0 {
                self.pause(round).await;
            }
            wanted = self.load_round(wanted, read, &mut found).await?;
            if wanted.is_empty() {
                // The same key may have been asked for twice.
                return Ok(paths.iter().map(|path| found.get(path).cloned()).collect());
            }
            // A head and its chunks did not fit together: one of them was stale, or a commit came between.
            read = Read::Fresh;
        }
        let names: Vec<&str> = wanted.iter().map(String::as_str).collect();
        Err(StateError::Unreadable(format!(
            "chunks are missing of the cells `{}`: restore the table from a point in time, or drop the cells",
            names.join("`, `")
        )))
    }

    /// Loads these, and gives those whose chunks were not all there.
    async fn load_round(
        &self,
        paths: BTreeSet<String>,
        read: Read,
        found: &mut HashMap<String, Cell>,
    ) -> Result<BTreeSet<String>, StateError> {
        let heads = paths.iter().map(|path| (path.clone(), HEAD_SORT.to_owned())).collect();
        for path in &paths {
            found.remove(path);
        }
        let (mut alone, mut many) = (Vec::new(), Vec::new());
        for item in self.batch_get(heads, read).await? {
            let (path, cell) = (place(&item)?.0.to_owned(), cell_of(&item)?);
            match cell.base.chunks.as_slice() {
                [] => {}
                [only] => alone.push((path.clone(), chunk_sort(only.id))),
                several => many.push((path.clone(), several.to_vec())),
            }
            found.insert(path, cell);
        }
        let mut texts: HashMap<(String, String), Vec<u8>> = HashMap::new();
        for item in self.all_chunks(alone, many, read).await? {
            let (path, sort) = place(&item)?;
            texts.insert((path.to_owned(), sort.to_owned()), value_of(&item)?.to_vec());
        }
        let mut missing = BTreeSet::new();
        for path in paths {
            let Some(cell) = found.get_mut(&path) else { continue };
            let names: Vec<(String, String)> =
                cell.base.chunks.iter().map(|chunk| (path.clone(), chunk_sort(chunk.id))).collect();
            match names.iter().map(|name| texts.remove(name)).collect() {
                Some(chunks) => cell.chunks = chunks,
                None => {
                    missing.insert(path);
                }
            }
        }
        Ok(missing)
    }

    /// The chunks of cells that have one, by their names; of cells that have more, by a query for each cell.
    async fn all_chunks(
        &self,
        alone: Vec<(String, String)>,
        many: Vec<(String, Vec<ChunkRef>)>,
        read: Read,
    ) -> Result<Vec<Item>, StateError> {
        let mut items = self.batch_get(alone, read).await?;
        let queries =
            many.iter().map(|(path, chunks)| self.query_chunks(path, chunks, read).boxed()).collect();
        for found in bounded(queries).await {
            items.extend(found?);
        }
        Ok(items)
    }

    /// The items in these places, in no order. All places differ.
    pub(crate) async fn batch_get(
        &self,
        places: Vec<(String, String)>,
        read: Read,
    ) -> Result<Vec<Item>, StateError> {
        let keys: Vec<Item> = places.iter().map(|(path, sort)| key(path, sort)).collect();
        let batches = keys.chunks(KEYS_A_BATCH).map(|keys| self.one_batch(keys.to_vec(), read).boxed());
        let mut items = Vec::with_capacity(keys.len());
        for found in bounded(batches.collect()).await {
            items.extend(found?);
        }
        Ok(items)
    }

    async fn one_batch(&self, keys: Vec<Item>, read: Read) -> Result<Vec<Item>, StateError> {
        let (mut keys, mut items) = (keys, Vec::new());
        for round in 0..MAX_BATCH_ROUNDS {
            if round > 0 {
                self.pause(round).await;
            }
            let asked = keys.len();
            let wanted =
                KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(read == Read::Fresh);
            let wanted = wanted.build().map_err(|error| StateError::Unusable(error.to_string()))?;
            let request = self.client.batch_get_item().set_return_consumed_capacity(self.billing());
            let request = request.request_items(&self.table, wanted);
            let answer = self.send(BATCH_GET, |_| request.clone().send()).await.done()?;
            self.bill(BATCH_GET, answer.consumed_capacity());
            let left = answer.unprocessed_keys.and_then(|mut left| left.remove(&self.table));
            keys = left.map(|left| left.keys).unwrap_or_default();
            let found =
                answer.responses.and_then(|mut tables| tables.remove(&self.table)).unwrap_or_default();
            self.count_reads(&found, asked.saturating_sub(keys.len()), read);
            items.extend(found);
            if keys.is_empty() {
                return Ok(items);
            }
        }
        Err(StateError::Throttled(format!("{} left keys of table {} unread", BATCH_GET.name, self.table)))
    }

    /// Every key that was looked for costs, whether there is something or not.
    fn count_reads(&self, found: &[Item], asked: usize, read: Read) {
        self.count(|usage| {
            for item in found {
                usage.read(item_bytes(item), read);
            }
            for _ in found.len()..asked {
                usage.read(0, read);
            }
        });
    }
}
