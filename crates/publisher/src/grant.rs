//! What the operator lets a plugin have, of what its manifest asks for.

use crate::origin::HostRule;

/// The hosts the operator lets a plugin reach. A plugin reaches what its manifest names and its grant
/// allows, whichever is less.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Grant {
    /// Everything in the manifest, hosts typed by tenants (`setting:`, `secret:`) included.
    #[default]
    AsAsked,
    /// Only these entries of the manifest.
    Only(Vec<HostRule>),
}

impl Grant {
    pub(crate) fn allows(&self, rule: &HostRule) -> bool {
        match self {
            Self::AsAsked => true,
            Self::Only(rules) => rules.contains(rule),
        }
    }
}
