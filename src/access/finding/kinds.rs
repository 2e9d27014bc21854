//! Every kind of finding, with what it means: for reports that explain themselves.

use super::Severity;

/// A kind of finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// The id of its findings.
    pub id: &'static str,
    /// How much one usually matters.
    pub severity: Severity,
    /// What it is, a few words.
    pub what: &'static str,
    /// Why it matters, one or two sentences.
    pub why: &'static str,
    /// What to do about it, one sentence.
    pub remedy: &'static str,
}

impl Kind {
    /// The kind of an id; none of an id that this version does not know.
    pub fn of(id: &str) -> Option<&'static Self> {
        KINDS.iter().find(|kind| kind.id == id)
    }
}

const fn kind(
    id: &'static str,
    severity: Severity,
    what: &'static str,
    why: &'static str,
    remedy: &'static str,
) -> Kind {
    Kind {
        id,
        severity,
        what,
        why,
        remedy,
    }
}

use Severity::{High, Info, Low, Medium};

/// Every kind, by what it is about: access, people, settings, Studio, roles.
#[rustfmt::skip]
pub const KINDS: &[Kind] = &[
    kind("over-granted", High, "More is allowed than the matrix declares", "Somebody can do in MLflow what nobody wanted them to do.", "Narrow the authorizer's rules or the role's policy, or declare it in the matrix."),
    kind("under-granted", Medium, "Less is allowed than the matrix declares", "Somebody is refused what they were promised.", "Widen the authorizer's rules or the role's policy, or take it out of the matrix."),
    kind("schemes-disagree", Medium, "Token and signature are not worth the same", "What somebody may do depends on whether they use the UI or a notebook.", "Bring the authorizer's rules and the role's policy to the same set."),
    kind("drift", High, "The API decides otherwise than its policies say", "Something that cannot be seen from outside decides too, so that predictions cannot be trusted.", "Find what was changed: the authorizer's code, a resource policy, a service control policy."),
    kind("denied-by-crash", Medium, "The authorizer crashes on a principal", "The principal is refused by accident, with a 500 that looks like an outage.", "Put them into a known group, and let the authorizer deny."),
    kind("unusable-policy", Medium, "A policy statement cannot be used as it is", "AWS refuses or ignores it, and predictions take it at the worst.", "Correct the statement."),
    kind("access-token", Low, "An access token gets 500", "A client that sends the wrong token looks at an outage instead of a refusal.", "Send the ID token, and let the authorizer deny."),
    kind("read-exposes", Low, "Reading everything reads more than meant", "GET rules reach the AI gateway's proxy and, on MLflow 3, the URLs of webhooks, which may hold secrets.", "Deny gateway:read and webhooks:read where they are not meant."),
    kind("mlflow-3-ui", Low, "MLflow 3's pages need what the rules deny", "An upgrade breaks the UI for everybody but administrators.", "Allow POST /graphql and the reading routes under /ajax-api/3.0/ first."),
    kind("several-groups", Medium, "Somebody is in several groups, and only one counts", "The authorizer takes the first group it looks for: the others grant nothing.", "Leave them in one of the groups."),
    kind("groupless", Medium, "Somebody is in no group that the authorizer knows", "They can sign in, and every request of theirs fails.", "Add them to a group, or disable them."),
    kind("unconfirmed", Low, "Somebody signed up and never confirmed", "Such users are made by self sign-up, and stay for ever.", "Delete those you do not know."),
    kind("expired-invitation", Low, "A temporary password ran out", "The invited cannot sign in, and forgot-password does not work for them.", "Send the invitation again."),
    kind("last-admin", Medium, "Only one person, or nobody, can administer", "Whoever is the last one can lock everybody out of MLflow.", "Put a second person into the administrators' group."),
    kind("authorizer-order", Info, "The authorizer ignores Cognito's precedence", "What the Cognito console shows of somebody in several groups misleads.", "Set the precedences in the authorizer's order."),
    kind("unknown-group", Low, "The pool's groups and the authorizer's differ", "Members of a group that the authorizer does not know are refused everything.", "Add a rule for the group, or remove it."),
    kind("tokens-outlive", Info, "Tokens outlive the right they were given for", "Leaving a group, disabling and signing out do not end an ID token that is out.", "Wait for the last token's end; shorten the client's IdTokenValidity."),
    kind("self-sign-up", Medium, "Anybody may sign up", "Strangers get users, unconfirmed and in no group.", "Let only administrators make users."),
    kind("threat-protection", Low, "Threat protection is not enforced", "Leaked passwords and odd sign-ins are not stopped.", "Enforce it."),
    kind("authorizer-cache", Low, "The API keeps the authorizer's answers", "A change of groups or rules takes longer to be in effect.", "Set the authorizer's time to live to 0."),
    kind("profile-role", High, "A Studio profile has another level's role", "In Studio its owner may do more, or less, than by their group.", "Give the profile the role of its owner's level."),
    kind("profile-without-user", Low, "A Studio profile is nobody's", "Whoever left may have left apps and files that cost.", "Delete the profile with its apps and spaces."),
    kind("user-without-profile", Info, "A user has no Studio profile", "They can use MLflow's UI and no notebook.", "Create a profile for those who work in Studio."),
    kind("disabled-with-apps", Medium, "A disabled user's apps still run", "Disabling ends no notebook: it costs, and acts by the execution role.", "Delete the apps."),
    kind("running-apps", Low, "Studio apps are left running", "They cost money around the clock.", "Delete those that nobody uses."),
    kind("forgotten-apps", Medium, "Apps are forgotten by a clean-up policy", "They cost money, and your own rule says that they should go.", "Run the clean-up."),
    kind("destroy-blocked", Info, "Apps and spaces block deleting the domain", "`cdk destroy` fails half way while they are there.", "Empty the domain first."),
    kind("trust-widened", High, "A role may be assumed by others than SageMaker", "Whoever may assume it has its rights outside Studio.", "Remove every trust statement but SageMaker's."),
    kind("side-door-group", High, "Side door: a role may put its holder into a group", "A reader can make themselves an administrator.", "Guard the role."),
    kind("side-door-job", High, "Side door: a role may run code as another role", "A reader can work with the administrators' rights.", "Guard the role."),
    kind("side-door-studio", High, "Side door: a role may open another's Studio", "A reader can work in an administrator's notebook.", "Guard the role."),
    kind("side-door-artifacts", Medium, "Side door: a role may change artifacts in their bucket", "Models and files can be changed past the API.", "Guard the role."),
    kind("side-door-authorizer", High, "Side door: a role may change the authorizer", "Whoever changes its code decides who may do what.", "Guard the role."),
    kind("side-door-api", High, "Side door: a role may change the API", "Whoever changes its methods can take the authorizer away.", "Guard the role."),
    kind("side-door-role", High, "Side door: a role may change execution roles", "Whoever changes a role's policies gives themselves any right.", "Guard the role."),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_kind_has_one_id_and_says_everything() {
        let mut ids = BTreeSet::new();
        for kind in KINDS {
            assert!(ids.insert(kind.id), "{} twice", kind.id);
            for text in [kind.what, kind.why, kind.remedy] {
                assert!(!text.is_empty(), "{}", kind.id);
            }
        }
        assert_eq!(Kind::of("drift").map(|kind| kind.severity), Some(High));
        assert_eq!(Kind::of("unheard-of"), None);
    }
}
