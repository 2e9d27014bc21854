//! Compiling documents, each text once however many principals carry it.

use std::{collections::HashMap, sync::Arc};

use super::{Compiled, Policy, PolicySet, PolicyText};

/// Compiles policies and keeps what it has read: two hundred roles that carry the same managed
/// policy share one parse of it. Documents are known by their whole text, so that one that was
/// changed is read again; what was read stays as long as the compiler does.
#[derive(Debug, Default)]
pub struct Compiler {
    read: HashMap<String, Arc<Compiled>>,
}

impl Compiler {
    /// Compiles a principal's identity policies and, where it has one, its permissions boundary.
    pub fn compile(
        &mut self,
        identity: &[PolicyText<'_>],
        boundary: Option<PolicyText<'_>>,
    ) -> PolicySet {
        let mut set = PolicySet::default();
        for text in identity {
            let policy = self.policy(&mut set, *text);
            set.identity.push(policy);
        }
        set.boundary = boundary.map(|text| self.policy(&mut set, text));
        set
    }

    fn policy(&mut self, set: &mut PolicySet, text: PolicyText<'_>) -> Policy {
        set.policy(text.label, self.document(text.document))
    }

    fn document(&mut self, text: &str) -> Arc<Compiled> {
        if let Some(known) = self.read.get(text) {
            return Arc::clone(known);
        }
        let compiled = Arc::new(Compiled::of(text));
        self.read.insert(text.to_owned(), Arc::clone(&compiled));
        compiled
    }

    /// How many documents it has read.
    pub fn documents(&self) -> usize {
        self.read.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{AccessRequest, Context};

    #[test]
    fn a_text_is_read_once_and_each_label_stays_its_own() {
        let mut compiler = Compiler::default();
        let document = r#"{"Statement":[{"Effect":"Allow","Action":"a:*","Resource":"*"},{"Effect":"Allow"}]}"#;
        let set = |compiler: &mut Compiler, label| {
            compiler.compile(&[PolicyText { label, document }], None)
        };
        let (one, two) = (set(&mut compiler, "one"), set(&mut compiler, "two"));
        assert_eq!(compiler.documents(), 1);
        let context = Context::new();
        for (set, label) in [(one, "one"), (two, "two")] {
            let decision = set.evaluate(&AccessRequest {
                action: "a:Get",
                resource: "x",
                context: &context,
            });
            assert!(decision.explain().contains(label), "{}", decision.explain());
            let named = set.faults().iter().all(|fault| fault.policy == label);
            assert!(named && !set.faults().is_empty());
        }
    }
}
