//! Values that are made once and kept for the sandbox's life. What packing makes is there when a call begins.

use std::sync::{Mutex, PoisonError};

/// A few values by key. They are never given up: the keys come from a plugin's own constants.
pub(crate) struct Kept<K, V>(Mutex<Vec<(K, V)>>);

impl<K: PartialEq, V: Clone> Kept<K, V> {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    /// The value of a key, made if it isn't there.
    ///
    /// # Errors
    /// What `make` says; then nothing is kept.
    pub(crate) fn get_or_make<E>(&self, key: K, make: impl FnOnce() -> Result<V, E>) -> Result<V, E> {
        let known = |values: &[(K, V)]| values.iter().find(|(known, _)| *known == key).map(|(_, value)| value.clone());
        if let Some(value) = known(&self.0.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(value);
        }
        // Not under the lock: making one value may ask for another.
        let value = make()?;
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((key, value.clone()));
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_made_once_and_a_failure_is_not_kept() {
        let kept: Kept<u8, String> = Kept::new();
        assert_eq!(kept.get_or_make(1, || Err("no")), Err("no"));
        assert_eq!(kept.get_or_make(1, || Ok::<_, ()>("one".to_owned())).as_deref(), Ok("one"));
        assert_eq!(kept.get_or_make(1, || Err("never asked")).as_deref(), Ok("one"));
    }
}
