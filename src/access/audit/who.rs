//! Who can do something.

use std::collections::HashMap;

use super::{Extent, House, KnownRole, Means, Resident, Standing, What};
use crate::{
    access::{
        Decision, Route,
        door::{Door, Lead},
        permission::covers,
    },
    domain::{AuthScheme, ExecutionRole, Principal, Profile, User},
};

/// One way of doing what was asked about: what decides, and of which routes.
#[derive(Clone, Debug)]
pub struct Way<'a> {
    /// How its requests are authenticated.
    pub scheme: AuthScheme,
    /// What decides: the group, all of them with a `+` between, or the role's name.
    pub through: String,
    /// The routes that it opens, each with what allows it; never none.
    pub opens: Vec<(&'a Route, Decision)>,
    /// How many routes of this scheme were asked about.
    pub of: usize,
}

impl Way<'_> {
    /// How much of it is allowed.
    pub fn extent(&self) -> Extent {
        Extent {
            allowed: self.opens.len(),
            of: self.of,
            unknown: 0,
        }
    }

    /// Why, of the first route that it opens.
    pub fn why(&self) -> String {
        self.opens
            .first()
            .map_or_else(String::new, |(_, decision)| decision.explain())
    }
}

/// Who can do something.
#[derive(Clone, Copy, Debug)]
pub enum Who<'a> {
    /// A group: whoever is in it and in no other.
    Group(&'a str),
    /// An execution role.
    Role(&'a ExecutionRole),
    /// A Studio profile, by its role.
    Profile(&'a Profile),
    /// A user.
    User(&'a User),
}

impl Who<'_> {
    /// As a principal; a user by what it is called.
    pub fn principal(&self) -> Principal {
        match self {
            Self::Group(name) => Principal::Group((*name).to_owned()),
            Self::Role(role) => Principal::Role(role.name.clone()),
            Self::Profile(profile) => Principal::Profile(profile.name.clone()),
            Self::User(user) => Principal::User(user.label().to_owned()),
        }
    }
}

/// Somebody who can do something, and by which way. Who has two ways is in it twice.
#[derive(Clone, Copy, Debug)]
pub struct Holder<'a> {
    /// Who.
    pub who: Who<'a>,
    /// The place of the way in [`Answer::ways`].
    pub way: usize,
    /// A user's groups.
    pub groups: &'a [String],
    /// The profile that lends a user its role.
    pub profile: Option<&'a Profile>,
    /// How a user stands.
    pub standing: Option<Standing>,
}

impl Holder<'_> {
    /// What is to be said of a user: through what, what counts for nothing, whether one can
    /// sign in.
    pub fn remarks(&self, house: &House<'_>) -> String {
        let mut remarks = Vec::new();
        if let Some(profile) = self.profile {
            remarks.push(format!("in Studio as {}", profile.name));
        } else {
            let ignored = house.authorizer.ignored(self.groups);
            if !ignored.is_empty() {
                remarks.push(format!("{} counts for nothing", ignored.join(", ")));
            }
        }
        let standing = self.standing.and_then(Standing::in_words);
        remarks.extend(standing.map(ToOwned::to_owned));
        remarks.join("; ")
    }
}

/// A role that can do something by a side door, and who is behind it.
#[derive(Clone, Debug)]
pub struct Around<'a> {
    /// The door.
    pub door: &'a Door,
    /// What it leads to that gives what was asked about.
    pub leads: Vec<&'a Lead>,
    /// The permissions of what was asked about that it gives.
    pub gives: Vec<&'a str>,
    /// The users whose Studio profile has the role.
    pub users: Vec<&'a User>,
}

/// Who can do something, and how.
#[derive(Clone, Debug)]
pub struct Answer<'a> {
    /// The routes that it is about, in the catalog's order.
    pub routes: Vec<&'a Route>,
    /// The ways, each once.
    pub ways: Vec<Way<'a>>,
    /// Who has them: groups, roles, profiles, then users, each kind in the order given.
    pub holders: Vec<Holder<'a>>,
    /// Who goes around.
    pub around: Vec<Around<'a>>,
    /// The names of roles that could not be judged: their documents could not be read.
    pub unread: Vec<&'a str>,
    /// How many users were looked at.
    pub users: usize,
}

impl<'a> Answer<'a> {
    /// The way that somebody has.
    pub fn way(&self, holder: &Holder<'_>) -> Option<&Way<'a>> {
        self.ways.get(holder.way)
    }

    /// How many users can, each counted once, and how many of them cannot sign in.
    pub fn count_users(&self) -> (usize, usize) {
        let (mut can, mut barred) = (0, 0);
        let mut last: Option<&User> = None;
        for holder in &self.holders {
            let Who::User(user) = holder.who else {
                continue;
            };
            // Both ways of a user stand side by side.
            if last.is_some_and(|last| std::ptr::eq(last, user)) {
                continue;
            }
            last = Some(user);
            can += 1;
            barred += usize::from(holder.standing.is_some_and(|one| !one.can_sign_in()));
        }
        (can, barred)
    }
}

impl<'a> House<'a> {
    /// Who can do something: every group, role, profile and user of whom it is known, and who
    /// can by one of these side doors.
    pub fn who_can(
        &'a self,
        what: &What,
        residents: impl IntoIterator<Item = Resident<'a>>,
        doors: &'a [Door],
    ) -> Answer<'a> {
        let mut inquiry = Inquiry::new(self, what);
        for group in self.groups {
            let way = inquiry.by_token(std::slice::from_ref(group));
            inquiry.hold(Who::Group(group), way);
        }
        for known in &self.roles {
            let way = inquiry.by_signature(known);
            inquiry.hold(Who::Role(known.role), way);
        }
        for profile in self.profiles {
            let way = self
                .role_of(profile)
                .and_then(|known| inquiry.by_signature(known));
            inquiry.hold(Who::Profile(profile), way);
        }
        inquiry.open(doors);
        for resident in residents {
            inquiry.reside(&resident);
        }
        inquiry.answer
    }
}

