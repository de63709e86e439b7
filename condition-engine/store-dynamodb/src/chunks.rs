//! Chunks: planning a change of them, writing new ones, giving old ones a longer life, reading them back.

use aws_sdk_dynamodb::types::{
    AttributeValue, DeleteRequest, ReturnValuesOnConditionCheckFailure, WriteRequest,
};
use fanin_store::limits::MAX_CHUNKS;
use fanin_store::state::row::{
    CHUNK_SORT, chunk_expires, chunk_moment, chunk_sort, field, must_extend, seconds, value_bytes,
};
use fanin_store::state::{Base, ChunkRef, Chunks, Read, StateError};
use futures_util::FutureExt;

use crate::error::Fault;
use crate::layout::{Item, item_bytes, key, number, value_item};
use crate::limits::{MAX_CHUNK_NAMES, MAX_QUERY_PAGES, REMOVALS_A_BATCH};
use crate::requests::{PUT, QUERY, UPDATE, bounded, draw};
use crate::store::DynamoStore;
use crate::table::{PARTITION_KEY, SORT_KEY};

/// What has to happen to the chunks before the head is written.
pub(crate) struct Plan {
    /// The chunks the new head lists; the new ones last.
    pub(crate) refs: Vec<ChunkRef>,
    /// What the new ones hold.
    new: Vec<Vec<u8>>,
    /// Those that get a longer life.
    extend: Vec<ChunkRef>,
    /// Those that nobody lists any more.
    dropped: Vec<ChunkRef>,
}

/// Plans a change. Nothing is sent; every size is checked.
pub(crate) fn plan(
    path: &str,
    base: Option<&Base>,
    change: Chunks,
    expires: Option<i64>,
) -> Result<Plan, StateError> {
    let held: Vec<ChunkRef> = base.map(|base| base.chunks.clone()).unwrap_or_default();
    let (mut refs, new, dropped) = match change {
        Chunks::Keep => (held, Vec::new(), Vec::new()),
        Chunks::Append(one) => (held, vec![one], Vec::new()),
        Chunks::Replace(all) => (Vec::new(), all, held),
    };
    let total = refs.len().saturating_add(new.len());
    if total > MAX_CHUNKS {
        return Err(StateError::TooLarge {
            what: "the list of chunks".to_owned(),
            bytes: total,
            max: MAX_CHUNKS,
        });
    }
    let lives = chunk_expires(expires);
    let mut extend = Vec::new();
    for chunk in refs.iter_mut().filter(|chunk| must_extend(chunk, expires)) {
        chunk.expires = lives;
        extend.push(*chunk);
    }
    let generation = refs.first().map_or_else(draw, |chunk| chunk.id) & GENERATION;
    for text in &new {
        let id = name_in(generation);
        value_bytes(path, &chunk_sort(id), text, chunk_moment(lives))?;
        refs.push(ChunkRef { id, bytes: u32::try_from(text.len()).unwrap_or(u32::MAX), expires: lives });
    }
    Ok(Plan { refs, new, extend, dropped })
}

/// The half of a name that all chunks between two replacements share.
const GENERATION: u64 = 0xffff_ffff_0000_0000;

fn name_in(generation: u64) -> u64 {
    generation | (draw() & !GENERATION)
}

/// What the names of these chunks have in common.
fn prefix(chunks: &[ChunkRef]) -> String {
    let mut generations = chunks.iter().map(|chunk| chunk.id & GENERATION);
    match generations.next() {
        Some(first) if generations.all(|other| other == first) => format!("{CHUNK_SORT}{:08x}", first >> 32),
        _ => CHUNK_SORT.to_owned(),
    }
}

impl Plan {
    /// The head lists names that were drawn for it.
    pub(crate) fn writes_new(&self) -> bool {
        !self.new.is_empty()
    }
}

