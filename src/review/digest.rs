//! The digests of a pack: one a section, and one over all of them.
//!
//! A section is hashed as canonical JSON: keys sorted by code point, no blanks, strings escaped
//! no more than JSON demands. That is what `json.dumps(section, sort_keys=True,
//! separators=(",", ":"), ensure_ascii=False)` writes in Python, so that nobody needs this
//! program to check a pack.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// The field of a pack that holds its digests; it is in none of them.
pub const FIELD: &str = "digest";
/// The algorithm, by its usual name.
const ALGORITHM: &str = "sha256";
/// Fields that say what the document is; they are in the digest over all as they stand.
const HEAD: [&str; 2] = ["schema", "kind"];
/// What a pack that is to be decided on has in these sections.
const OPEN: [(&str, Value); 2] = [
    ("decisions", Value::Array(Vec::new())),
    ("closure", Value::Null),
];

/// What the digests do and do not prove; every format says it.
pub const PROVES: [&str; 4] = [
    "The digest shows whether anything of this pack was changed after it was written: change one \
     character, and the section's digest and the digest over all are others.",
    "It does not show who wrote it. Whoever can change the file can also write a new digest into \
     it; so keep the digest over all apart from the file (in the ticket, in a mail, on paper), \
     and compare it with that.",
    "It does not show that what was observed is true. That rests on the requests, whose ids \
     stand in API Gateway's own log, and on the account's CloudTrail.",
    "To check it without mlwarden: write each section of review.json as JSON with sorted keys and \
     without blanks, take the SHA-256 of the UTF-8 text; then do the same with the object of \
     schema, kind and sections (the digests by the sections' names). In Python: json.dumps(x, \
     sort_keys=True, separators=(',', ':'), ensure_ascii=False).",
];

/// The digests of a pack, in lower-case hexadecimal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digests {
    /// The algorithm: `sha256`.
    pub algorithm: String,
    /// The digest of each section, by its name.
    pub sections: IndexMap<String, String>,
    /// The digest over all: of schema, kind and the sections' digests.
    pub all: String,
}

impl Digests {
    /// The digests of a document, whatever they are stated to be.
    pub fn of(document: &Map<String, Value>) -> Self {
        let sections: IndexMap<String, String> = document
            .iter()
            .filter(|(name, _)| *name != FIELD && !HEAD.contains(&name.as_str()))
            .map(|(name, section)| (name.clone(), sha256(section)))
            .collect();
        let mut whole = Map::new();
        for name in HEAD {
            whole.insert(
                name.to_owned(),
                document.get(name).cloned().unwrap_or_default(),
            );
        }
        whole.insert("sections".to_owned(), json!(sections));
        Self {
            algorithm: ALGORITHM.to_owned(),
            all: sha256(&Value::Object(whole)),
            sections,
        }
    }

    /// The digests that a document states; none where they are not there or not readable.
    pub fn stated(document: &Value) -> Option<Self> {
        serde_json::from_value(document.get(FIELD)?.clone()).ok()
    }

    /// The first characters of the digest over all, enough to name a pack.
    pub fn short(&self) -> &str {
        self.all.get(..12).unwrap_or(&self.all)
    }
}

/// What a look at a document's digests says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// The digest over all as stated; none where there is none.
    pub stated: Option<String>,
    /// The digest over all as it is.
    pub computed: String,
    /// What was altered: sections by name; `digest` where the digests themselves were, or where
    /// the document's head was.
    pub altered: Vec<String>,
    /// The digest of the pack that was decided on, where this is a closed one.
    pub first: Option<String>,
}

impl Checked {
    /// Looks at a document.
    pub fn of(document: &Value) -> Self {
        let nothing = Map::new();
        let object = document.as_object().unwrap_or(&nothing);
        let computed = Digests::of(object);
        let first = document
            .pointer("/closure/first")
            .and_then(Value::as_str)
            .map(ToOwned::to_owned);
        let Some(stated) = Digests::stated(document) else {
            return Self {
                computed: computed.all,
                altered: vec![FIELD.to_owned()],
                first,
                ..Self::default()
            };
        };
        let names = stated.sections.keys().chain(computed.sections.keys());
        let mut altered: Vec<String> = Vec::new();
        for name in names {
            let same = stated.sections.get(name) == computed.sections.get(name);
            if !same && !altered.contains(name) {
                altered.push(name.clone());
            }
        }
        let same = stated.algorithm == ALGORITHM && stated.all == computed.all;
        if altered.is_empty() && !same {
            altered.push(FIELD.to_owned());
        }
        // A closed pack holds all of the one that was decided on.
        let was = first.as_ref().map(|_| Digests::of(&opened(object)).all);
        if altered.is_empty() && was != first {
            altered.push("closure".to_owned());
        }
        Self {
            stated: Some(stated.all),
            computed: computed.all,
            altered,
            first,
        }
    }