/// The ways that are known already, and the answer so far.
struct Inquiry<'a> {
    house: &'a House<'a>,
    answer: Answer<'a>,
    /// By a caller's groups.
    tokens: HashMap<&'a [String], Option<usize>>,
    /// By the groups that decide for a caller: most combinations come down to a few.
    deciding: HashMap<Vec<&'a str>, Option<usize>>,
    /// By a role's ARN.
    roles: HashMap<&'a str, Option<usize>>,
}

impl<'a> Inquiry<'a> {
    fn new(house: &'a House<'a>, what: &What) -> Self {
        let unread = house
            .roles
            .iter()
            .filter(|known| known.policies.is_none())
            .map(|known| known.role.name.as_str());
        Self {
            house,
            answer: Answer {
                routes: what.routes(house.catalog),
                ways: Vec::new(),
                holders: Vec::new(),
                around: Vec::new(),
                unread: unread.collect(),
                users: 0,
            },
            tokens: HashMap::new(),
            deciding: HashMap::new(),
            roles: HashMap::new(),
        }
    }

    fn hold(&mut self, who: Who<'a>, way: Option<usize>) {
        if let Some(way) = way {
            self.answer.holders.push(Holder {
                who,
                way,
                groups: &[],
                profile: None,
                standing: None,
            });
        }
    }

    fn reside(&mut self, resident: &Resident<'a>) {
        self.answer.users += 1;
        let Resident {
            user,
            groups,
            profile,
        } = *resident;
        let role = profile.and_then(|profile| self.house.role_of(profile));
        let by_token = self.by_token(groups).map(|way| (way, None));
        let signed = role.and_then(|known| self.by_signature(known));
        for (way, profile) in by_token.into_iter().chain(signed.map(|way| (way, profile))) {
            self.answer.holders.push(Holder {
                who: Who::User(user),
                way,
                groups,
                profile,
                standing: Some(Standing::of(user)),
            });
        }
        if let Some(known) = role {
            for around in &mut self.answer.around {
                if around.door.role == known.role.name {
                    around.users.push(user);
                }
            }
        }
    }

    /// The way that a token with these groups opens.
    fn by_token(&mut self, groups: &'a [String]) -> Option<usize> {
        if let Some(way) = self.tokens.get(groups) {
            return *way;
        }
        let authorizer = self.house.authorizer;
        let way = if authorizer.answer(groups).is_some() {
            self.make(Means::Token(groups), groups.join(" + "))
        } else {
            let names = authorizer.deciding(groups);
            if let Some(way) = self.deciding.get(&names) {
                *way
            } else {
                let way = self.make(Means::Token(groups), names.join(" + "));
                self.deciding.insert(names, way);
                way
            }
        };
        self.tokens.insert(groups, way);
        way
    }

    /// The way that a role's signature opens.
    fn by_signature(&mut self, known: &'a KnownRole<'a>) -> Option<usize> {
        if let Some(way) = self.roles.get(known.role.arn.as_str()) {
            return *way;
        }
        let way = self.make(Means::Signature(known), known.role.name.clone());
        self.roles.insert(&known.role.arn, way);
        way
    }

    fn make(&mut self, means: Means<'_>, through: String) -> Option<usize> {
        let scheme = means.scheme();
        let routes = &self.answer.routes;
        let of = routes.iter().filter(|route| route.scheme() == scheme);
        let decider = self.house.decider(means);
        let opens: Vec<(&'a Route, Decision)> = of
            .clone()
            .filter_map(|route| {
                let decision = decider.decide(route)?;
                decision.is_allow().then_some((*route, decision))
            })
            .collect();
        let of = of.count();
        (!opens.is_empty()).then(|| {
            self.answer.ways.push(Way {
                scheme,
                through,
                opens,
                of,
            });
            self.answer.ways.len() - 1
        })
    }

    /// Takes up the doors that lead to what was asked about.
    fn open(&mut self, doors: &'a [Door]) {
        for door in doors {
            let routes = &self.answer.routes;
            let of_any = |lead: &Lead| routes.iter().any(|route| gives(lead, route));
            let leads: Vec<&Lead> = door.leads_to.iter().filter(|lead| of_any(lead)).collect();
            if leads.is_empty() {
                continue;
            }
            let mut permissions: Vec<&str> = Vec::new();
            for route in routes {
                let name = route.permission.as_str();
                if !permissions.contains(&name) && leads.iter().any(|lead| gives(lead, route)) {
                    permissions.push(name);
                }
            }
            self.answer.around.push(Around {
                door,
                leads,
                gives: permissions,
                users: Vec::new(),
            });
        }
    }
}

/// Whether what is behind a door gives the permission of a route.
fn gives(lead: &Lead, route: &Route) -> bool {
    let mut gains = lead.gains.iter();
    gains.any(|gain| covers(gain, &route.permission))
}
