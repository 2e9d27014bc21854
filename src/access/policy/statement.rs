//! Documents and statements: read once, so that evaluating them is cheap.

use serde_json::{Map, Value};

use super::{
    AccessRequest, Context, PartialContext,
    condition::{self, Condition, Fit},
    glob::{Case, Pattern, Syntax},
    json,
};
use crate::access::Effect;

/// What kind of policy a statement stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::access) enum Flavor {
    /// Attached to an identity, or returned by an authorizer: has resources, no principal.
    Identity,
    /// A role's trust policy: has principals, no resource.
    Trust,
}

/// A document's statements, not yet compiled.
#[derive(Debug)]
pub(in crate::access) struct Document {
    /// The statements in order; a single one may stand without a list.
    pub statements: Vec<Value>,
    /// Whether `${…}` is a variable: only in the policy language of 2012-10-17.
    pub variables: bool,
    /// What is wrong with the document as a whole, although its statements can be read.
    pub fault: Option<String>,
}

impl Document {
    /// Reads a document; the error says why AWS would refuse it.
    pub fn read(text: &str) -> Result<Self, String> {
        let Value::Object(mut document) = json::read(text)? else {
            return Err("it is not a JSON object".to_owned());
        };
        let statements = match document.remove("Statement") {
            Some(Value::Array(statements)) => statements,
            Some(statement @ Value::Object(_)) => vec![statement],
            Some(_) => return Err("its Statement is neither an object nor a list".to_owned()),
            None => return Err("it has no Statement".to_owned()),
        };
        let (variables, mut fault) = match document.get("Version") {
            None => (false, None),
            Some(Value::String(version)) if version == "2012-10-17" => (true, None),
            Some(Value::String(version)) if version == "2008-10-17" => (false, None),
            Some(version) => (
                false,
                Some(format!("Version {version} is no policy language")),
            ),
        };
        if let Some(unknown) = document
            .keys()
            .find(|key| !matches!(key.as_str(), "Version" | "Id"))
        {
            fault.get_or_insert_with(|| format!("{unknown} is no element of a policy"));
        }
        Ok(Self {
            statements,
            variables,
            fault,
        })
    }
}

/// A compiled statement.
#[derive(Clone, Debug)]
pub(in crate::access) struct Statement {
    /// Its place in the document, from 0.
    pub index: usize,
    /// Its `Sid`.
    pub sid: Option<String>,
    /// What it does.
    pub effect: Effect,
    /// The statement as compact JSON.
    pub text: String,
    /// Why a deny had to be taken at its worst.
    pub fault: Option<String>,
    actions: Actions,
    resources: Resources,
    conditions: Vec<Condition>,
}

/// That a statement applies, or may apply.
#[derive(Clone, Debug)]
pub(in crate::access) struct Match<'a> {
    /// The resource pattern that matched.
    pub pattern: &'a str,
    /// The condition keys whose values would have to be known; empty where it applies for certain.
    pub unknown: Vec<&'a str>,
}

impl Match<'_> {
    /// Whether the statement applies whatever the unknown keys are.
    pub fn is_certain(&self) -> bool {
        self.unknown.is_empty()
    }
}

#[derive(Clone, Debug)]
enum Actions {
    Only {
        /// The services that the patterns name, in lower case; none where one is a glob.
        services: Option<Vec<String>>,
        patterns: Vec<Pattern>,
    },
    Except(Vec<Pattern>),
    /// Unknown: taken as any.
    Any,
}

#[derive(Clone, Debug)]
enum Resources {
    Only(Vec<Pattern>),
    Except {
        patterns: Vec<Pattern>,
        text: String,
    },
    /// None given, or unknown: taken as any.
    Any,
}

impl Statement {
    /// Compiles one statement. What cannot be used is pushed to `faults`; then an Allow is
    /// dropped, and a Deny (or an unknown effect) is kept with every unusable part taken as
    /// matching, so that it denies at least what AWS could make of it. A statement that lists
    /// no action or no resource has no effect, whichever it is.
    pub fn compile(
        value: &Value,
        index: usize,
        document: &Document,
        flavor: Flavor,
        faults: &mut Vec<String>,
    ) -> Option<Self> {
        let Value::Object(elements) = value else {
            faults.push("the statement is not an object".to_owned());
            return None;
        };
        if flavor == Flavor::Identity
            && let Some(key) = empty_list(elements)
        {
            faults.push(format!(
                "{key} is an empty list: the statement has no effect"
            ));
            return None;
        }
        let before = faults.len();
        faults.extend(document.fault.clone());
        check_elements(elements, flavor, faults);
        let effect = effect(elements, faults);
        let actions = actions(elements).unwrap_or_else(|fault| {
            faults.push(fault);
            Actions::Any
        });
        let resources = match flavor {
            Flavor::Trust => Resources::Any,
            Flavor::Identity => resources(elements, document.variables).unwrap_or_else(|fault| {
                faults.push(fault);
                Resources::Any
            }),
        };
        let conditions = elements
            .get("Condition")
            .map(|value| condition::compile(value, document.variables, faults))
            .unwrap_or_default();
        let new = faults.get(before..).unwrap_or_default();
        let fault = (!new.is_empty()).then(|| new.join("; "));
        if fault.is_some() && effect == Effect::Allow {
            return None;
        }
        Some(Self {
            index,
            sid: elements
                .get("Sid")
                .and_then(Value::as_str)
                .map(str::to_owned),
            effect,
            text: value.to_string(),
            fault,
            actions,
            resources,
            conditions,
        })
    }

