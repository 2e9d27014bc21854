//! A change as the request that makes it.

use super::{Change, Thing};
use crate::mlflow::{Call, Root, experiments, registry, runs};

impl Change {
    /// The request; its value is the version that it makes, where it makes one.
    pub fn request(&self, root: Root) -> Call<Option<String>> {
        match self {
            Self::CreateModel { name, description } => {
                registry::create_model(root, name, description).map(|_| None)
            }
            Self::CreateVersion { name, origin } => {
                registry::create_version(root, name, &origin.source, &origin.run)
                    .map(|made| Some(made.version))
            }
            Self::Stage {
                name,
                version,
                after,
                archived,
                ..
            } => registry::transition(root, name, version, after, archived.is_some()).map(|_| None),
            Self::Alias {
                name,
                alias,
                after: Some(version),
                ..
            } => nothing(registry::set_alias(root, name, alias, version)),
            Self::Alias {
                name,
                alias,
                after: None,
                ..
            } => nothing(registry::delete_alias(root, name, alias)),
            Self::Tag {
                thing, key, after, ..
            } => nothing(match after {
                Some(value) => set_tag(root, thing, key, value),
                None => delete_tag(root, thing, key),
            }),
            Self::Describe { thing, after, .. } => nothing(match thing {
                Thing::Version { name, version } => {
                    registry::describe_version(root, name, version, after)
                }
                other => registry::describe_model(root, other.name(), after),
            }),
            Self::Rename { thing, after, .. } => nothing(match thing {
                Thing::Experiment { id } => experiments::rename(root, id, after),
                Thing::Run { id } => runs::rename(root, id, after),
                other => registry::rename_model(root, other.name(), after),
            }),
            Self::Delete { thing, .. } => nothing(match thing {
                Thing::Experiment { id } => experiments::delete(root, id),
                other => runs::delete(root, other.name()),
            }),
            Self::Restore { thing } => nothing(match thing {
                Thing::Experiment { id } => experiments::restore(root, id),
                other => runs::restore(root, other.name()),
            }),
            Self::DeleteModel { name, .. } => nothing(registry::delete_model(root, name)),
            Self::DeleteVersion { name, version, .. } => {
                nothing(registry::delete_version(root, name, version))
            }
        }
    }
}

impl Thing {
    /// The id or name; of a version, its model's.
    pub fn name(&self) -> &str {
        match self {
            Self::Experiment { id } | Self::Run { id } => id,
            Self::Model { name } | Self::Version { name, .. } => name,
        }
    }
}

fn set_tag(root: Root, thing: &Thing, key: &str, value: &str) -> Call<()> {
    match thing {
        Thing::Experiment { id } => experiments::set_tag(root, id, key, value),
        Thing::Run { id } => runs::set_tag(root, id, key, value),
        Thing::Model { name } => registry::set_tag(root, name, None, key, value),
        Thing::Version { name, version } => {
            registry::set_tag(root, name, Some(version), key, value)
        }
    }
}

fn delete_tag(root: Root, thing: &Thing, key: &str) -> Call<()> {
    match thing {
        Thing::Experiment { id } => experiments::delete_tag(root, id, key),
        Thing::Run { id } => runs::delete_tag(root, id, key),
        Thing::Model { name } => registry::delete_tag(root, name, None, key),
        Thing::Version { name, version } => registry::delete_tag(root, name, Some(version), key),
    }
}

fn nothing(call: Call<()>) -> Call<Option<String>> {
    call.map(|()| None)
}
