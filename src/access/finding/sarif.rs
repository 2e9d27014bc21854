//! Findings as SARIF 2.1.0 (OASIS): for code scanning and other collectors of results.

use serde_json::{Value, json};

use super::{Finding, Kind, Ruling, Severity, Suppression};

/// The name of the fingerprint, with the version of how it is made.
const FINGERPRINT: &str = "mlwarden/v1";

/// One run with every finding. What is suppressed is in it and says so. `not_looked_at` are
/// sentences about what could not be looked at, and make the run an incomplete one.
pub fn sarif(ruling: &Ruling, not_looked_at: &[String]) -> Value {
    let mut rules = Rules::default();
    let mut results = Vec::new();
    for finding in &ruling.open {
        results.push(result(finding, None, &mut rules));
    }
    for suppressed in &ruling.suppressed {
        let by = Some(&suppressed.suppression);
        results.push(result(&suppressed.finding, by, &mut rules));
    }
    let notifications: Vec<Value> = not_looked_at
        .iter()
        .map(|text| json!({"level": "error", "message": message(text)}))
        .collect();
    json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "mlwarden",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules.described,
            }},
            "invocations": [{
                "executionSuccessful": not_looked_at.is_empty(),
                "toolExecutionNotifications": notifications,
            }],
            "results": results,
        }],
    })
}

/// The kinds that the results are of, each once, in the order of the results.
#[derive(Default)]
struct Rules {
    ids: Vec<String>,
    described: Vec<Value>,
}

impl Rules {
    /// The place of a finding's kind.
    fn place(&mut self, finding: &Finding) -> usize {
        if let Some(place) = self.ids.iter().position(|id| *id == finding.id) {
            return place;
        }
        self.ids.push(finding.id.clone());
        self.described.push(described(finding));
        self.ids.len() - 1
    }
}

fn described(finding: &Finding) -> Value {
    let (what, why, remedy, usual) = Kind::of(&finding.id).map_or(
        (
            finding.title.as_str(),
            "",
            finding.remedy.as_str(),
            finding.severity,
        ),
        |kind| (kind.what, kind.why, kind.remedy, kind.severity),
    );
    let about = format!("{what}. {why}");
    json!({
        "id": finding.id,
        "shortDescription": message(what),
        "fullDescription": message(about.trim()),
        "help": message(&format!("{} {remedy}", about.trim())),
        "defaultConfiguration": {"level": level(usual)},
        "properties": {"tags": ["security", "mlflow"], "security-severity": score(usual)},
    })
}

fn result(finding: &Finding, by: Option<&Suppression>, rules: &mut Rules) -> Value {
    let (kind, name) = finding
        .subject
        .split_once(':')
        .unwrap_or(("resource", &finding.subject));
    let suppressions: Vec<Value> = by
        .iter()
        .map(|by| {
            json!({
                "kind": "external",
                "status": "accepted",
                "justification": by.reason,
                "properties": {"until": by.until},
            })
        })
        .collect();
    json!({
        "ruleId": finding.id,
        "ruleIndex": rules.place(finding),
        "kind": "fail",
        "level": level(finding.severity),
        "message": message(&told(finding)),
        "locations": [{"logicalLocations": [{
            "name": name,
            "fullyQualifiedName": finding.subject,
            "kind": kind,
        }]}],
        "partialFingerprints": {FINGERPRINT: finding.fingerprint()},
        "suppressions": suppressions,
        "properties": {
            "severity": finding.severity,
            "evidence": finding.evidence,
            "remedy": finding.remedy,
            "command": finding.command,
        },
    })
}

/// What a reader of the result sees: what it is, what it rests on, what to do.
fn told(finding: &Finding) -> String {
    let mut text = finding.title.clone();
    for line in &finding.evidence {
        text.push_str("\n- ");
        text.push_str(line);
    }
    text.push_str("\nRemedy: ");
    text.push_str(&finding.remedy);
    text
}

/// A message without arguments and without links, whatever names and documents stand in it: a
/// brace is written twice (3.11.5), and what would be a link (3.11.6) is taken apart.
fn message(text: &str) -> Value {
    let text = text.replace('{', "{{").replace('}', "}}");
    json!({"text": text.replace("](", "] (")})
}

/// SARIF's word for a severity.
fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

