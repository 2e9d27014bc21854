//! What the authorizer goes by, as far as the console knows it.

use std::sync::{Arc, LazyLock};

use crate::{
    access::Contract,
    domain::Failure,
    probe::in_effect::{Ground, InEffect, fallback},
};

static FALLBACK: LazyLock<Contract> = LazyLock::new(fallback);

/// The rules that decide about tokens, read once a session, and again when they may be others.
#[derive(Clone, Debug, Default)]
pub struct Rules(Option<Arc<InEffect>>);

impl Rules {
    /// As they were found.
    pub fn read(found: InEffect) -> Self {
        Self(Some(Arc::new(found)))
    }

    /// What decides; the fallback's rules where that is not known, which [`Self::remark`] says.
    pub fn contract(&self) -> &Contract {
        self.0.as_ref().map_or(&FALLBACK, |found| &found.contract)
    }

    /// Whether the authorizer's function was looked at.
    pub fn are_read(&self) -> bool {
        self.0.is_some()
    }

    /// How they are known; none before the function was looked at.
    pub fn ground(&self) -> Option<Ground> {
        self.0.as_ref().map(|found| found.ground)
    }

    /// What kept them from being read.
    pub fn failure(&self) -> Option<&Failure> {
        self.0.as_ref()?.failure.as_ref()
    }

    /// Why what is said of groups may be otherwise, in one sentence; none where the rules are
    /// known.
    pub fn remark(&self) -> Option<String> {
        let Some(found) = &self.0 else {
            return Some(
                "what groups allow is told by the sample's rules: the authorizer's own are being \
                 read"
                    .to_owned(),
            );
        };
        if let Some(failure) = &found.failure {
            return Some(format!(
                "what groups allow is told by the sample's rules: the authorizer's cannot be read, \
                 {failure}"
            ));
        }
        (found.ground == Ground::Assumed).then(|| {
            "what groups allow is told by the sample's rules: this authorizer was never asked"
                .to_owned()
        })
    }
}
