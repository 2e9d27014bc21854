//! Who can do something, asked about everybody: to be answered off the UI task where there are
//! many.

use std::sync::Arc;

use jiff::Timestamp;

use super::{
    lists::{CellRow, PersonRow, Together},
    table::Rows,
};
use crate::{
    access::{
        Api, Catalog, Contract, Effect, Matrix, Route,
        audit::{Around, Authorizer, Holder, House, KnownRole, Resident, Way, What, Who},
        door::{self, Door, Site},
    },
    domain::{AuthScheme, ExecutionRole, Principal, Role},
    probe::{Cell, Verdict},
};

/// The question with everything that its answer rests on, as of one moment.
#[derive(Clone, Debug)]
pub struct Inquiry {
    /// What is asked about.
    pub what: What,
    /// The people, put together; nobody where that was not done yet.
    pub people: Rows<PersonRow>,
    /// The names of the pool's groups.
    pub groups: Vec<String>,
    /// The execution roles.
    pub roles: Vec<ExecutionRole>,
    /// Those of them that were read.
    pub documents: Vec<Role>,
    /// What is declared.
    pub matrix: Matrix,
    /// What the authorizer goes by.
    pub contract: Contract,
    /// The protected API.
    pub api: Api,
    /// The routes of its MLflow.
    pub catalog: Catalog,
    /// What the side doors lead to.
    pub site: Site,
    /// When.
    pub at: Timestamp,
}

impl Inquiry {
    /// The people who can, and the side doors, as rows.
    pub fn answer(&self) -> Vec<CellRow> {
        let house = House {
            api: &self.api,
            catalog: &self.catalog,
            authorizer: Authorizer::by(&self.contract),
            groups: &self.groups,
            roles: KnownRole::all(self.roles.iter().map(|role| {
                let documents = self.documents.iter().find(|one| one.arn == role.arn);
                (role, documents)
            })),
            profiles: &[],
            at: self.at,
        };
        let doors = self.doors();
        let residents = self.people.iter().filter_map(|row| {
            let person = &row.person;
            Some(Resident {
                user: person.user.as_deref()?,
                groups: &person.groups,
                profile: person.profile.as_ref(),
            })
        });
        let answer = house.who_can(&self.what, residents, &doors);
        // Whoever comes by the same way shares its cell.
        let cells: Vec<Option<Arc<Cell>>> = answer
            .ways
            .iter()
            .map(|way| self.cell(way).map(Arc::new))
            .collect();
        let of_user = |holder: &Holder<'_>| {
            let Who::User(user) = holder.who else {
                return None;
            };
            let way = answer.way(holder)?;
            let together = Together {
                allowed: way.opens.len(),
                of: way.of,
                remarks: holder.remarks(&house),
                is_around: false,
            };
            let cell = cells.get(holder.way)?.clone()?;
            let principal = Principal::User(user.label().to_owned());
            Some(CellRow::shared(&principal, cell, together))
        };
        let users = answer.holders.iter().filter_map(of_user);
        let around = answer.around.iter().filter_map(|around| {
            let route = answer.routes.first()?;
            Some(Self::around(around, route))
        });
        users.chain(around).collect()
    }

    /// The side doors of the roles that were read.
    fn doors(&self) -> Vec<Door> {
        let read = self.roles.iter().filter_map(|role| {
            let documents = self.documents.iter().find(|one| one.arn == role.arn)?;
            Some((role.clone(), documents.clone()))
        });
        let site = self.site.clone();
        let house = door::House::new(site, read, &self.matrix, &self.contract, &self.catalog);
        let of_each = house.residents.iter();
        of_each
            .flat_map(|resident| door::doors(&house, resident))
            .collect()
    }

    /// A way as the cell of whoever lends it: a group, or a role.
    fn cell(&self, way: &Way<'_>) -> Option<Cell> {
        let (route, decision) = way.opens.first()?;
        let expected = match way.scheme {
            AuthScheme::Bearer => {
                let groups = way.through.split(" + ").map(ToOwned::to_owned);
                self.expected(groups.map(Principal::Group), route)
            }
            AuthScheme::SigV4 => self.expected([Principal::Role(way.through.clone())], route),
        };
        let principal = match way.scheme {
            AuthScheme::Bearer => Principal::Group(way.through.replace(" + ", " ")),
            AuthScheme::SigV4 => Principal::Role(way.through.clone()),
        };
        Some(Cell {
            principal,
            expected,
            predicted: Some(decision.clone()),
            ..untested(way.scheme, route)
        })
    }

    /// What is declared for any of these.
    fn expected(
        &self,
        principals: impl IntoIterator<Item = Principal>,
        route: &Route,
    ) -> Option<Effect> {
        let declared = principals
            .into_iter()
            .filter_map(|one| self.matrix.expected(&one, &self.roles, route));
        let declared: Vec<Effect> = declared.collect();
        if declared.contains(&Effect::Allow) {
            return Some(Effect::Allow);
        }
        declared.first().copied()
    }

    fn around(around: &Around<'_>, route: &Route) -> CellRow {
        let principal = Principal::Role(around.door.role.clone());
        let leads: Vec<&str> = around.leads.iter().map(|lead| lead.to.as_str()).collect();
        let remarks = format!(
            "{}: it leads to {}; {} have this role",
            around.door.path,
            leads.join(", "),
            match around.users.len() {
                1 => "1 user".to_owned(),
                users => format!("{users} users"),
            }
        );
        let cell = Cell {
            principal: principal.clone(),
            permission: around.gives.join(", "),
            path: leads.join(", "),
            ..untested(AuthScheme::SigV4, route)
        };
        CellRow::shared(
            &principal,
            Arc::new(cell),
            Together {
                allowed: 0,
                of: 0,
                remarks,
                is_around: true,
            },
        )
    }
}

/// A cell of which nothing but its route is known.
pub(super) fn untested(scheme: AuthScheme, route: &Route) -> Cell {
    Cell {
        principal: Principal::Anonymous,
        scheme,
        permission: route.permission.clone(),
        method: route.method,
        path: route.path.clone(),
        expected: None,
        predicted: None,
        observed: None,
        verdict: Verdict::Inconclusive,
        reason: "predicted only".to_owned(),
    }
}
