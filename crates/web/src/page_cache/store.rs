//! Cached answers, limited by their size.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use tablon_core::Store;

use super::answer::Answer;
use super::question::{KeptQuestion, Question};
use crate::board_cache::REMEMBERED_FOR;

/// The most bytes in the cache: some hundred pages.
const CAPACITY: usize = 16 * 1024 * 1024;

/// Answers by key. The least recently used are removed first.
pub struct PageCache {
    store: Store,
    hasher: RandomState,
    kept: RwLock<Kept>,
    /// Counts look-ups, to know which entry was used last.
    ticks: AtomicU64,
    capacity: usize,
}

#[derive(Default)]
struct Kept {
    /// By the key's hash, so that a look-up copies nothing.
    entries: HashMap<u64, Entry>,
    weight: usize,
}

struct Entry {
    question: KeptQuestion,
    answer: Arc<Answer>,
    made: Instant,
    last_used: AtomicU64,
}

impl PageCache {
    /// An empty page cache over `store`.
    pub fn new(store: Store) -> Self {
        Self::with_capacity(store, CAPACITY)
    }

    /// The same, for `capacity` bytes.
    fn with_capacity(store: Store, capacity: usize) -> Self {
        Self { store, hasher: RandomState::new(), kept: RwLock::default(), ticks: AtomicU64::new(0), capacity }
    }

    /// The answer for a key, unless the board has changed since or the answer is too old.
    pub(super) fn find(&self, question: &Question<'_>) -> Option<Arc<Answer>> {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        let entry = kept.entries.get(&self.hasher.hash_one(question))?;
        let shared = &entry.answer.shared;
        let holds = entry.made.elapsed() < REMEMBERED_FOR
            && entry.question.as_question() == *question
            && self.store.board_version(shared.tenant) == shared.version;
        holds.then(|| {
            entry.last_used.store(self.ticks.fetch_add(1, Relaxed), Relaxed);
            entry.answer.clone()
        })
    }

    /// The cached answer for a key, however old.
    pub(super) fn before(&self, question: &KeptQuestion) -> Option<Arc<Answer>> {
        let question = question.as_question();
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        let entry = kept.entries.get(&self.hasher.hash_one(question))?;
        (entry.question.as_question() == question).then(|| entry.answer.clone())
    }

    /// Caches an answer, unless it would take a large part of the capacity.
    pub(super) fn keep(&self, question: KeptQuestion, answer: Arc<Answer>) {
        let weight = answer.weight();
        if weight > self.capacity / 4 {
            return;
        }
        let hash = self.hasher.hash_one(question.as_question());
        let last_used = AtomicU64::new(self.ticks.fetch_add(1, Relaxed));
        let entry = Entry { question, answer, made: Instant::now(), last_used };
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        kept.weight += weight;
        if let Some(before) = kept.entries.insert(hash, entry) {
            kept.weight -= before.answer.weight();
        }
        if kept.weight > self.capacity {
            kept.make_room(self.capacity / 4 * 3);
        }
    }
}

impl std::fmt::Debug for PageCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PageCache").field("capacity", &self.capacity).finish_non_exhaustive()
    }
}

impl Kept {
    /// Removes the least recently used until `goal` bytes are left: several at once, so that sorting is rare.
    fn make_room(&mut self, goal: usize) {
        let mut by_use: Vec<_> =
            self.entries.iter().map(|(hash, entry)| (entry.last_used.load(Relaxed), *hash)).collect();
        by_use.sort_unstable();
        for (_, hash) in by_use {
            if self.weight <= goal {
                break;
            }
            if let Some(gone) = self.entries.remove(&hash) {
                self.weight -= gone.answer.weight();
            }
        }
    }
}
