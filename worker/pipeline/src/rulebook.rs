//! The rules in force.
//! Loading them, and loading them again when files change, is left to the root.

use std::sync::{Arc, PoisonError, RwLock};

use verify::rules::Rules;

/// Holds the rules so that they can be replaced while work goes on: a submission is judged by those in force when it
/// was received.
#[derive(Debug)]
pub struct Rulebook(RwLock<Arc<Rules>>);

impl Rulebook {
    /// A rulebook with these rules in force.
    pub fn new(rules: Rules) -> Self {
        Self(RwLock::new(Arc::new(rules)))
    }

    /// The rules in force.
    pub fn current(&self) -> Arc<Rules> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts other rules in force, for what is received from now on.
    pub fn replace(&self, rules: Rules) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(rules);
    }
}
