//! `mlwarden why`: why a principal may or may not use a route, and what would turn it around.

use serde_json::{Value, json};

use super::{
    OK,
    args::{Global, Output, Why},
    can::{cell_values, cells, remark, subject_value},
    known::{Known, check_scheme, no_route},
    output::{self, Listing},
    session::Session,
};
use crate::{
    access::{
        audit::What,
        explain::{Explanation, explain},
    },
    domain::Failure,
};

/// Explains.
pub(super) async fn run(global: &Global, arguments: Why) -> Result<u8, Failure> {
    let what: What = arguments.what.join(" ").parse().map_err(|error| {
        Failure::invalid("reading what is asked about", error)
            .advise("write METHOD PATH, or a permission")
    })?;
    let session = Session::open(global).await?;
    let matrix = session.effective.matrix(global)?;
    let known = Box::pin(Known::of(&session, &arguments.principal)).await?;
    let house = known.house();
    let subject = known.subject(&house, &arguments.principal, arguments.groups.as_deref())?;
    let asked = what.routes(&known.catalog);
    let mut routes = asked.clone();
    routes.retain(|route| subject.schemes().contains(&route.scheme()));
    match (asked.first(), routes.is_empty()) {
        (None, _) => return Err(no_route(what.as_str())),
        (Some(route), true) => check_scheme(&subject, route)?,
        _ => {}
    }
    if !what.is_route() {
        // A permission has many routes: each in brief.
        let rights = house.can(&subject, |route| what.is_about(route));
        remark(&subject);
        if global.output == Output::Json {
            let cells = cell_values(&arguments.principal, &rights);
            let subject = subject_value(&subject);
            output::objects(session.context(), [("subject", subject), ("cells", cells)])?;
        } else {
            cells(&session, &arguments.principal, &rights).print(global.output)?;
        }
        return Ok(OK);
    }
    let explanations: Vec<Explanation> = routes
        .into_iter()
        .map(|route| explain(&house, &matrix, &subject, route))
        .collect();
    remark(&subject);
    if global.output == Output::Json {
        output::objects(
            session.context(),
            [
                ("subject", subject_value(&subject)),
                ("cells", explanations.iter().map(cell).collect()),
                ("explanations", json!(explanations)),
            ],
        )?;
    } else {
        listing(&session, &explanations).print(global.output)?;
    }
    Ok(OK)
}

fn cell(one: &Explanation) -> Value {
    json!({
        "principal": one.principal, "scheme": one.scheme, "permission": one.permission,
        "method": one.method, "path": one.path,
        "predicted": one.decision.as_ref().map(|decision| decision.effect),
        "decision": one.decision,
    })
}

/// The chain link by link, the answer, what is declared, and what would turn it around.
fn listing(session: &Session, explanations: &[Explanation]) -> Listing<'static> {
    let mut rows = Vec::new();
    for one in explanations {
        let mut row = |link: &str, name: &str, says: &str| {
            rows.push(vec![link.to_owned(), name.to_owned(), says.to_owned()]);
        };
        let route = format!("{} {}", one.method, one.path);
        row(
            "route",
            &route,
            &format!("{}, {}", one.permission, one.scheme),
        );
        for link in &one.links {
            row(link.kind.as_str(), &link.name, &link.says);
        }
        row("answer", &one.principal.to_string(), &one.answer());
        for declared in &one.declared {
            let says = format!("{}: {}", declared.effect, declared.says);
            row("declared", &declared.of.to_string(), &says);
        }
        if one.declared.is_empty() {
            row("declared", "nothing", "it stands in no row of the matrix");
        }
        for flip in &one.flips {
            row("to change it", &flip.text, &flip.outcome());
        }
    }
    Listing {
        noun: "explanations",
        context: session.context(),
        columns: &["link", "name", "says"],
        rows,
        values: Vec::new(),
    }
}
