//! What to search for.

use serde_json::{Map, Value, json};

/// Which of the living and the deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum View {
    /// What is not deleted.
    #[default]
    Active,
    /// What is deleted and can be restored.
    Deleted,
    /// Both.
    All,
}

impl View {
    /// The next one, for a key that walks through them.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Active => Self::Deleted,
            Self::Deleted => Self::All,
            Self::All => Self::Active,
        }
    }

    /// The word on screen.
    pub fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Deleted => "deleted",
            Self::All => "all",
        }
    }

    /// MLflow's word.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE_ONLY",
            Self::Deleted => "DELETED_ONLY",
            Self::All => "ALL",
        }
    }
}

/// What to search for, one page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// MLflow's filter expression, such as `name LIKE 'a%'`.
    pub filter: Option<String>,
    /// In which order, such as `metrics.auc DESC`; MLflow has its own where there is none.
    pub order_by: Vec<String>,
    /// How many at most; MLflow has its own default and limit.
    pub max_results: Option<u32>,
    /// Where the last page ended.
    pub page_token: Option<String>,
}

impl Search {
    /// What has just this value in an attribute, as a filter: quotes in it are doubled for
    /// nothing that MLflow understands, so a value with both kinds cannot be searched for.
    pub fn is(attribute: &str, value: &str) -> String {
        let quote = if value.contains('\'') { '"' } else { '\'' };
        format!("{attribute} = {quote}{value}{quote}")
    }

    pub(super) fn body(&self) -> Map<String, Value> {
        let mut body = Map::new();
        if let Some(filter) = self.filter.as_ref().filter(|filter| !filter.is_empty()) {
            body.insert("filter".into(), json!(filter));
        }
        if !self.order_by.is_empty() {
            body.insert("order_by".into(), json!(self.order_by));
        }
        if let Some(number) = self.max_results {
            body.insert("max_results".into(), json!(number));
        }
        if let Some(token) = &self.page_token {
            body.insert("page_token".into(), json!(token));
        }
        body
    }

    pub(super) fn query(&self) -> Vec<(String, String)> {
        let mut query = Vec::new();
        if let Some(filter) = self.filter.as_ref().filter(|filter| !filter.is_empty()) {
            query.push(("filter".to_owned(), filter.clone()));
        }
        for order in &self.order_by {
            query.push(("order_by".to_owned(), order.clone()));
        }
        if let Some(number) = self.max_results {
            query.push(("max_results".to_owned(), number.to_string()));
        }
        if let Some(token) = &self.page_token {
            query.push(("page_token".to_owned(), token.clone()));
        }
        query
    }
}