    /// Whether the statement applies to a request, and the resource pattern that matched.
    pub fn applies(&self, request: &AccessRequest<'_>) -> Option<&str> {
        if !self.covers(request.action) {
            return None;
        }
        self.applies_to(request.resource, request.context)
    }

    /// Whether the statement speaks of an action.
    pub fn covers(&self, action: &str) -> bool {
        self.actions.covers(action)
    }

    /// Whether the statement, which speaks of the action, applies to a resource.
    pub fn applies_to(&self, resource: &str, context: &Context) -> Option<&str> {
        let pattern = self.resources.covers(resource, context)?;
        self.conditions_hold(context).then_some(pattern)
    }

    /// Whether the statement, which speaks of the action, applies to a resource or may apply,
    /// where not every condition key is known.
    pub fn matching(&self, resource: &str, context: &PartialContext) -> Option<Match<'_>> {
        let mut found = self.resources.may_cover(resource, context)?;
        for condition in &self.conditions {
            match condition.fit(context) {
                Fit::Holds => {}
                Fit::Fails => return None,
                Fit::Unknown(key) => found.unknown.push(key),
            }
        }
        Some(found)
    }

    fn conditions_hold(&self, context: &Context) -> bool {
        self.conditions
            .iter()
            .all(|condition| condition.holds(context))
    }
}

impl Actions {
    fn covers(&self, action: &str) -> bool {
        let any = |patterns: &[Pattern]| {
            // Actions know no variables, so that no context is needed.
            static NONE: Context = Context::EMPTY;
            patterns
                .iter()
                .any(|pattern| pattern.matches(action, &NONE, Case::Ignored))
        };
        match self {
            Self::Only { services, patterns } => {
                // Cheap, and true for most statements of a large managed policy.
                let elsewhere = services.as_ref().is_some_and(|services| {
                    !services.iter().any(|service| {
                        action
                            .split_at_checked(service.len())
                            .is_some_and(|(start, rest)| {
                                rest.starts_with(':') && start.eq_ignore_ascii_case(service)
                            })
                    })
                });
                !elsewhere && any(patterns)
            }
            Self::Except(patterns) => !any(patterns),
            Self::Any => true,
        }
    }
}

impl Resources {
    fn covers(&self, resource: &str, context: &Context) -> Option<&str> {
        let find = |patterns: &'_ [Pattern]| {
            patterns
                .iter()
                .position(|pattern| pattern.matches(resource, context, Case::Sensitive))
        };
        match self {
            Self::Only(patterns) => find(patterns)
                .and_then(|at| patterns.get(at))
                .map(Pattern::text),
            Self::Except { patterns, text } => find(patterns).is_none().then_some(text),
            Self::Any => Some("*"),
        }
    }

    /// The same where not every policy variable has a known value.
    fn may_cover(&self, resource: &str, context: &PartialContext) -> Option<Match<'_>> {
        let certain = |patterns: &'_ [Pattern]| {
            patterns.iter().position(|pattern| {
                pattern.variables().all(|key| context.knows(key))
                    && pattern.matches(resource, context.known(), Case::Sensitive)
            })
        };
        let of = |pattern, unknown: Option<_>| Match {
            pattern,
            unknown: unknown.into_iter().collect(),
        };
        match self {
            Self::Only(patterns) => match certain(patterns).and_then(|at| patterns.get(at)) {
                Some(pattern) => Some(of(pattern.text(), None)),
                None => may_match(patterns, resource, context)
                    .map(|(pattern, key)| of(pattern.text(), Some(key))),
            },
            Self::Except { patterns, text } => {
                let unknown = may_match(patterns, resource, context).map(|(_, key)| key);
                certain(patterns).is_none().then(|| of(text, unknown))
            }
            Self::Any => Some(of("*", None)),
        }
    }
}

