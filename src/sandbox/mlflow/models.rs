//! `mlflow/registered-models/…`.

use serde_json::{Value, json};

use super::{
    args::{Args, Kind, optional, required, unfit},
    fault::Fault,
    filter::{self, Operand, Scope},
    page,
    store::{Model, Store, Version},
    versions::stage,
};

pub(super) fn create(store: &mut Store, args: &Args) -> Result<Value, Fault> {
    args.check(&[
        required("name", Kind::Text),
        optional("tags", Kind::List),
        optional("description", Kind::Text),
    ])?;
    let name = args.text("name");
    let tags = args.pairs("tags")?.into_iter().collect();
    if store.models.contains_key(&name) {
        return Err(Fault::exists(format!(
            "Registered Model (name={name}) already exists."
        )));
    }
    let model = Model {
        name: name.clone(),
        created: args.now,
        updated: args.now,
        description: args.text("description"),
        tags,
        aliases: std::collections::BTreeMap::default(),
        versions: std::collections::BTreeMap::default(),
    };
    let answer = json!({"registered_model": model.wire()});
    store.models.insert(name, model);
    store.changed();
    Ok(answer)
}

pub(super) fn get(store: &mut Store, args: &Args) -> Result<Value, Fault> {
    args.check(&[required("name", Kind::Text)])?;
    Ok(json!({"registered_model": store.model(&args.text("name"))?.wire()}))
}

pub(super) fn update(store: &mut Store, args: &Args) -> Result<Value, Fault> {
    args.check(&[
        required("name", Kind::Text),
        optional("description", Kind::Text),
    ])?;
    let model = store.model_mut(&args.text("name"))?;
    model.description = args.text("description");
    model.updated = args.now;
    let answer = json!({"registered_model": model.wire()});
    store.changed();
    Ok(answer)
}

pub(super) fn rename(store: &mut Store, args: &Args) -> Result<Value, Fault> {
    args.check(&[
        required("name", Kind::Text),
        required("new_name", Kind::Text),
    ])?;
    let (old, new) = (args.text("name"), args.text("new_name"));
    store.model(&old)?;
    if store.models.contains_key(&new) {
        return Err(Fault::exists(format!(
            "Registered Model (name={new}) already exists."
        )));
    }
    let Some(mut model) = store.models.remove(&old) else {
        return store.model(&old).map(|_| json!({}));
    };
    model.name.clone_from(&new);
    model.updated = args.now;
    for version in model.versions.values_mut() {
        version.name.clone_from(&new);
        version.updated = args.now;
    }
    let answer = json!({"registered_model": model.wire()});
    store.models.insert(new, model);
    store.changed();
    Ok(answer)
}

pub(super) fn delete(store: &mut Store, args: &Args) -> Result<Value, Fault> {
    args.check(&[required("name", Kind::Text)])?;
    let name = args.text("name");
    store.model(&name)?;
    store.models.remove(&name);
    store.changed();
    Ok(json!({}))
}

pub(super) fn set_tag(store: &mut Store, args: &Args) -> Result<Value, Fault> {
    args.check(&[
        required("name", Kind::Text),
        required("key", Kind::Text),
        optional("value", Kind::Text),
    ])?;
    let model = store.model_mut(&args.text("name"))?;
    model.tags.insert(args.text("key"), args.text("value"));
    store.changed();
    Ok(json!({}))
}

pub(super) fn delete_tag(store: &mut Store, args: &Args) -> Result<Value, Fault> {
    args.check(&[required("name", Kind::Text), required("key", Kind::Text)])?;
    let model = store.model_mut(&args.text("name"))?;
    if model.tags.remove(&args.text("key")).is_some() {
        store.changed();
    }
    Ok(json!({}))
}

