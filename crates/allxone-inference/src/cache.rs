//! Remembers the embeddings of recent texts under the hash of the text, so that no text is kept.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::Encoded;

type Key = [u8; 32];

/// Least recently used entries leave first.
#[derive(Debug)]
pub(crate) struct Cache {
    capacity: usize,
    tick: u64,
    entries: HashMap<Key, (u64, Arc<Encoded>)>,
    order: BTreeMap<u64, Key>,
}

impl Cache {
    pub fn new(capacity: usize) -> Self {
        Self { capacity, tick: 0, entries: HashMap::new(), order: BTreeMap::new() }
    }

    pub fn get(&mut self, key: &Key) -> Option<Arc<Encoded>> {
        let (used, found) = self.entries.get_mut(key)?;
        self.order.remove(used);
        self.tick += 1;
        *used = self.tick;
        self.order.insert(self.tick, *key);
        Some(Arc::clone(found))
    }

    pub fn put(&mut self, key: Key, value: Arc<Encoded>) {
        self.tick += 1;
        if let Some((used, _)) = self.entries.insert(key, (self.tick, value)) {
            self.order.remove(&used);
        }
        self.order.insert(self.tick, key);
        while self.entries.len() > self.capacity {
            let Some((_, oldest)) = self.order.pop_first() else { break };
            self.entries.remove(&oldest);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_least_recently_used_text_is_forgotten_first() {
        let value =
            || Arc::new(Encoded { embedding: [0.0; crate::EMBEDDING_LEN], tokens: 3, truncated: false });
        let mut cache = Cache::new(2);
        cache.put([1; 32], value());
        cache.put([2; 32], value());
        assert!(cache.get(&[1; 32]).is_some());
        cache.put([3; 32], value());
        assert!(cache.get(&[2; 32]).is_none());
        assert!(cache.get(&[1; 32]).is_some() && cache.get(&[3; 32]).is_some());
        cache.put([3; 32], value());
        assert_eq!((cache.entries.len(), cache.order.len()), (2, 2));
    }
}
