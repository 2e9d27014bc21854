//! `mlwarden who-can`: everybody who can do something, and how.

use serde_json::{Value, json};

use super::{
    args::{Global, Output, WhoCan},
    known::{Known, no_route},
    output::{self, Listing},
    session::Session,
};
use crate::{
    access::audit::{Answer, Around, Holder, House, Way, Who},
    domain::{Failure, role::short_name},
};

/// How many users a table lists where nothing else is said.
const LISTED: usize = 50;

/// Tells who can.
pub(super) async fn run(global: &Global, arguments: WhoCan) -> Result<u8, Failure> {
    let session = Session::open(global).await?;
    let matrix = session.effective.matrix(global)?;
    let known = Box::pin(Known::everybody(&session, !arguments.no_users)).await?;
    let house = known.house();
    let doors = known.side_doors(&session, &matrix);
    let mut answer = house.who_can(&arguments.what, known.residents(), &doors);
    if answer.routes.is_empty() {
        return Err(no_route(arguments.what.as_str()));
    }
    if arguments.users {
        answer
            .holders
            .retain(|holder| matches!(holder.who, Who::User(_)));
    }
    say(&answer, arguments.no_users);
    let limit = arguments.limit.unwrap_or(match global.output {
        Output::Table | Output::Md => LISTED,
        _ => 0,
    });
    let told = Told::of(&house, &answer, limit);
    if global.output == Output::Json {
        return output::objects(session.context(), told.objects(arguments.what.as_str()));
    }
    told.listing(&session).print(global.output)
}

/// Sums it up, beside the data.
fn say(answer: &Answer<'_>, no_users: bool) {
    for role in &answer.unread {
        output::note(&format!(
            "· role:{role} may be able to as well: it could not be read"
        ));
    }
    if !no_users {
        let (can, barred) = answer.count_users();
        let barred = match barred {
            0 => String::new(),
            barred => format!(", {barred} of them cannot sign in"),
        };
        output::note(&format!("· {can} of {} users can{barred}", answer.users));
    }
}

/// What is told: the answer, and how many users of it.
struct Told<'t, 'a> {
    house: &'t House<'a>,
    answer: &'t Answer<'a>,
    shown: Vec<&'t Holder<'a>>,
}

impl<'t, 'a> Told<'t, 'a> {
    fn of(house: &'t House<'a>, answer: &'t Answer<'a>, limit: usize) -> Self {
        let mut users = 0;
        let mut last = None;
        let shown = answer.holders.iter().filter(|holder| {
            let Who::User(user) = holder.who else {
                return true;
            };
            // Both ways of a user count once.
            if last.is_none_or(|last| !std::ptr::eq(last, user)) {
                last = Some(user);
                users += 1;
            }
            limit == 0 || users <= limit
        });
        let shown: Vec<_> = shown.collect();
        if limit > 0 && users > limit {
            output::note(&format!(
                "· {limit} users are listed, and {} more can: --limit 0 lists all",
                users - limit
            ));
        }
        Self {
            house,
            answer,
            shown,
        }
    }

