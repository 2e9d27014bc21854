//! The authorizer's package: read, refused where it is of another shape, and built anew with
//! the drop-in authorizer in place of its handler. Pure; [`PackageStore`] keeps copies.

mod store;
#[cfg(test)]
mod tests;

use std::{
    io::{Cursor, Read, Write},
    path::Path,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use sha2::{Digest, Sha256};
use zip::{
    CompressionMethod, DateTime, ZipArchive, ZipWriter, result::ZipError, write::SimpleFileOptions,
};

pub use store::{Kept, PackageStore, file_name};

use crate::{
    access::{Contract, authorizer::RULES_FILE},
    aws::lambda::{Function, LARGEST_PACKAGE},
    domain::Failure,
};

/// The drop-in authorizer's handler module, as embedded.
pub const HANDLER: &str = include_str!("../../assets/authorizer/index.py");

/// The libraries that the drop-in can check a token with, one of which must be carried.
const LIBRARIES: [&str; 2] = ["jose", "jwt"];
/// The function that the drop-in's handler module has.
const FUNCTION: &str = "handler";
/// The environment's variables that the drop-in reads.
const ENVIRONMENT: [&str; 2] = ["APP_CLIENT_ID", "COGNITO_KEYS_URL"];
/// The largest file of a package that is read, in bytes.
const LARGEST_FILE: u64 = 16 * 1024 * 1024;

/// A package's SHA-256 in base64, as Lambda tells it.
pub fn sha256(package: &[u8]) -> String {
    STANDARD.encode(Sha256::digest(package))
}

/// A package that the drop-in authorizer can be put into.
#[derive(Clone, Debug)]
pub struct Package {
    bytes: Bytes,
    /// The path of the handler's module: `index.py`.
    module: String,
    /// The library that it carries.
    library: &'static str,
    is_drop_in: bool,
    rules: Option<String>,
}

impl Package {
    /// Reads a function's package.
    ///
    /// # Errors
    /// `Invalid` with the reason, where it is of another shape than the sample's: an image,
    /// another language, no module for the handler, libraries in layers, a broken archive, or
    /// names that point out of it.
    pub fn read(bytes: Bytes, function: &Function) -> Result<Self, Failure> {
        let refused = |why: String| refused(&function.name, why);
        if function.package_type != "Zip" {
            return Err(refused("it is a container image".to_owned()));
        }
        let runtime = function.runtime.as_deref().unwrap_or("none");
        if !runtime.starts_with("python3.") {
            return Err(refused(format!(
                "its runtime is {runtime}, and the drop-in is Python 3"
            )));
        }
        let module =
            module_of(function.handler.as_deref().unwrap_or_default()).ok_or_else(|| {
                refused(format!(
                    "its handler {:?} names no module and function",
                    function.handler.as_deref().unwrap_or_default()
                ))
            })?;
        if !function
            .handler
            .as_deref()
            .is_some_and(|handler| handler.ends_with(&format!(".{FUNCTION}")))
        {
            return Err(refused(format!(
                "its handler calls another function than `{FUNCTION}`, which the drop-in has"
            )));
        }
        // Whoever may not decrypt the environment is not told it.
        if let Some(environment) = &function.environment
            && let Some(missing) = ENVIRONMENT
                .iter()
                .find(|name| !environment.contains(**name))
        {
            return Err(refused(format!(
                "its environment has no {missing}, which the drop-in reads"
            )));
        }
        let broken = |error: ZipError| refused(format!("its archive is broken: {error}"));
        let mut archive = ZipArchive::new(Cursor::new(bytes.clone())).map_err(broken)?;
        let names = names_of(&mut archive).map_err(|error| match error {
            Unfit::Broken(error) => broken(error),
            Unfit::Name(name) => refused(format!("the name {name:?} points out of it")),
        })?;
        let file = format!("{module}.py");
        if !names.contains(&file) {
            return Err(refused(format!(
                "it has no {file}, which its handler names"
            )));
        }
        if let Some(first) = names.iter().find(|name| goes_before(name, &module)) {
            return Err(refused(format!(
                "it has {first}, which Python takes before {file}"
            )));
        }
        let carried = |library: &&&str| {
            let folder = format!("{library}/");
            names.iter().any(|name| name.starts_with(&folder))
        };
        let Some(library) = LIBRARIES.iter().find(carried) else {
            let layers = if function.layers.is_empty() {
                ""
            } else {
                "; its libraries are in layers"
            };
            return Err(refused(format!(
                "it carries neither jose nor jwt to check a token with{layers}"
            )));
        };
        let handler = text(&mut archive, &file).map_err(broken)?;
        let rules = names.contains(&beside(&module));
        let rules = rules.then(|| text(&mut archive, &beside(&module)));
        Ok(Self {
            is_drop_in: handler == HANDLER,
            rules: rules.transpose().map_err(broken)?,
            bytes,
            module,
            library,
        })
    }

    /// What Lambda calls it by.
    pub fn sha256(&self) -> String {
        sha256(&self.bytes)
    }

    /// Its shape in words: `index.py, checks tokens with jose`.
    pub fn shape(&self) -> String {
        let kind = if self.is_drop_in {
            "the drop-in authorizer"
        } else {
            "an authorizer of its own"
        };
        format!(
            "{kind} in {}.py, which checks tokens with {}",
            self.module, self.library
        )
    }

    /// Whether its handler is the drop-in authorizer of this version.
    pub fn is_drop_in(&self) -> bool {
        self.is_drop_in
    }

    /// What it decides by, where it is the drop-in authorizer and its rules can be read.
    pub fn contract(&self) -> Option<Contract> {
        let rules = self.rules.as_ref().filter(|_| self.is_drop_in)?;
        Contract::from_json(rules).ok()
    }

    /// The package with the drop-in authorizer in place of its handler and these rules beside
    /// it. Everything else stays as it is, byte for byte; the same input gives the same bytes.
    ///
    /// # Errors
    /// `Invalid` where it gets larger than Lambda takes.
    pub fn with_rules(&self, contract: &Contract) -> Result<Bytes, Failure> {
        let rules = contract.to_json()?;
        let doing = "building the authorizer's package";
        let built = self
            .build(&rules)
            .map_err(|error| Failure::invalid(doing, error.to_string()))?;
        if built.len() > LARGEST_PACKAGE {
            return Err(Failure::invalid(
                doing,
                format!(
                    "it is larger than {} MB, which Lambda does not take without a bucket",
                    LARGEST_PACKAGE / (1024 * 1024)
                ),
            ));
        }
        Ok(built.into())
    }

    fn build(&self, rules: &str) -> Result<Vec<u8>, ZipError> {
        let mut archive = ZipArchive::new(Cursor::new(self.bytes.as_ref()))?;
        let mut built = ZipWriter::new(Cursor::new(Vec::with_capacity(self.bytes.len())));
        let (file, beside) = (format!("{}.py", self.module), beside(&self.module));
        for at in 0..archive.len() {
            let entry = archive.by_index_raw(at)?;
            let name = entry.name()?;
            if name == file || name == beside || is_compiled(&name, &self.module) {
                continue;
            }
            drop(name);
            built.raw_copy_file(entry)?;
        }
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(DateTime::default())
            .unix_permissions(0o644);
        for (name, text) in [(&file, HANDLER), (&beside, rules)] {
            built.start_file(name, options)?;
            built.write_all(text.as_bytes())?;
        }
        Ok(built.finish()?.into_inner())
    }
}

fn refused(function: &str, why: String) -> Failure {
    Failure::invalid(
        format!("putting the drop-in authorizer into the function {function}"),
        why,
    )
    .advise(
        "deploy the authorizer as the sample does: a Python 3 package with its handler and its \
         JWT library in it; nothing was changed",
    )
}

/// The path of a handler's module without its ending: `index` of `index.handler`.
fn module_of(handler: &str) -> Option<String> {
    let (module, function) = handler.rsplit_once('.')?;
    let plain = |c: char| c.is_alphanumeric() || "_-./".contains(c);
    let module = module.replace('.', "/");
    (!function.is_empty()
        && !module.is_empty()
        && module.chars().all(plain)
        && module.split('/').all(|part| !part.is_empty()))
    .then_some(module)
}

/// The name of the rules, in the folder of the module.
fn beside(module: &str) -> String {
    match module.rsplit_once('/') {
        Some((folder, _)) => format!("{folder}/{RULES_FILE}"),
        None => RULES_FILE.to_owned(),
    }
}

/// Whether Python imports this file in place of the module's own.
fn goes_before(name: &str, module: &str) -> bool {
    let Some(rest) = name.strip_prefix(module) else {
        return false;
    };
    // Python's own loader goes by these endings exactly.
    let is_library = Path::new(rest).extension().is_some_and(|end| end == "so");
    rest.starts_with("/__init__.") || (rest.starts_with('.') && is_library)
}

/// Whether this is what Python compiled the module to: it may be taken without a look at the
/// module's text.
fn is_compiled(name: &str, module: &str) -> bool {
    let (folder, module) = match module.rsplit_once('/') {
        Some((folder, module)) => (format!("{folder}/"), module),
        None => (String::new(), module),
    };
    let Some(name) = name.strip_prefix(&folder) else {
        return false;
    };
    let name = name.strip_prefix("__pycache__/").unwrap_or(name);
    name.strip_prefix(module).is_some_and(|rest| {
        let is_compiled = Path::new(rest).extension().is_some_and(|end| end == "pyc");
        (rest == ".pyc" || (rest.starts_with('.') && is_compiled)) && !rest.contains('/')
    })
}

/// Why names cannot be used.
enum Unfit {
    Broken(ZipError),
    Name(String),
}

/// The names in an archive, none of which points out of it.
fn names_of(archive: &mut ZipArchive<Cursor<Bytes>>) -> Result<Vec<String>, Unfit> {
    (0..archive.len())
        .map(|at| {
            let entry = archive.by_index_raw(at).map_err(Unfit::Broken)?;
            let name = entry.name().map_err(Unfit::Broken)?.into_owned();
            let within = entry.enclosed_name().is_some_and(|path| path.is_relative())
                && !name.starts_with('/')
                && !name.split(['/', '\\']).any(|part| part == "..");
            if within {
                Ok(name)
            } else {
                Err(Unfit::Name(name))
            }
        })
        .collect()
}

fn text(archive: &mut ZipArchive<Cursor<Bytes>>, name: &str) -> Result<String, ZipError> {
    let file = archive.by_name(name)?;
    let mut bytes = Vec::new();
    file.take(LARGEST_FILE).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