    /// Whether everything is as it was written.
    pub fn is_intact(&self) -> bool {
        self.altered.is_empty()
    }

    /// What it says, one sentence.
    pub fn in_words(&self) -> String {
        if self.is_intact() {
            return format!("intact: {ALGORITHM} {}", self.computed);
        }
        if self.stated.is_none() {
            return "altered: it states no digest".to_owned();
        }
        format!("altered: {}", self.altered.join(", "))
    }
}

/// The pack that was decided on, from the one that was closed.
fn opened(document: &Map<String, Value>) -> Map<String, Value> {
    let mut open = document.clone();
    for (name, value) in OPEN {
        open.insert(name.to_owned(), value);
    }
    open
}

/// The SHA-256 of a value as canonical JSON, in lower-case hexadecimal.
pub fn sha256(value: &Value) -> String {
    hex::encode(Sha256::digest(canonical(value)))
}

/// A value as canonical JSON.
pub fn canonical(value: &Value) -> String {
    let mut text = String::new();
    put(value, &mut text);
    text
}

fn put(value: &Value, out: &mut String) {
    match value {
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                put(item, out);
            }
            out.push(']');
        }
        Value::Object(fields) => {
            let mut names: Vec<(&String, &Value)> = fields.iter().collect();
            names.sort_by_key(|(name, _)| *name);
            out.push('{');
            for (at, (name, field)) in names.into_iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                out.push_str(&Value::from(name.as_str()).to_string());
                out.push(':');
                put(field, out);
            }
            out.push('}');
        }
        simple => out.push_str(&simple.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn document() -> Value {
        let mut document = json!({
            "schema": 1, "kind": "access-review",
            "people": [{"person": "ada", "groups": ["readers"]}],
            "decisions": [], "closure": null,
        });
        let digests = Digests::of(document.as_object().unwrap());
        document[FIELD] = json!(digests);
        document
    }

    #[test]
    fn canonical_json_is_pythons_with_sorted_keys() {
        let value =
            json!({"b": [1, true, null], "a": {"é\u{7f}": "\"\\\n\u{1}\u{202e}<", "A": -2}});
        assert_eq!(
            canonical(&value),
            "{\"a\":{\"A\":-2,\"é\u{7f}\":\"\\\"\\\\\\n\\u0001\u{202e}<\"},\"b\":[1,true,null]}"
        );
        assert_eq!(
            sha256(&json!({})),
            // printf '{}' | sha256sum
            "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
        );
    }

    #[test]
    fn the_order_of_keys_does_not_matter_and_everything_else_does() {
        let mut turned = document();
        let people = turned.as_object_mut().unwrap().remove("people").unwrap();
        turned["people"] = people;
        assert!(Checked::of(&turned).is_intact());
        for (pointer, value, says) in [
            ("/people/0/person", json!("eve"), "people"),
            ("/people/0/groups/0", json!("admins"), "people"),
            ("/decisions", json!([{}]), "decisions"),
            ("/schema", json!(2), FIELD),
            ("/kind", json!("x"), FIELD),
            ("/digest/all", json!("00"), FIELD),
            ("/digest/algorithm", json!("md5"), FIELD),
            ("/digest/sections/people", json!("00"), "people"),
        ] {
            let mut changed = document();
            *changed.pointer_mut(pointer).unwrap() = value;
            assert_eq!(Checked::of(&changed).altered, [says], "{pointer}");
        }
        let mut more = document();
        more["extra"] = json!(1);
        assert_eq!(Checked::of(&more).altered, ["extra"]);
        let mut less = document();
        less.as_object_mut().unwrap().remove("people");
        assert_eq!(Checked::of(&less).altered, ["people"]);
        less.as_object_mut().unwrap().remove(FIELD);
        assert_eq!(
            Checked::of(&less).in_words(),
            "altered: it states no digest"
        );
    }

    #[test]
    fn a_closed_pack_must_hold_the_one_that_it_names() {
        let first = Digests::stated(&document()).unwrap().all;
        let close = |first: &str| {
            let mut closed = document();
            closed["decisions"] = json!([{"person": "ada"}]);
            closed["closure"] = json!({"first": first});
            closed[FIELD] = json!(Digests::of(closed.as_object().unwrap()));
            Checked::of(&closed)
        };
        let checked = close(&first);
        assert!(checked.is_intact());
        assert_eq!(checked.first, Some(first));
        assert_eq!(close("00").altered, ["closure"]);
    }

    proptest! {
        #[test]
        fn any_text_survives(text in "\\PC*|[\u{0}-\u{1f}\"\\\\]{0,8}") {
            let value = json!({&text: [&text]});
            let read: Value = serde_json::from_str(&canonical(&value)).unwrap();
            prop_assert_eq!(read, value);
        }
    }
}