    fn listing(&self, session: &Session) -> Listing<'static> {
        let of_holder = |holder: &&Holder<'a>| {
            let way = self.answer.way(holder)?;
            Some(vec![
                holder.who.principal().to_string(),
                way.scheme.to_string(),
                short_name(&way.through).to_owned(),
                routes(way),
                way.why(),
                holder.remarks(self.house),
            ])
        };
        let of_door = |around: &Around<'_>| {
            vec![
                format!("role:{}", around.door.role),
                format!("side door ({})", around.door.kind),
                leads(around),
                around.gives.join(", "),
                around.door.path.clone(),
                behind(around),
            ]
        };
        let rows = self.shown.iter().filter_map(of_holder);
        Listing {
            noun: "holders",
            context: session.context(),
            columns: &["who", "scheme", "through", "routes", "by", "remarks"],
            rows: rows.chain(self.answer.around.iter().map(of_door)).collect(),
            values: Vec::new(),
        }
    }

    /// As JSON: the routes asked about, the cells of groups and roles as `can` has them, then
    /// everybody with the ways, and the side doors.
    fn objects(&self, what: &str) -> Vec<(&'static str, Value)> {
        let (can, barred) = self.answer.count_users();
        let route = |route: &&crate::access::Route| {
            json!({
                "scheme": route.scheme(), "permission": route.permission,
                "method": route.method, "path": route.path,
            })
        };
        vec![
            ("what", json!(what)),
            (
                "summary",
                json!({
                    "routes": self.answer.routes.len(), "ways": self.answer.ways.len(),
                    "users": self.answer.users, "users_who_can": can,
                    "users_who_cannot_sign_in": barred, "side_doors": self.answer.around.len(),
                    "unread_roles": self.answer.unread,
                }),
            ),
            ("routes", self.answer.routes.iter().map(route).collect()),
            ("cells", self.cells()),
            ("ways", self.answer.ways.iter().map(way).collect()),
            (
                "holders",
                self.shown
                    .iter()
                    .map(|holder| self.holder(holder))
                    .collect(),
            ),
            ("side_doors", self.answer.around.iter().map(door).collect()),
        ]
    }

    fn cells(&self) -> Value {
        let holders = self.shown.iter();
        let shared = holders.filter(|holder| matches!(holder.who, Who::Group(_) | Who::Role(_)));
        shared
            .filter_map(|holder| Some((holder.who.principal(), self.answer.way(holder)?)))
            .flat_map(|(principal, way)| {
                way.opens.iter().map(move |(route, decision)| {
                    json!({
                        "principal": principal, "scheme": way.scheme,
                        "permission": route.permission, "method": route.method,
                        "path": route.path, "predicted": decision.effect, "decision": decision,
                    })
                })
            })
            .collect()
    }

    fn holder(&self, holder: &Holder<'_>) -> Value {
        let way = self.answer.way(holder);
        let mut value = json!({
            "principal": holder.who.principal(),
            "way": holder.way,
            "scheme": way.map(|way| way.scheme),
            "through": way.map(|way| &way.through),
            "all": way.is_some_and(|way| way.extent().is_all()),
        });
        if let (Who::User(user), Some(fields)) = (holder.who, value.as_object_mut()) {
            fields.insert("username".to_owned(), json!(user.username));
            fields.insert("groups".to_owned(), json!(holder.groups));
            let ignored = self.house.authorizer.ignored(holder.groups);
            fields.insert("groups_that_count_for_nothing".to_owned(), json!(ignored));
            let profile = holder.profile.map(|profile| &profile.name);
            fields.insert("profile".to_owned(), json!(profile));
            fields.insert("standing".to_owned(), json!(holder.standing));
        }
        value
    }
}

fn way(way: &Way<'_>) -> Value {
    let opens = way.opens.iter().map(|(route, decision)| {
        json!({
            "permission": route.permission, "method": route.method, "path": route.path,
            "decision": decision,
        })
    });
    json!({
        "scheme": way.scheme, "through": way.through, "extent": way.extent(),
        "opens": opens.collect::<Value>(),
    })
}

fn door(around: &Around<'_>) -> Value {
    let users: Vec<&str> = around.users.iter().map(|user| user.label()).collect();
    json!({
        "role": around.door.role, "path": around.door.path, "leads_to": around.leads,
        "gives": around.gives, "doubt": around.door.doubt(), "kind": around.door.kind,
        "severity": around.door.severity, "opened_by": around.door.opened_by, "users": users,
    })
}

/// How many routes a way opens, and which where they are not all: `all 2`, `1 of 3: POST /…`.
fn routes(way: &Way<'_>) -> String {
    let extent = way.extent();
    if extent.is_all() {
        return match way.opens.as_slice() {
            [(route, _)] => format!("{} {}", route.method, route.path),
            opens => format!("all {}", opens.len()),
        };
    }
    let named = way
        .opens
        .iter()
        .take(3)
        .map(|(route, _)| format!("{} {}", route.method, route.operation()));
    let mut text = format!("{extent}: {}", named.collect::<Vec<_>>().join(", "));
    if way.opens.len() > 3 {
        text.push_str(", …");
    }
    text
}

/// What a door leads to, one a line; of many the first ones.
fn leads(around: &Around<'_>) -> String {
    const NAMED: usize = 3;
    let named = around.leads.iter().take(NAMED);
    let mut lines: Vec<String> = named
        .map(|lead| match lead.to.split_once(':') {
            Some((kind, name)) => format!("{kind}:{}", short_name(name)),
            None => lead.to.clone(),
        })
        .collect();
    match around.leads.len().saturating_sub(NAMED) {
        0 => {}
        more => lines.push(format!("and {more} more")),
    }
    lines.join("\n")
}

/// Who is behind a door.
fn behind(around: &Around<'_>) -> String {
    let users = match around.users.as_slice() {
        [] => "no user has a profile with this role".to_owned(),
        [one] => format!("open to {}", one.label()),
        [one, two] => format!("open to {} and {}", one.label(), two.label()),
        [one, two, rest @ ..] => format!(
            "open to {}, {} and {} more",
            one.label(),
            two.label(),
            rest.len()
        ),
    };
    match around.door.doubt() {
        Some(doubt) => format!("{users}; {doubt}"),
        None => users,
    }
}
