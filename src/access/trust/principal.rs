//! The principals of a trust statement, and the caller they are compared with.

use serde_json::Value;

use crate::access::policy::statement::list;

/// Whom a statement is about.
pub(super) enum Principals {
    /// These.
    Only(Vec<Trusted>),
    /// Everybody but these.
    Except(Vec<Trusted>),
}

/// One principal of a statement.
#[derive(Clone, Debug)]
pub(super) struct Trusted {
    /// As written.
    pub text: String,
    /// Every principal of an account (or of all) is meant, so that each still needs a
    /// right of its own.
    pub whole_account: bool,
    who: Who,
}

#[derive(Clone, Debug)]
enum Who {
    Everybody,
    EverybodyBut,
    Account(String),
    Arn(String),
    /// A service, an identity provider, or a principal that was deleted: never a caller.
    Nobody,
}

/// Who is calling.
pub(super) struct Caller<'a> {
    arn: &'a str,
    account: &'a str,
    /// The role whose session it is.
    session_of: Option<&'a str>,
}

impl<'a> Caller<'a> {
    /// From the ARN that STS gives; `account` where the ARN names none.
    pub fn new(arn: &'a str, account: &'a str) -> Self {
        let named = arn.split(':').nth(4).filter(|named| !named.is_empty());
        let session_of = arn
            .splitn(6, ':')
            .nth(5)
            .and_then(|resource| resource.strip_prefix("assumed-role/"))
            .and_then(|rest| rest.split('/').next());
        Self {
            arn,
            account: named.unwrap_or(account),
            session_of,
        }
    }
}

impl Principals {
    /// Reads `Principal` or `NotPrincipal`; the error says why AWS would refuse it.
    pub fn read(statement: &Value) -> Result<Self, String> {
        match (statement.get("Principal"), statement.get("NotPrincipal")) {
            (Some(value), None) => read("Principal", value).map(Self::Only),
            (None, Some(value)) => read("NotPrincipal", value).map(Self::Except),
            (None, None) => Err("it has no Principal".to_owned()),
            (Some(_), Some(_)) => Err("it has both Principal and NotPrincipal".to_owned()),
        }
    }

    /// The principal that makes the statement apply to the caller.
    pub fn covers(&self, caller: &Caller<'_>) -> Option<Trusted> {
        match self {
            Self::Only(trusted) => trusted
                .iter()
                .find(|trusted| trusted.is(caller) || trusted.is_role_of(caller))
                .cloned(),
            // A session is excepted only where it is named itself, not by its role.
            Self::Except(trusted) => {
                let excepted = trusted.iter().any(|trusted| trusted.is(caller));
                (!excepted).then(Trusted::everybody_but)
            }
        }
    }
}

impl Trusted {
    /// What stands for a `NotPrincipal`.
    pub fn everybody_but() -> Self {
        Self {
            text: "NotPrincipal".to_owned(),
            whole_account: true,
            who: Who::EverybodyBut,
        }
    }

    /// As a person would say it.
    pub fn in_words(&self) -> String {
        match &self.who {
            Who::Everybody => "everybody".to_owned(),
            Who::EverybodyBut => "everybody but a few".to_owned(),
            Who::Account(account) => format!("account {account}"),
            Who::Arn(_) | Who::Nobody => self.text.clone(),
        }
    }

    fn is(&self, caller: &Caller<'_>) -> bool {
        match &self.who {
            Who::Everybody | Who::EverybodyBut => true,
            Who::Account(account) => account == caller.account,
            Who::Arn(arn) => arn == caller.arn,
            Who::Nobody => false,
        }
    }

    /// Whether this is the role whose session is calling. A session's ARN has no path.
    fn is_role_of(&self, caller: &Caller<'_>) -> bool {
        let (Who::Arn(arn), Some(role)) = (&self.who, caller.session_of) else {
            return false;
        };
        arn.split(':').nth(4) == Some(caller.account)
            && arn
                .splitn(6, ':')
                .nth(5)
                .and_then(|resource| resource.strip_prefix("role/"))
                .and_then(|path| path.rsplit('/').next())
                == Some(role)
    }
}

fn read(key: &str, value: &Value) -> Result<Vec<Trusted>, String> {
    match value {
        Value::String(text) if text == "*" => Ok(vec![everybody()]),
        Value::Object(kinds) if !kinds.is_empty() => {
            let mut all = Vec::new();
            for (kind, names) in kinds {
                for name in list(key, names)? {
                    all.push(one(kind, name)?);
                }
            }
            Ok(all)
        }
        _ => Err(format!("{key} is neither \"*\" nor an object")),
    }
}

fn one(kind: &str, name: &str) -> Result<Trusted, String> {
    let nobody = || Trusted {
        text: name.to_owned(),
        whole_account: false,
        who: Who::Nobody,
    };
    match kind {
        "AWS" if name == "*" => Ok(everybody()),
        "AWS" if name.contains(['*', '?']) => {
            Err(format!("the principal {name} has a wildcard in it"))
        }
        "AWS" => {
            let account = name
                .strip_suffix(":root")
                .and_then(|arn| arn.split(':').nth(4))
                .or_else(|| is_account(name).then_some(name));
            Ok(match account {
                Some(account) => Trusted {
                    text: name.to_owned(),
                    whole_account: true,
                    who: Who::Account(account.to_owned()),
                },
                None if name.starts_with("arn:") => Trusted {
                    text: name.to_owned(),
                    whole_account: false,
                    who: Who::Arn(name.to_owned()),
                },
                None => nobody(),
            })
        }
        "Service" | "Federated" | "CanonicalUser" => Ok(nobody()),
        _ => Err(format!("{kind} is no kind of principal")),
    }
}

fn everybody() -> Trusted {
    Trusted {
        text: "*".to_owned(),
        whole_account: true,
        who: Who::Everybody,
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}