/// The severity as the number from 0 to 10 that collectors sort by, as a text.
fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::High => "8.0",
        Severity::Medium => "5.0",
        Severity::Low => "3.0",
        Severity::Info => "0.0",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::finding::Suppressed;

    fn finding(id: &str, severity: Severity, subject: &str) -> Finding {
        Finding {
            id: id.into(),
            severity,
            subject: subject.into(),
            title: "a title".into(),
            evidence: vec!["seen".into()],
            remedy: "act".into(),
            ..Finding::default()
        }
    }

    fn report() -> Value {
        let known = finding("drift", Severity::Medium, "role:admin");
        let by = Suppression::of(&known, "a reason", "2027-03-01".parse().unwrap());
        let ruling = Ruling {
            open: vec![
                finding("over-granted", Severity::High, "group:readers"),
                finding("over-granted", Severity::High, "group:writers"),
                finding("of-tomorrow", Severity::Info, "apps"),
            ],
            suppressed: vec![Suppressed {
                finding: known,
                suppression: by,
            }],
            unused: Vec::new(),
        };
        sarif(&ruling, &["the apps: denied".to_owned()])
    }

    /// A message of the specification (3.11): an object with a text that is not empty.
    #[track_caller]
    fn is_message(value: &Value) {
        assert!(
            value["text"].as_str().is_some_and(|text| !text.is_empty()),
            "{value}"
        );
    }

    #[test]
    fn it_has_what_the_specification_requires() {
        let log = report();
        // 3.13: a log has its version and its runs.
        assert_eq!(log["version"], "2.1.0");
        let [run] = log["runs"].as_array().unwrap().as_slice() else {
            panic!("{log:#}")
        };
        // 3.14, 3.18, 3.19: a run has a tool with a driver that has a name.
        let driver = &run["tool"]["driver"];
        assert_eq!(driver["name"], "mlwarden");
        let rules = driver["rules"].as_array().unwrap();
        for rule in rules {
            // 3.49: a rule has an id; its texts are messages, its level one of four words.
            assert!(rule["id"].as_str().is_some_and(|id| !id.is_empty()));
            for text in ["shortDescription", "fullDescription", "help"] {
                is_message(&rule[text]);
            }
            is_level(&rule["defaultConfiguration"]["level"]);
        }
        // 3.20: an invocation says whether it was successful; 3.58: a notification has a message.
        let invocation = &run["invocations"][0];
        assert_eq!(invocation["executionSuccessful"], false);
        is_message(&invocation["toolExecutionNotifications"][0]["message"]);
        for result in run["results"].as_array().unwrap() {
            // 3.27: a result has a message; its rule is the one at its index.
            is_message(&result["message"]);
            is_level(&result["level"]);
            assert_eq!(result["kind"], "fail", "or there could be no level");
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(rules[index]["id"], result["ruleId"]);
            // 3.28, 3.33: a location without a file has a logical one, with a name.
            let place = &result["locations"][0]["logicalLocations"][0];
            assert!(place["name"].is_string() && place["fullyQualifiedName"].is_string());
            // 3.27.17: fingerprints are texts by name.
            let prints = result["partialFingerprints"].as_object().unwrap();
            assert!(prints.values().all(Value::is_string) && !prints.is_empty());
            // 3.35: a suppression has a kind, and a status of three words.
            for suppression in result["suppressions"].as_array().unwrap() {
                assert_eq!(suppression["kind"], "external");
                assert_eq!(suppression["status"], "accepted");
                assert!(suppression["justification"].is_string());
            }
        }
    }

    #[track_caller]
    fn is_level(value: &Value) {
        assert!(
            ["none", "note", "warning", "error"].contains(&value.as_str().unwrap()),
            "{value}"
        );
    }

    #[test]
    fn nothing_in_a_text_is_a_placeholder_or_a_link() {
        let mut hostile = finding("over-granted", Severity::High, "user:eve");
        hostile.title = "[see](https://eve.example.com) {0}".into();
        hostile.evidence = vec![r#"{"Action":["s3:*"]}"#.into()];
        let ruling = Ruling {
            open: vec![hostile],
            ..Ruling::default()
        };
        let log = sarif(&ruling, &["{1}".to_owned()]);
        let run = &log["runs"][0];
        assert_eq!(
            run["results"][0]["message"]["text"],
            "[see] (https://eve.example.com) {{0}}\n- {{\"Action\":[\"s3:*\"]}}\nRemedy: act"
        );
        let told = &run["invocations"][0]["toolExecutionNotifications"][0];
        assert_eq!(told["message"]["text"], "{{1}}");
        // What is for programs stays as it is.
        let evidence = &run["results"][0]["properties"]["evidence"];
        assert_eq!(evidence[0], r#"{"Action":["s3:*"]}"#);
    }

    #[test]
    fn results_share_rules_and_the_suppressed_say_why() {
        let log = report();
        let run = &log["runs"][0];
        let rules: Vec<&Value> = run["tool"]["driver"]["rules"]
            .as_array()
            .unwrap()
            .iter()
            .map(|rule| &rule["id"])
            .collect();
        assert_eq!(rules, ["over-granted", "of-tomorrow", "drift"]);
        let results = run["results"].as_array().unwrap();
        assert_eq!(results.len(), 4);
        assert_eq!(results[0]["suppressions"], json!([]));
        assert_eq!(results[3]["suppressions"][0]["justification"], "a reason");
        assert_ne!(
            results[0]["partialFingerprints"],
            results[1]["partialFingerprints"]
        );
        let place = &results[0]["locations"][0]["logicalLocations"][0];
        assert_eq!(
            (&place["kind"], &place["name"]),
            (&json!("group"), &json!("readers"))
        );
    }
}
