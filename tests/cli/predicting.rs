//! `can`, `who-can`, `why`, `matrix`: answers without a single request to the protected API.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn can_answers_by_its_exit_code() {
    let bench = Bench::start().await;
    let can = bench
        .run(&["can", "group:admins", "runs:write", "-o", "json"])
        .await
        .ends(0)
        .json();
    assert!(
        items(&can, "cells")
            .iter()
            .all(|cell| cell["predicted"] == "allow")
    );
    let cannot = bench
        .run(&["can", "group:readers", "runs:write", "-o", "json"])
        .await
        .ends(1)
        .json();
    assert!(
        items(&cannot, "cells")
            .iter()
            .all(|cell| cell["predicted"] == "deny")
    );
    let all = bench.run(&["can", "group:readers"]).await.ends(0);
    assert!(all.out.contains("allow") && all.out.contains("deny"));
    assert_eq!(bench.users().await, 3, "nobody was made for it");
}

#[tokio::test(flavor = "multi_thread")]
async fn can_of_a_person_is_the_token_and_the_profiles_role_together() {
    let bench = Bench::start().await;
    let can = bench
        .run(&["can", "user:mlflow-model-approver@example.com"])
        .await
        .ends(0)
        .says(&["profile mlflow-model-approver", "nothing is sent"]);
    let line = |permission: &str| {
        let mut lines = can.out.lines();
        lines
            .find(|line| line.trim_start().starts_with(permission))
            .unwrap()
    };
    // A token passes any method on versions, a signature POST only.
    let delete: Vec<&str> = line("model-versions:delete").split_whitespace().collect();
    assert_eq!(delete[1..3], ["allow", "deny"]);
    let write = line("model-versions:write");
    assert!(write.contains(" of "), "{write}");
    let json = bench
        .run(&[
            "can",
            "user:mlflow-model-approver@example.com",
            "-o",
            "json",
        ])
        .await
        .ends(0)
        .json();
    assert_eq!(
        json["subject"]["groups"],
        serde_json::json!(["model-approvers"])
    );
    let schemes: std::collections::BTreeSet<_> = items(&json, "cells")
        .iter()
        .map(|cell| cell["scheme"].as_str().unwrap())
        .collect();
    assert_eq!(schemes.into_iter().collect::<Vec<_>>(), ["bearer", "sigv4"]);
    let one = bench
        .run(&["can", "role:nobody-of-ours", "runs:read"])
        .await;
    one.ends(2).says(&["nobody-of-ours"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_may_be_supposed() {
    let bench = Bench::start().await;
    let reader = "user:mlflow-reader@example.com";
    let route = "POST /ajax-api/2.0/mlflow/registered-models/create";
    bench.run(&["can", reader, route]).await.ends(1);
    bench
        .run(&["can", reader, route, "--groups", "model-approvers"])
        .await
        .ends(0)
        .says(&["as if in: model-approvers"]);
    // The first that the authorizer looks for decides alone.
    for both in [
        vec!["can", reader, route, "--groups", "model-approvers,readers"],
        vec!["can", "group:readers model-approvers", route],
    ] {
        bench.run(&both).await.ends(1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_can_names_people_groups_and_roles_by_permission_and_by_route() {
    let mut bench = Bench::start().await;
    bench.set("MLWARDEN_READ_ONLY", "1");
    let who = bench
        .run(&["who-can", "registered-models:register"])
        .await
        .ends(0)
        .says(&["2 of 3 users can"]);
    for name in [
        "group:model-approvers",
        "profile:mlflow-admin",
        "user:mlflow-model-approver@example.com",
    ] {
        assert!(who.out.contains(name), "{name}: {}", who.out);
    }
    // Whoever holds the readers' role can put themselves into a group that can.
    let mut lines = who.out.lines();
    let door = lines.find(|line| line.contains("side door (group)"));
    assert!(
        door.is_some_and(|line| line.contains("readerrole")),
        "{}",
        who.out
    );
    let principals = |json: &Value| -> Vec<String> {
        let holders = items(json, "holders").iter();
        let names = holders.filter_map(|holder| holder["principal"].as_str());
        names.map(ToOwned::to_owned).collect()
    };
    let json = bench
        .run(&["who-can", "registered-models:register", "-o", "json"])
        .await
        .ends(0)
        .json();
    let all = principals(&json);
    assert!(all.iter().any(|name| name.contains("adminrole")), "{all:?}");
    assert!(!all.iter().any(|name| name.contains("reader")), "{all:?}");
    assert_eq!(items(&json, "cells")[0]["predicted"], "allow");
    let json = bench
        .run(&[
            "who-can",
            "post /ajax-api/2.0/mlflow/runs/create",
            "-o",
            "json",
        ])
        .await
        .ends(0)
        .json();
    // Tokens only: no role, and no profile.
    assert_eq!(
        principals(&json),
        ["group:admins", "user:mlflow-admin@example.com"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_can_lists_as_many_users_as_asked_and_counts_the_others() {
    let bench = Bench::with(Options {
        users: 150,
        ..Options::default()
    })
    .await;
    let ask = |more: &'static [&'static str]| {
        let mut words = vec!["who-can", "runs:read"];
        words.extend(more);
        words
    };
    let users = |out: &str| {
        out.lines()
            .filter(|line| line.trim_start().starts_with("user:"))
            .count()
    };
    let some = bench.run(&ask(&["--limit", "4"])).await.ends(0);
    let named: std::collections::BTreeSet<&str> = some
        .out
        .lines()
        .filter(|line| line.trim_start().starts_with("user:"))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert_eq!(named.len(), 4, "{}", some.out);
    assert!(some.err.contains("more can: --limit 0"), "{}", some.err);
    let all = bench.run(&ask(&["--limit", "0", "--users"])).await.ends(0);
    assert!(users(&all.out) > 50);
    assert!(!all.out.contains(" group:readers "), "{}", all.out);
    let json = bench.run(&ask(&["-o", "json"])).await.ends(0).json();
    let holders = items(&json, "holders").iter();
    let people: std::collections::BTreeSet<&str> = holders
        .filter(|holder| holder["username"].is_string())
        .map(|holder| holder["username"].as_str().unwrap())
        .collect();
    assert_eq!(json["summary"]["users_who_can"], people.len());
    let none = bench.run(&ask(&["--no-users"])).await.ends(0);
    assert_eq!(users(&none.out), 0);
    for format in ["csv", "md"] {
        let words = ["who-can", "runs:read", "-o", format];
        let out = bench.run(&words).await.ends(0).out;
        assert!(out.contains("bearer") && out.contains("user:"), "{out}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn why_names_the_rule_that_decides_and_what_would_change_it() {
    let bench = Bench::start().await;
    let reader = "user:mlflow-reader@example.com";
    let why = bench
        .run(&[
            "why",
            "group:readers",
            "POST",
            "/ajax-api/2.0/mlflow/runs/search",
        ])
        .await
        .ends(0);
    assert!(why.out.contains("rule for readers"), "{}", why.out);
    let why = bench
        .run(&[
            "why",
            reader,
            "POST /ajax-api/2.0/mlflow/registered-models/create",
            "--groups",
            "readers,model-approvers",
            "-o",
            "json",
        ])
        .await
        .ends(0)
        .json();
    assert_eq!(items(&why, "cells")[0]["predicted"], "deny");
    let explanation = &items(&why, "explanations")[0];
    assert_eq!(explanation["flips"][0]["text"], "leave readers");
    assert_eq!(explanation["flips"][0]["how"]["change"], "leave");
    assert_eq!(explanation["flips"][0]["decision"]["effect"], "allow");
    bench
        .run(&[
            "why",
            "group:readers",
            "POST",
            "/api/2.0/mlflow/runs/search",
        ])
        .await
        .ends(2)
        .says(&["/ajax-api/"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn why_follows_a_person_into_studio_and_takes_a_permission() {
    let bench = Bench::start().await;
    let reader = "user:mlflow-reader@example.com";
    let why = bench
        .run(&["why", reader, "POST /api/2.0/mlflow/runs/create"])
        .await
        .ends(0);
    for word in ["profile", "readerrole", "restApiReader", "to change it"] {
        assert!(why.out.contains(word), "{word}: {}", why.out);
    }
    let brief = bench
        .run(&["why", reader, "model-versions:transition"])
        .await
        .ends(0);
    assert!(
        brief.out.contains("bearer") && brief.out.contains("sigv4"),
        "{}",
        brief.out
    );
    bench
        .run(&["why", "user:nobody@example.com", "runs:read"])
        .await
        .ends(2)
        .says(&["nobody@example.com"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_matrix_is_shown_and_checked_without_aws() {
    let mut bench = Bench::start().await;
    bench
        .environment
        .retain(|name, _| !name.starts_with("AWS_"));
    let shown = bench
        .run(&["matrix", "show", "-o", "json"])
        .await
        .ends(0)
        .json();
    let names: Vec<_> = items(&shown, "rows")
        .iter()
        .map(|row| &row["name"])
        .collect();
    assert_eq!(names, ["admin", "reader", "model-approver"]);
    bench
        .run(&["matrix", "check"])
        .await
        .ends(0)
        .says(&["3 rows"]);
    let check = bench
        .run(&["matrix", "check", "-o", "json"])
        .await
        .ends(0)
        .json();
    assert_eq!(check["check"]["rows"], 3);
}