pub(super) fn set_alias(store: &mut Store, args: &Args) -> Result<Value, Fault> {
    args.check(&[
        required("name", Kind::Text),
        required("alias", Kind::Text),
        required("version", Kind::Text),
    ])?;
    let (name, alias) = (args.text("name"), args.text("alias"));
    let letters = |letter: char| letter.is_alphanumeric() || "_-".contains(letter);
    let numbered = alias
        .strip_prefix(['v', 'V'])
        .is_some_and(|rest| !rest.is_empty() && rest.chars().all(|letter| letter.is_ascii_digit()));
    if !alias.chars().all(letters) {
        return Err(Fault::invalid(format!(
            "Invalid alias name: '{alias}'. Names may only contain alphanumerics, underscores (_), and dashes (-)."
        )));
    }
    if alias.eq_ignore_ascii_case("latest") {
        return Err(Fault::invalid(
            "'latest' alias name (case insensitive) is reserved.",
        ));
    }
    if numbered {
        return Err(Fault::invalid(format!(
            "Version alias name '{alias}' is reserved."
        )));
    }
    let number = store.version(&name, &args.text("version"))?.number;
    store.model_mut(&name)?.aliases.insert(alias, number);
    store.changed();
    Ok(json!({}))
}

pub(super) fn delete_alias(store: &mut Store, args: &Args) -> Result<Value, Fault> {
    args.check(&[required("name", Kind::Text), required("alias", Kind::Text)])?;
    let model = store.model_mut(&args.text("name"))?;
    if model.aliases.remove(&args.text("alias")).is_some() {
        store.changed();
    }
    Ok(json!({}))
}

pub(super) fn get_alias(store: &mut Store, args: &Args) -> Result<Value, Fault> {
    args.check(&[required("name", Kind::Text), required("alias", Kind::Text)])?;
    let (name, alias) = (args.text("name"), args.text("alias"));
    let pointed = store
        .models
        .get(&name)
        .and_then(|model| Some((model, *model.aliases.get(&alias)?)));
    let Some((model, number)) = pointed else {
        return Err(Fault::invalid(format!(
            "Registered model alias {alias} not found."
        )));
    };
    let version = store.version(&name, &number.to_string())?;
    Ok(json!({"model_version": model.version_wire(version)}))
}

pub(super) fn latest_versions(store: &mut Store, args: &Args) -> Result<Value, Fault> {
    args.check(&[required("name", Kind::Text)])?;
    let wanted = args
        .texts("stages")
        .iter()
        .map(|given| stage(given))
        .collect::<Result<Vec<_>, _>>()?;
    let found: Vec<Value> = store
        .model(&args.text("name"))?
        .latest()
        .into_iter()
        .filter(|version| wanted.is_empty() || wanted.contains(&version.stage.as_str()))
        .map(Version::wire)
        .collect();
    if found.is_empty() {
        return Ok(json!({}));
    }
    Ok(json!({"model_versions": found}))
}

pub(super) fn search(store: &mut Store, args: &Args) -> Result<Value, Fault> {
    args.check(&[
        optional("filter", Kind::Text),
        optional("max_results", Kind::Integer),
        optional("page_token", Kind::Text),
    ])?;
    if args.integer("max_results").is_some_and(|most| most < 1) {
        return Err(unfit("max_results", &json!(args.integer("max_results"))));
    }
    let page = args.page(100, 1000)?;
    let clauses = filter::parse(&args.text("filter"))?;
    let order = filter::order(&args.texts("order_by"))?;
    let look = |model: &Model, scope: Scope, key: &str| match (scope, key) {
        (Scope::Attribute, "name") => Some(Operand::Text(model.name.clone())),
        (Scope::Attribute, "timestamp" | "last_updated_timestamp") => {
            Some(Operand::from(model.updated))
        }
        (Scope::Tag, key) => model.tags.get(key).cloned().map(Operand::Text),
        _ => None,
    };
    let mut found: Vec<&Model> = store
        .models
        .values()
        .filter(|model| {
            clauses
                .iter()
                .all(|clause| clause.holds(|scope, key| look(model, scope, key)))
        })
        .collect();
    found.sort_by(|left, right| {
        order
            .iter()
            .map(|by| {
                by.compare(
                    look(left, by.scope, &by.key),
                    look(right, by.scope, &by.key),
                )
            })
            .find(|ordering| ordering.is_ne())
            .unwrap_or_else(|| left.name.cmp(&right.name))
    });
    let found = found.into_iter().map(Model::wire).collect();
    Ok(page::of("registered_models", found, page))
}
