//! What is loaded, as far as decisions need it.

use crate::{
    access::{
        Api, Catalog, Effect, Method, Route,
        audit::{Authorizer, House, KnownRole, Resident, Subject},
        explain::{Explanation, declared, explain},
    },
    app::{
        inquiry::untested,
        remote::Remote,
        state::State,
        update::{people, roles},
    },
    domain::{ExecutionRole, Principal, Profile, email},
    probe::Cell,
};

/// What is loaded, as far as a question about one principal needs it.
pub(in crate::app::update) struct Facts<'a> {
    state: &'a State,
    api: Api,
    catalog: Catalog,
    groups: Vec<String>,
    roles: Vec<&'a ExecutionRole>,
}

/// The names of the pool's groups, as far as they are known.
pub(super) fn groups(state: &State) -> Vec<String> {
    let rows = state.data.groups.remote().shown();
    let rows = rows.into_iter().flat_map(|rows| rows.iter());
    let mut groups: Vec<String> = rows.map(|row| row.group.name.clone()).collect();
    groups.sort();
    groups
}

/// A route of any version of MLflow.
pub(super) fn route(method: Method, path: &str) -> Option<&'static Route> {
    Catalog::every_route().find(|route| route.method == method && route.path == path)
}

impl<'a> Facts<'a> {
    /// What a question about a principal needs: a group needs no roles, a role no other.
    pub fn of(state: &'a State, principal: &Principal) -> Self {
        let roles = state
            .data
            .execution_roles()
            .iter()
            .filter(|role| match principal {
                Principal::Group(_) | Principal::Anonymous => false,
                Principal::Role(name) => role.name == *name || role.arn == *name,
                Principal::User(_) | Principal::Profile(_) => true,
            });
        Self {
            state,
            api: roles::api(state),
            catalog: roles::catalog(state),
            groups: groups(state),
            roles: roles.collect(),
        }
    }

    fn house(&self) -> House<'_> {
        let known = self.roles.iter().map(|role| {
            let read = self.state.data.role_documents.get(&role.arn);
            (*role, read.and_then(|read| read.as_deref().ok()))
        });
        House {
            api: &self.api,
            catalog: &self.catalog,
            authorizer: Authorizer::by(self.state.data.rules.contract()),
            groups: &self.groups,
            roles: KnownRole::all(known),
            profiles: self.profiles(),
            at: self.state.now,
        }
    }

    fn profiles(&self) -> &[Profile] {
        let studio = self.state.data.studio.complete();
        studio.map_or(&[], |studio| &studio.profiles)
    }

    /// A principal as it is, or as if it were in these groups; none where too little is loaded.
    fn subject<'h>(
        &'h self,
        house: &'h House<'h>,
        principal: &Principal,
        groups: Option<&[String]>,
    ) -> Option<Subject<'h>> {
        let subject = match principal {
            Principal::User(name) => match self.resident(name) {
                Some(resident) => Subject::of_resident(house, principal.clone(), resident),
                // Of somebody unknown, groups that are supposed say enough.
                None => Subject {
                    principal: principal.clone(),
                    user: None,
                    groups: Some(groups?.to_vec().into()),
                    supposed: true,
                    profile: None,
                    role: None,
                },
            },
            other => house.subject(other)?,
        };
        Some(match groups {
            Some(groups) => subject.supposing(groups.to_vec()),
            None => subject,
        })
    }

    /// A user who is loaded, with groups and profile.
    fn resident(&self, name: &str) -> Option<Resident<'_>> {
        let data = &self.state.data;
        let Remote::Ready(users) = data.users.remote() else {
            return None;
        };
        let memberships = data.users.context();
        if !memberships.complete {
            return None;
        }
        let address = email::key(name);
        let user = users
            .value
            .iter()
            .find(|user| user.username == name || email::key(user.label()) == address)?;
        let person = people::find(self.state, &format!("user:{}", user.username));
        Some(Resident {
            user,
            groups: memberships.groups(&user.username),
            profile: person.and_then(|person| person.profile.as_ref()),
        })
    }

    /// What a principal may do, route by route; none where too little is loaded.
    pub fn cells(
        &self,
        principal: &Principal,
        groups: Option<&[String]>,
        wanted: impl Fn(&Route) -> bool,
    ) -> Option<Vec<Cell>> {
        let house = self.house();
        let subject = self.subject(&house, principal, groups)?;
        let rights = house.can(&subject, wanted);
        let cell = |(route, decision): (&Route, _)| Cell {
            principal: principal.clone(),
            expected: self.expected(&subject, route),
            predicted: decision,
            ..untested(route.scheme(), route)
        };
        Some(rights.routes.into_iter().map(cell).collect())
    }

    /// What is declared for any of the subject's groups, or for its role.
    fn expected(&self, subject: &Subject<'_>, route: &Route) -> Option<Effect> {
        let declared = declared(&self.state.data.declared, subject, route);
        if declared.iter().any(|one| one.effect == Effect::Allow) {
            return Some(Effect::Allow);
        }
        declared.first().map(|one| one.effect)
    }

    /// Why a principal may use a route or not; none where too little is loaded.
    pub fn explain(
        &self,
        principal: &Principal,
        groups: Option<&[String]>,
        (method, path): (Method, &str),
    ) -> Option<Explanation> {
        let house = self.house();
        let subject = self.subject(&house, principal, groups)?;
        let route = self
            .catalog
            .routes()
            .iter()
            .find(|route| route.method == method && route.path == path)
            .or_else(|| route(method, path))?;
        subject
            .schemes()
            .contains(&route.scheme())
            .then(|| explain(&house, &self.state.data.declared, &subject, route))
    }
}
