//! What Studio has: its profiles with their roles, its spaces, its apps.

use std::collections::HashMap;

use futures::{StreamExt, stream};
use serde::{Deserialize, Serialize};

use crate::{
    aws::{Cloud, each_page},
    domain::{App, ErrorClass, Failure, MatchRule, Profile, Space, person::Studio},
};

/// Profiles that are looked at at the same time.
const AT_ONCE: usize = 12;
/// Profiles that are told of at the same time, at most.
const TOLD_AT_ONCE: usize = 100;

/// What is known of Studio.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StudioSurvey {
    /// Profiles, described.
    pub profiles: Vec<Profile>,
    /// Spaces.
    pub spaces: Vec<Space>,
    /// Apps.
    pub apps: Vec<App>,
    /// What the profiles' tags say whose they are, by profile name; read where the rule asks
    /// for a tag.
    pub tags: Option<HashMap<String, String>>,
}

/// Something of what Studio has, told while the rest is still being read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StudioPart {
    /// A page of profiles, without their roles.
    Profiles(Vec<Profile>),
    /// Profiles of these pages, looked at: with their roles.
    Described(Vec<Profile>),
    /// A page of spaces.
    Spaces(Vec<Space>),
    /// A page of apps.
    Apps(Vec<App>),
}

impl StudioSurvey {
    /// Everything of a domain. `tell` hears each part as it comes.
    ///
    /// # Errors
    /// What the first call that failed says.
    pub async fn read(
        cloud: &Cloud,
        domain: &str,
        rule: &MatchRule,
        tell: impl Fn(StudioPart) + Sync,
    ) -> Result<Self, Failure> {
        Box::pin(read(cloud, domain, rule, &tell)).await
    }

    /// As much of a domain as may be read; with it what each part that could not be read says:
    /// `profiles`, `spaces`, `apps`.
    pub async fn read_parts(
        cloud: &Cloud,
        domain: &str,
        rule: &MatchRule,
    ) -> (Self, Vec<(&'static str, Failure)>) {
        Box::pin(read_parts(cloud, domain, rule)).await
    }

    /// The same, to be put together with users.
    pub fn all(&self) -> Studio<'_> {
        Studio {
            profiles: &self.profiles,
            spaces: &self.spaces,
            apps: &self.apps,
            tags: self.tags.as_ref(),
        }
    }

    /// Looks at the profiles of these names, and at what their tags say whose they are, where
    /// the rule asks for that. Those that are not there are not in it.
    pub(super) async fn described(
        &mut self,
        cloud: &Cloud,
        domain: &str,
        names: Vec<String>,
        rule: &MatchRule,
    ) -> Result<(), Failure> {
        (self.profiles, self.tags) = described(cloud, domain, names, rule, &|_| {}).await?;
        Ok(())
    }
}

async fn read(
    cloud: &Cloud,
    domain: &str,
    rule: &MatchRule,
    tell: &(impl Fn(StudioPart) + Sync),
) -> Result<StudioSurvey, Failure> {
    let studio = &cloud.sagemaker;
    let profiles = profiles(cloud, domain, rule, tell);
    let spaces = async {
        let mut spaces = Vec::new();
        each_page(
            |token| studio.spaces_page(domain, token),
            |page| {
                spaces.extend_from_slice(&page);
                tell(StudioPart::Spaces(page));
            },
        )
        .await?;
        Ok(spaces)
    };
    let apps = async {
        let mut apps = Vec::new();
        each_page(
            |token| studio.apps_page(domain, token),
            |page| {
                apps.extend_from_slice(&page);
                tell(StudioPart::Apps(page));
            },
        )
        .await?;
        Ok(apps)
    };
    let ((profiles, tags), spaces, apps) = futures::try_join!(profiles, spaces, apps)?;
    Ok(StudioSurvey {
        profiles,
        spaces,
        apps,
        tags,
    })
}

async fn read_parts(
    cloud: &Cloud,
    domain: &str,
    rule: &MatchRule,
) -> (StudioSurvey, Vec<(&'static str, Failure)>) {
    let studio = &cloud.sagemaker;
    let (profiles, spaces, apps) = futures::join!(
        profiles(cloud, domain, rule, &|_| {}),
        studio.spaces(domain),
        studio.apps(domain),
    );
    let mut failed = Vec::new();
    let (profiles, tags) = kept("profiles", profiles, &mut failed);
    let survey = StudioSurvey {
        profiles,
        spaces: kept("spaces", spaces, &mut failed),
        apps: kept("apps", apps, &mut failed),
        tags,
    };
    (survey, failed)
}

/// What was read; nothing where it failed, which is noted.
fn kept<T: Default>(
    part: &'static str,
    read: Result<T, Failure>,
    failed: &mut Vec<(&'static str, Failure)>,
) -> T {
    read.unwrap_or_else(|failure| {
        failed.push((part, failure));
        T::default()
    })
}

async fn profiles(
    cloud: &Cloud,
    domain: &str,
    rule: &MatchRule,
    tell: &(impl Fn(StudioPart) + Sync),
) -> Result<Described, Failure> {
    let mut names = Vec::new();
    each_page(
        |token| cloud.sagemaker.profiles_page(domain, token),
        |page| {
            names.extend(page.iter().map(|profile| profile.name.clone()));
            tell(StudioPart::Profiles(page));
        },
    )
    .await?;
    described(cloud, domain, names, rule, tell).await
}

type Described = (Vec<Profile>, Option<HashMap<String, String>>);

async fn described(
    cloud: &Cloud,
    domain: &str,
    names: Vec<String>,
    rule: &MatchRule,
    tell: &(impl Fn(StudioPart) + Sync),
) -> Result<Described, Failure> {
    if names.is_empty() {
        return Ok((Vec::new(), None));
    }
    let studio = &cloud.sagemaker;
    let settings = studio.describe_domain(domain).await?;
    let settings = &settings;
    let mut looked = std::pin::pin!(
        stream::iter(names)
            .map(|name| async move {
                let profile = match studio.describe_profile(domain, &name, Some(settings)).await {
                    Ok(profile) => profile,
                    Err(failure) if failure.class == ErrorClass::NotFound => return Ok(None),
                    Err(failure) => return Err(failure),
                };
                let whose = match (rule, &profile.arn) {
                    (MatchRule::Tag(key), Some(arn)) => {
                        studio.tags(arn).await?.swap_remove(key.as_str())
                    }
                    _ => None,
                };
                Ok::<_, Failure>(Some((profile, whose)))
            })
            .buffered(AT_ONCE)
            // What is there at once is told at once.
            .ready_chunks(TOLD_AT_ONCE)
    );
    let mut profiles = Vec::new();
    let mut tags = HashMap::new();
    while let Some(chunk) = looked.next().await {
        let before = profiles.len();
        for found in chunk {
            let Some((profile, whose)) = found? else {
                continue;
            };
            if let Some(whose) = whose {
                tags.insert(profile.name.clone(), whose);
            }
            profiles.push(profile);
        }
        tell(StudioPart::Described(
            profiles.get(before..).unwrap_or_default().to_vec(),
        ));
    }
    let tagged = matches!(rule, MatchRule::Tag(_));
    Ok((profiles, tagged.then_some(tags)))
}
