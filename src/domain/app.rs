//! A SageMaker Studio app.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Whom an app belongs to: a user profile **or** a space.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AppOwner {
    /// A user profile, by name.
    Profile(String),
    /// A space, by name.
    Space(String),
}

impl AppOwner {
    /// The name of the profile or the space.
    pub fn name(&self) -> &str {
        match self {
            Self::Profile(name) | Self::Space(name) => name,
        }
    }

    /// What it is: `profile`, `space`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Profile(_) => "profile",
            Self::Space(_) => "space",
        }
    }

    /// What it is and its name, in words: `profile ada`, `space pricing`.
    pub fn described(&self) -> String {
        format!("{} {}", self.kind(), self.name())
    }
}

/// What names an app: its name alone is `default` more often than not.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AppId {
    /// The domain it belongs to.
    pub domain_id: String,
    /// Whose it is.
    pub owner: AppOwner,
    /// `JupyterServer`, `KernelGateway`, ….
    pub app_type: String,
    /// The name.
    pub name: String,
}

/// An app's status, in SageMaker's own words.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum AppStatus {
    /// Starting.
    Pending,
    /// Running, and costing money.
    InService,
    /// On its way out.
    Deleting,
    /// Gone; stays listed for a day.
    Deleted,
    /// Never came up; needs no delete.
    Failed,
    /// A status this version does not know.
    #[serde(untagged)]
    Other(String),
}

impl AppStatus {
    /// SageMaker's word.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Pending => "Pending",
            Self::InService => "InService",
            Self::Deleting => "Deleting",
            Self::Deleted => "Deleted",
            Self::Failed => "Failed",
            Self::Other(word) => word,
        }
    }
}

/// A Studio app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct App {
    /// The domain it belongs to.
    pub domain_id: String,
    /// Whose it is.
    pub owner: AppOwner,
    /// `JupyterServer`, `KernelGateway`, ….
    pub app_type: String,
    /// The name.
    pub name: String,
    /// The status.
    pub status: AppStatus,
    /// The instance type, where it has one.
    pub instance_type: Option<String>,
    /// The ARN of the image it runs, where it runs one.
    #[serde(default)]
    pub image: Option<String>,
    /// When it was created.
    pub created_at: Option<Timestamp>,
    /// When its user was last seen to do something; none where that is not known. Only a look
    /// at the app itself tells, and SageMaker's own health checks count for it: a time that is
    /// the last check's says nothing.
    #[serde(default)]
    pub active_at: Option<Timestamp>,
}

impl AppId {
    /// What it is and whose, in words: `KernelGateway default of profile ada`.
    pub fn described(&self) -> String {
        format!(
            "{} {} of {}",
            self.app_type,
            self.name,
            self.owner.described()
        )
    }
}

impl App {
    /// Whether it is there, on its way in or out, or of an unknown status: whether it stands
    /// in its owner's way. One that failed is gone, one that is deleted stays listed for a day.
    pub fn is_there(&self) -> bool {
        !matches!(self.status, AppStatus::Deleted | AppStatus::Failed)
    }

    /// What names it.
    pub fn id(&self) -> AppId {
        AppId {
            domain_id: self.domain_id.clone(),
            owner: self.owner.clone(),
            app_type: self.app_type.clone(),
            name: self.name.clone(),
        }
    }
}
