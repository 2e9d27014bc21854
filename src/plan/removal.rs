//! What goes from Studio: apps, spaces with their apps, profiles with their spaces and apps.
//! Pure. What has to go first comes first, and is waited for.

use super::{Item, Place, Plan, Step};
use crate::domain::{App, AppOwner, Profile, Space};

/// What a domain has, as far as it is known.
#[derive(Clone, Copy, Debug, Default)]
pub struct Holdings<'a> {
    /// The apps.
    pub apps: &'a [App],
    /// The spaces.
    pub spaces: &'a [Space],
}

impl Holdings<'_> {
    /// The steps that delete the apps of one owner that are there.
    fn apps_of(&self, domain: &str, owner: &AppOwner) -> Vec<Step> {
        let of = |app: &&App| app.domain_id == domain && app.owner == *owner;
        delete_apps(self.apps.iter().filter(of)).collect()
    }

    /// The steps that delete a space with its apps.
    fn space(&self, space: &Space) -> Vec<Step> {
        let owner = AppOwner::Space(space.name.clone());
        let mut steps = self.apps_of(&space.domain_id, &owner);
        steps.push(Step::DeleteSpace {
            domain: space.domain_id.clone(),
            name: space.name.clone(),
        });
        steps
    }

    /// The steps that delete a profile with its spaces and apps.
    fn profile(&self, profile: &Profile) -> Vec<Step> {
        let owner = AppOwner::Profile(profile.name.clone());
        let mut steps = self.apps_of(&profile.domain_id, &owner);
        let spaces = self.spaces.iter().filter(|space| {
            space.domain_id == profile.domain_id && space.owner.as_ref() == Some(&profile.name)
        });
        steps.extend(spaces.flat_map(|space| self.space(space)));
        steps.push(Step::DeleteProfile {
            domain: profile.domain_id.clone(),
            name: profile.name.clone(),
        });
        steps
    }
}

/// The steps that delete those of these apps that are there. An app that failed or is deleted
/// needs nothing.
pub fn delete_apps<'a>(apps: impl IntoIterator<Item = &'a App>) -> impl Iterator<Item = Step> {
    apps.into_iter()
        .filter(|app| app.is_there())
        .map(|app| Step::DeleteApp(app.id()))
}

/// Plans that these apps go, each by itself.
pub fn apps<'a>(apps: impl IntoIterator<Item = &'a App>, place: Place) -> Plan {
    let items = apps.into_iter().filter(|app| app.is_there()).map(|app| {
        let id = app.id();
        Item::new(id.described(), vec![Step::DeleteApp(id)])
    });
    plan("app", items.collect(), place)
}

/// Plans that these spaces go, with their apps.
pub fn spaces<'a>(
    spaces: impl IntoIterator<Item = &'a Space>,
    holdings: Holdings<'_>,
    place: Place,
) -> Plan {
    let items = spaces
        .into_iter()
        .map(|space| Item::new(space.name.clone(), holdings.space(space)));
    plan("space", items.collect(), place)
}

/// Plans that these profiles go, with their spaces and apps.
pub fn profiles<'a>(
    profiles: impl IntoIterator<Item = &'a Profile>,
    holdings: Holdings<'_>,
    place: Place,
) -> Plan {
    let items = profiles
        .into_iter()
        .map(|profile| Item::new(profile.name.clone(), holdings.profile(profile)));
    plan("profile", items.collect(), place)
}

fn plan(noun: &str, items: Vec<Item>, place: Place) -> Plan {
    let title = match items.as_slice() {
        [one] => format!("delete the {noun} {}", one.subject),
        several => format!("delete {} {noun}s", several.len()),
    };
    Plan::new(title, place, items)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::AppStatus;

    fn app(owner: AppOwner, status: AppStatus) -> App {
        App {
            domain_id: "d".into(),
            owner,
            app_type: "KernelGateway".into(),
            name: "k".into(),
            status,
            instance_type: None,
            image: None,
            created_at: None,
            active_at: None,
        }
    }

    fn space(name: &str, owner: &str) -> Space {
        Space {
            domain_id: "d".into(),
            name: name.into(),
            status: "InService".into(),
            owner: Some(owner.into()),
            created_at: None,
        }
    }

    #[test]
    fn a_profile_goes_after_its_apps_and_spaces_and_takes_nobody_elses() {
        let profile = |name: &str| Profile {
            domain_id: "d".into(),
            name: name.into(),
            arn: None,
            status: "InService".into(),
            execution_role: None,
            role_from_domain: false,
            created_at: None,
            modified_at: None,
        };
        let of = |name: &str| AppOwner::Profile(name.into());
        let apps = [
            app(of("ada"), AppStatus::InService),
            app(of("ada"), AppStatus::Failed),
            app(of("bob"), AppStatus::InService),
            app(AppOwner::Space("lab".into()), AppStatus::Pending),
            app(AppOwner::Space("ada".into()), AppStatus::InService),
        ];
        let spaces = [space("lab", "ada"), space("other", "bob")];
        let holdings = Holdings {
            apps: &apps,
            spaces: &spaces,
        };
        let plan = profiles(&[profile("ada")], holdings, Place::default());
        assert_eq!(plan.title, "delete the profile ada");
        let [item] = plan.items.as_slice() else {
            panic!("{plan:?}")
        };
        let calls: Vec<_> = item.steps.iter().map(Step::call).collect();
        assert_eq!(
            calls,
            [
                "sagemaker:DeleteApp",
                "sagemaker:DeleteApp",
                "sagemaker:DeleteSpace",
                "sagemaker:DeleteUserProfile"
            ]
        );
        let deleted: Vec<_> = item
            .steps
            .iter()
            .filter_map(|step| match step {
                Step::DeleteApp(id) => Some(id.owner.described()),
                _ => None,
            })
            .collect();
        assert_eq!(deleted, ["profile ada", "space lab"]);
    }

    #[test]
    fn what_is_gone_or_failed_is_not_deleted() {
        let owner = || AppOwner::Profile("ada".into());
        let gone = [
            app(owner(), AppStatus::Deleted),
            app(owner(), AppStatus::Failed),
        ];
        assert_eq!(apps(&gone, Place::default()).steps(), 0);
    }
}