/// The first pattern that may match by a variable whose value is not known, and its key.
fn may_match<'a>(
    patterns: &'a [Pattern],
    resource: &str,
    context: &PartialContext,
) -> Option<(&'a Pattern, &'a str)> {
    patterns.iter().find_map(|pattern| {
        let key = pattern.variables().find(|key| !context.knows(key))?;
        let open = pattern.opened(|key| !context.knows(key));
        open.matches(resource, context.known(), Case::Sensitive)
            .then_some((pattern, key))
    })
}

/// Unknown elements are faults: IAM refuses them, and a misspelt `Condition` must not widen.
fn check_elements(elements: &Map<String, Value>, flavor: Flavor, faults: &mut Vec<String>) {
    for key in elements.keys() {
        let known = match key.as_str() {
            "Sid" | "Effect" | "Action" | "NotAction" | "Condition" => true,
            "Resource" | "NotResource" => flavor == Flavor::Identity,
            "Principal" | "NotPrincipal" => flavor == Flavor::Trust,
            _ => false,
        };
        if !known {
            faults.push(format!("{key} has no place in such a statement"));
        }
    }
}

fn effect(elements: &Map<String, Value>, faults: &mut Vec<String>) -> Effect {
    match elements.get("Effect") {
        Some(Value::String(effect)) if effect == "Allow" => return Effect::Allow,
        Some(Value::String(effect)) if effect == "Deny" => return Effect::Deny,
        Some(effect) => faults.push(format!("Effect {effect} is neither Allow nor Deny")),
        None => faults.push("it has no Effect".to_owned()),
    }
    Effect::Deny
}

fn actions(elements: &Map<String, Value>) -> Result<Actions, String> {
    let patterns = |key: &str, value: &Value| {
        let list = list(key, value)?;
        let mut patterns = Vec::with_capacity(list.len());
        for text in list {
            let whole = text
                .split_once(':')
                .is_some_and(|(service, name)| !service.is_empty() && !name.is_empty());
            if text.contains("${") || !(whole || text == "*") {
                return Err(format!("{text:?} is no action"));
            }
            patterns.push(Pattern::parse(text, Syntax::GLOB)?);
        }
        Ok(patterns)
    };
    match (elements.get("Action"), elements.get("NotAction")) {
        (Some(value), None) => {
            let patterns = patterns("Action", value)?;
            let services = patterns
                .iter()
                .map(|pattern| {
                    let (service, _) = pattern.literal_start().split_once(':')?;
                    Some(service.to_ascii_lowercase())
                })
                .collect::<Option<Vec<_>>>()
                .map(|mut services| {
                    services.sort_unstable();
                    services.dedup();
                    services
                });
            Ok(Actions::Only { services, patterns })
        }
        (None, Some(value)) => Ok(Actions::Except(patterns("NotAction", value)?)),
        (None, None) => Err("it has no Action".to_owned()),
        (Some(_), Some(_)) => Err("it has both Action and NotAction".to_owned()),
    }
}

fn resources(elements: &Map<String, Value>, variables: bool) -> Result<Resources, String> {
    let patterns = |key: &str, value: &Value| {
        let syntax = Syntax {
            wildcards: true,
            variables,
        };
        list(key, value)?
            .into_iter()
            .map(|text| Pattern::parse(text, syntax))
            .collect::<Result<Vec<_>, _>>()
    };
    match (elements.get("Resource"), elements.get("NotResource")) {
        (Some(value), None) => Ok(Resources::Only(patterns("Resource", value)?)),
        (None, Some(value)) => Ok(Resources::Except {
            patterns: patterns("NotResource", value)?,
            text: format!("all but {value}"),
        }),
        (None, None) => Err("it has no Resource".to_owned()),
        (Some(_), Some(_)) => Err("it has both Resource and NotResource".to_owned()),
    }
}

/// The element that lists nothing, so that the statement covers nothing.
fn empty_list(elements: &Map<String, Value>) -> Option<&'static str> {
    let empty =
        |key: &str| matches!(elements.get(key), Some(Value::Array(list)) if list.is_empty());
    [("Action", "NotAction"), ("Resource", "NotResource")]
        .into_iter()
        .find(|(key, negation)| empty(key) && !elements.contains_key(*negation))
        .map(|(key, _)| key)
}

/// A text or a list of texts, none of them empty.
pub(in crate::access) fn list<'v>(key: &str, value: &'v Value) -> Result<Vec<&'v str>, String> {
    let texts = match value {
        Value::String(text) => Some(vec![text.as_str()]),
        Value::Array(values) => values.iter().map(Value::as_str).collect(),
        _ => None,
    };
    match texts {
        Some(texts) if !texts.is_empty() && texts.iter().all(|text| !text.is_empty()) => Ok(texts),
        _ => Err(format!("{key} is neither a text nor a list of texts")),
    }
}
