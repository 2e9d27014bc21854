//! A pack as one page that stands by itself: no other file, nothing from the network, readable
//! without its script. What it shows is written from the data that it carries, so that both can
//! be compared.

mod access;
mod ending;
mod markup;

use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

use self::markup::{Markup, in_script};
use super::{
    pack::{Mark, Reviewed, Sealed},
    signs,
};
use crate::domain::Failure;

const STYLE: &str = include_str!("html/style.css");
const SCRIPT: &str = include_str!("html/script.js");
/// What stands before the data.
const DATA: &str = "<script type=\"application/json\" id=\"pack\">";
/// What stands after it.
const END: &str = "</script>";
/// The parts of the page, by their ids.
const PARTS: [(&str, &str); 10] = [
    ("scope", "Scope"),
    ("numbers", "In numbers"),
    ("method", "Method"),
    ("people", "People"),
    ("access", "Access levels"),
    ("side-doors", "Side doors"),
    ("findings", "Findings"),
    ("limits", "What was not looked at"),
    ("decisions", "Decisions"),
    ("digest", "Digest"),
];

/// The pack as a page.
///
/// # Errors
/// As of [`super::Pack::seal`].
pub fn to_html(sealed: &Sealed) -> Result<String, Failure> {
    let data = in_script(&sealed.to_json()?.to_string());
    let title = format!("Access review {}", sealed.pack.context.name);
    let mut page = Markup::default();
    page.raw("<!DOCTYPE html>\n");
    page.element("html", &[("lang", "en")], |page| {
        head(page, &title);
        page.newline();
        page.element("body", &[], |page| {
            top(page, sealed, &title);
            page.element("main", &[], |page| body(page, sealed));
            page.newline();
            page.raw(DATA);
            page.raw(&data);
            page.raw(END);
            page.newline();
            page.element("script", &[], |page| page.raw(SCRIPT));
        });
    });
    page.newline();
    Ok(page.finish())
}

/// The data of a page; none where it does not have exactly one block of it.
pub fn data_of(page: &str) -> Option<&str> {
    let mut blocks = page.split(DATA).skip(1);
    let block = blocks.next()?;
    if blocks.next().is_some() {
        return None;
    }
    block.split_once(END).map(|(data, _)| data)
}

fn head(page: &mut Markup, title: &str) {
    let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
    let rule = format!(
        "default-src 'none'; style-src {}; script-src {}; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    );
    page.element("head", &[], |page| {
        page.void("meta", &[("charset", "utf-8")]);
        let policy = [
            ("http-equiv", "Content-Security-Policy"),
            ("content", rule.as_str()),
        ];
        page.void("meta", &policy);
        page.void(
            "meta",
            &[("name", "viewport"), ("content", "width=device-width")],
        );
        page.void("meta", &[("name", "referrer"), ("content", "no-referrer")]);
        page.leaf("title", &[], title);
        page.element("style", &[], |page| page.raw(STYLE));
    });
}

fn top(page: &mut Markup, sealed: &Sealed, title: &str) {
    page.element("header", &[], |page| {
        page.leaf("h1", &[], title);
        page.element("p", &[("class", "soft")], |page| {
            page.text("Who can do what in MLflow behind Amazon API Gateway, as of ");
            page.text(&signs::time(sealed.pack.run.finished_at));
            page.text(". sha256 ");
            page.leaf("code", &[], &sealed.digests.all);
        });
        page.element("nav", &[("aria-label", "Parts")], |page| {
            page.element("ul", &[], |page| {
                for (id, name) in PARTS {
                    page.element("li", &[], |page| {
                        page.leaf("a", &[("href", &format!("#{id}"))], name);
                    });
                }
            });
        });
    });
}

fn body(page: &mut Markup, sealed: &Sealed) {
    let pack = &sealed.pack;
    for (id, name) in PARTS {
        page.newline();
        page.element("section", &[("aria-labelledby", id)], |page| {
            page.leaf("h2", &[("id", id)], name);
            match id {
                "scope" => {
                    let scope = pack.context.items();
                    let scope = scope
                        .iter()
                        .map(|(name, value)| (*name, (*value).to_owned()));
                    facts(page, scope.chain(signs::about(pack)));
                }
                "numbers" => {
                    let numbers = signs::numbers(pack);
                    facts(
                        page,
                        numbers
                            .iter()
                            .map(|(name, number)| (name.as_str(), number.clone())),
                    );
                }
                "method" => page.element("dl", &[], |page| {
                    for term in &pack.method {
                        page.leaf("dt", &[], &term.word);
                        page.leaf("dd", &[], &term.meaning);
                    }
                }),
                "people" => people(page, sealed),
                "access" => access::levels(page, pack),
                "side-doors" => ending::findings(page, &pack.side_doors),
                "findings" => ending::findings(page, &pack.findings),
                "limits" => list(page, &pack.limits),
                "decisions" => ending::decisions(page, pack),
                _ => ending::digests(page, sealed),
            }
        });
    }
}

/// A table of names and values.
fn facts<'a>(page: &mut Markup, rows: impl Iterator<Item = (&'a str, String)>) {
    page.element("table", &[("class", "facts")], |page| {
        page.element("tbody", &[], |page| {
            for (name, value) in rows {
                page.element("tr", &[], |page| {
                    page.leaf("th", &[("scope", "row")], name);
                    page.leaf("td", &[], &value);
                });
            }
        });
    });
}