impl DynamoStore {
    /// Carries out a plan, up to the head. Names that were taken are drawn again.
    pub(crate) async fn write_chunks(&self, path: &str, plan: &mut Plan) -> Result<(), StateError> {
        let extensions = plan.extend.iter().map(|chunk| self.extend_chunk(path, *chunk).boxed()).collect();
        for outcome in bounded(extensions).await {
            outcome?;
        }
        let first = plan.refs.len().saturating_sub(plan.new.len());
        let fresh = plan.refs.get(first..).unwrap_or_default();
        let puts =
            fresh.iter().zip(&plan.new).map(|(chunk, text)| self.put_chunk(path, *chunk, text).boxed());
        let outcomes = bounded(puts.collect()).await;
        for (chunk, outcome) in plan.refs.iter_mut().skip(first).zip(outcomes) {
            *chunk = outcome?;
        }
        Ok(())
    }

    /// Writes a chunk under a name nothing has.
    async fn put_chunk(&self, path: &str, chunk: ChunkRef, text: &[u8]) -> Result<ChunkRef, StateError> {
        let mut chunk = chunk;
        for _ in 0..MAX_CHUNK_NAMES {
            let item = value_item(path, &chunk_sort(chunk.id), text, chunk_moment(chunk.expires));
            let bytes = item_bytes(&item);
            let request = self.client.put_item().table_name(&self.table).set_item(Some(item));
            let request = request
                .condition_expression("attribute_not_exists(#p)")
                .expression_attribute_names("#p", PARTITION_KEY)
                .set_return_consumed_capacity(self.billing());
            let sent = self.send(PUT, |_| request.clone().send()).await;
            self.count(|usage| usage.wrote(bytes));
            match sent.outcome {
                Ok(answer) => {
                    self.bill(PUT, answer.consumed_capacity.as_slice());
                    return Ok(chunk);
                }
                // Taken: by our own attempt whose answer was lost, or by somebody's. Another name is right in both cases.
                Err(Fault::Condition(_)) => chunk.id = name_in(chunk.id & GENERATION),
                Err(fault) => return Err(fault.into_error(PUT, sent.unsure)),
            }
        }
        Err(StateError::Unknown(format!("no free name for a chunk of `{path}`")))
    }

    /// Gives a chunk a longer life, never a shorter one: a colleague whose commit counts may have given it more.
    async fn extend_chunk(&self, path: &str, chunk: ChunkRef) -> Result<(), StateError> {
        let request = self.client.update_item().table_name(&self.table);
        let request = request
            .set_key(Some(key(path, &chunk_sort(chunk.id))))
            .expression_attribute_names("#t", field::EXPIRES)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .set_return_consumed_capacity(self.billing());
        let request = match chunk_moment(chunk.expires) {
            None => request
                .update_expression("REMOVE #t")
                .condition_expression("attribute_exists(#p)")
                .expression_attribute_names("#p", PARTITION_KEY),
            Some(at) => request
                .update_expression("SET #t = :t")
                .condition_expression("#t < :t")
                .expression_attribute_values(":t", number(seconds(at))),
        };
        let text = usize::try_from(chunk.bytes).unwrap_or(usize::MAX);
        let beside = value_bytes(path, &chunk_sort(chunk.id), &[], chunk_moment(chunk.expires))?;
        let sent = self.send(UPDATE, |_| request.clone().send()).await;
        self.count(|usage| usage.wrote(text.saturating_add(beside)));
        match sent.outcome {
            Ok(answer) => self.bill(UPDATE, answer.consumed_capacity.as_slice()),
            // It lives longer already, or for ever.
            Err(Fault::Condition(Some(_))) => {}
            // It is not there: the base is not the newest, or the next load will say what is damaged.
            Err(fault) => return Err(fault.into_error(UPDATE, sent.unsure)),
        }
        Ok(())
    }

    /// Deletes chunks nobody lists: after a commit the ones before it, after a conflict the ones it wrote in vain. Only those
    /// that would stay for ever; the others go by themselves, free of charge. What is not deleted is garbage, not damage.
    pub(crate) async fn drop_chunks(&self, path: &str, plan: &Plan, committed: bool) {
        let first = plan.refs.len().saturating_sub(plan.new.len());
        let fresh = plan.refs.get(first..).unwrap_or_default();
        self.drop_forever(path, if committed { &plan.dropped } else { fresh }).await;
    }

