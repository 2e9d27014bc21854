//! A package, and what the gateway's questions get from it.

use std::{
    fmt,
    io::{Cursor, Read},
    sync::Arc,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use sha2::{Digest, Sha256};
use zip::ZipArchive;

use super::sample;
use crate::{
    access::{Contract, Nobody, authorizer::RULES_FILE},
    plan::package,
};

/// The largest file of a package that is looked into, in bytes.
const LARGEST_FILE: u64 = 4 * 1024 * 1024;

/// How a package decides.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Behaviour {
    /// As the sample's authorizer, by the gateway's own contract.
    Sample,
    /// As the drop-in authorizer, by the rules beside it.
    DropIn(Box<Contract>),
    /// Not at all: it cannot even be started.
    Broken(String),
}

/// A package as it was handed over.
#[derive(Clone)]
pub(super) struct Code {
    /// The zip archive.
    pub(super) zip: Bytes,
    /// Its SHA-256 in base64.
    pub(super) sha256: String,
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Code")
            .field("sha256", &self.sha256)
            .field("size", &self.zip.len())
            .finish()
    }
}

impl Code {
    /// A package; none where it is no zip archive.
    pub(super) fn read(zip: Bytes) -> Option<Arc<Self>> {
        ZipArchive::new(Cursor::new(zip.as_ref())).ok()?;
        let sha256 = STANDARD.encode(Sha256::digest(&zip));
        Some(Arc::new(Self { zip, sha256 }))
    }

    /// No package at all: nothing starts from it.
    pub(super) fn none() -> Arc<Self> {
        Arc::new(Self {
            zip: Bytes::new(),
            sha256: String::new(),
        })
    }

    /// What it does when it is run by its handler, such as `index.handler`.
    pub(super) fn behaviour(&self, handler: &str) -> Behaviour {
        let Some((module, _)) = handler.rsplit_once('.') else {
            return Behaviour::Broken(format!("Bad handler '{handler}'"));
        };
        let module = module.replace('.', "/");
        match self.text(&format!("{module}.py")).as_deref() {
            None => Behaviour::Broken(format!(
                "Runtime.ImportModuleError: Unable to import module '{module}': No module named \
                 '{module}'"
            )),
            Some(sample::HANDLER) => Behaviour::Sample,
            Some(package::HANDLER) => {
                let folder = module.rsplit_once('/').map_or("", |(folder, _)| folder);
                let rules = format!("{folder}/{RULES_FILE}");
                let rules = self.text(rules.trim_start_matches('/'));
                Behaviour::DropIn(Box::new(rules.as_deref().map_or_else(denies_all, by_rules)))
            }
            Some(_) => Behaviour::Broken("Runtime.UserCodeSyntaxError: invalid syntax".to_owned()),
        }
    }

    fn text(&self, name: &str) -> Option<String> {
        let mut archive = ZipArchive::new(Cursor::new(self.zip.as_ref())).ok()?;
        let file = archive.by_name(name).ok()?;
        let mut text = String::new();
        file.take(LARGEST_FILE).read_to_string(&mut text).ok()?;
        Some(text)
    }
}

/// The drop-in authorizer denies what it cannot read, and never crashes.
fn by_rules(text: &str) -> Contract {
    Contract::from_json(text).map_or_else(
        |_| denies_all(),
        |contract| Contract {
            nobody: Nobody::Deny,
            ..contract
        },
    )
}

fn denies_all() -> Contract {
    Contract::default()
}