fn list(page: &mut Markup, items: &[String]) {
    page.element("ul", &[], |page| {
        for item in items {
            page.leaf("li", &[], item);
        }
    });
}

/// The head of a table.
fn columns(page: &mut Markup, names: &[&str]) {
    page.element("thead", &[], |page| {
        page.element("tr", &[], |page| {
            for name in names {
                page.leaf("th", &[("scope", "col")], name);
            }
        });
    });
}

fn people(page: &mut Markup, sealed: &Sealed) {
    let pack = &sealed.pack;
    page.element("div", &[("class", "wide")], |page| {
        page.element("table", &[("id", "people-table")], |page| {
            page.leaf(
                "caption",
                &[],
                "Everybody with a user in the pool, and every Studio profile that is nobody's",
            );
            columns(
                page,
                &[
                    "Person",
                    "Status",
                    "May sign in",
                    "Groups",
                    "Acts as in MLflow",
                    "Studio profile and role",
                    "Last changed",
                    "Look twice",
                ],
            );
            page.element("tbody", &[], |page| {
                for one in &pack.people {
                    page.newline();
                    page.element("tr", &[], |page| person(page, one, pack));
                }
            });
        });
    });
}

fn person(page: &mut Markup, person: &Reviewed, pack: &super::Pack) {
    page.element("th", &[("scope", "row")], |page| {
        page.text(&person.person);
        let other = person
            .username
            .as_ref()
            .filter(|name| **name != person.person);
        if let Some(name) = other {
            page.element("div", &[("class", "soft mono")], |page| page.text(name));
        }
    });
    page.element("td", &[], |page| {
        page.text(person.status.as_deref().unwrap_or_default());
        if let Some(provider) = &person.identity_provider {
            page.element("div", &[("class", "soft")], |page| {
                page.text("by ");
                page.text(provider);
            });
        }
    });
    page.leaf("td", &[], signs::may_sign_in(person));
    page.leaf("td", &[], &person.groups.join(", "));
    page.element("td", &[], |page| {
        page.text(signs::acts_as(person));
        for principal in &person.access {
            let at = pack
                .access
                .iter()
                .position(|one| one.principal == *principal);
            if let Some(at) = at {
                let href = format!("#level-{at}");
                page.element("div", &[], |page| {
                    page.leaf("a", &[("href", &href)], &signs::short(principal));
                });
            }
        }
    });
    page.element("td", &[], |page| {
        page.text(person.profile.as_deref().unwrap_or_default());
        if let Some(role) = &person.execution_role {
            page.leaf("div", &[("class", "soft mono")], signs::role_name(role));
        }
        if person.running_apps > 0 {
            page.leaf(
                "div",
                &[],
                &format!("apps that run: {}", person.running_apps),
            );
        }
    });
    page.leaf(
        "td",
        &[("class", "time")],
        &signs::some_time(person.changed_at),
    );
    page.element("td", &[], |page| {
        for mark in &person.marks {
            let class = if matches!(mark, Mark::Disabled | Mark::Invited) {
                "mark"
            } else {
                "mark look"
            };
            page.leaf("span", &[("class", class)], mark.as_str());
        }
        for note in &person.notes {
            page.leaf("div", &[("class", "soft")], note);
        }
    });
}

#[cfg(test)]
mod tests;