    /// Deletes those of the chunks that would stay for ever.
    pub(crate) async fn drop_forever(&self, path: &str, chunks: &[ChunkRef]) {
        let forever: Vec<&ChunkRef> =
            chunks.iter().filter(|chunk| chunk_moment(chunk.expires).is_none()).collect();
        for batch in forever.chunks(REMOVALS_A_BATCH) {
            let removals = batch.iter().filter_map(|chunk| removal(path, &chunk_sort(chunk.id)));
            let bytes = batch.iter().map(|chunk| usize::try_from(chunk.bytes).unwrap_or(usize::MAX));
            if self.write_batch(removals.collect(), bytes.collect()).await.is_err() {
                return;
            }
        }
    }

    /// The chunks of a cell that has several, and perhaps some that nobody lists.
    pub(crate) async fn query_chunks(
        &self,
        path: &str,
        chunks: &[ChunkRef],
        read: Read,
    ) -> Result<Vec<Item>, StateError> {
        let request = self.client.query().table_name(&self.table).consistent_read(read == Read::Fresh);
        let request = request
            .key_condition_expression("#p = :p AND begins_with(#s, :s)")
            .expression_attribute_names("#p", PARTITION_KEY)
            .expression_attribute_names("#s", SORT_KEY)
            .expression_attribute_values(":p", AttributeValue::S(path.to_owned()))
            .expression_attribute_values(":s", AttributeValue::S(prefix(chunks)))
            .set_return_consumed_capacity(self.billing());
        let (mut items, mut from) = (Vec::new(), None);
        for _ in 0..MAX_QUERY_PAGES {
            let page = request.clone().set_exclusive_start_key(from);
            let answer = self.send(QUERY, |_| page.clone().send()).await.done()?;
            self.bill(QUERY, answer.consumed_capacity.as_slice());
            let found = answer.items.unwrap_or_default();
            let bytes = found.iter().map(item_bytes).fold(0_usize, usize::saturating_add);
            self.count(|usage| usage.read(bytes, read));
            items.extend(found);
            from = answer.last_evaluated_key;
            if from.is_none() {
                return Ok(items);
            }
        }
        Err(StateError::Unreadable(format!("`{path}` has more chunks than {MAX_QUERY_PAGES} pages")))
    }
}

/// The removal of an item, for a request of several.
pub(crate) fn removal(path: &str, sort: &str) -> Option<WriteRequest> {
    let delete = DeleteRequest::builder().set_key(Some(key(path, sort))).build().ok()?;
    Some(WriteRequest::builder().delete_request(delete).build())
}

#[cfg(test)]
mod tests {
    use fanin_store::state::CellVersion;

    use super::*;

    #[test]
    fn names_change_their_generation_with_a_replacement_only() {
        let born = plan("p", None, Chunks::Replace(vec![vec![1], vec![2]]), Some(0)).unwrap();
        let base = Base { version: CellVersion { nonce: 1, count: 1 }, chunks: born.refs.clone(), bytes: 1 };
        let longer = plan("p", Some(&base), Chunks::Append(vec![3]), Some(0)).unwrap();
        assert_eq!(longer.refs.len(), 3);
        assert_eq!(prefix(&longer.refs), prefix(&born.refs));
        assert_eq!(prefix(&born.refs).len(), CHUNK_SORT.len() + 8);
        assert!(longer.refs.iter().all(|chunk| chunk_sort(chunk.id).starts_with(&prefix(&born.refs))));
        let replaced = plan("p", Some(&base), Chunks::Replace(vec![vec![3]]), Some(0)).unwrap();
        assert_eq!((replaced.refs.len(), replaced.dropped.len()), (1, 2));
        assert_ne!(prefix(&replaced.refs), prefix(&born.refs));
        let mixed = [born.refs[0], replaced.refs[0]];
        assert_eq!(prefix(&mixed), CHUNK_SORT);
    }
}
