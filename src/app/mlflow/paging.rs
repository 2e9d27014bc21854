//! Where a list stands in what MLflow has: which page, by which filter, in which order.

use crate::mlflow::{Search, View};

/// Rows of a page.
pub const PAGE: u32 = 200;

/// Where a list stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paging {
    /// The living, the deleted, or both.
    pub view: View,
    /// MLflow's filter; empty for none.
    pub filter: String,
    /// MLflow's order; empty for its own.
    pub order: String,
    /// What each page before this one began with.
    before: Vec<Option<String>>,
    /// What this page begins with.
    token: Option<String>,
    /// What the next page begins with.
    next: Option<String>,
    /// Where the list stood before the search that is not answered yet.
    stood: Option<Box<Paging>>,
    /// The search that MLflow refused last.
    refused: Option<Refused>,
}

/// A search that MLflow refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The filter.
    pub filter: String,
    /// The order.
    pub order: String,
    /// What MLflow said, untrusted.
    pub message: String,
}

impl Paging {
    /// What to search for.
    pub fn search(&self) -> Search {
        Search {
            filter: (!self.filter.is_empty()).then(|| self.filter.clone()),
            order_by: self
                .order
                .split(',')
                .map(str::trim)
                .filter(|order| !order.is_empty())
                .map(ToOwned::to_owned)
                .collect(),
            max_results: Some(PAGE),
            page_token: self.token.clone(),
        }
    }

    /// Which page it is, from 1.
    pub fn number(&self) -> usize {
        self.before.len() + 1
    }

    /// Whether there is a page after this one.
    pub fn has_next(&self) -> bool {
        self.next.is_some()
    }

    /// Searches by another filter, in another order, from the first page on.
    pub fn search_for(&mut self, filter: &str, order: &str) {
        let stood = self.stood.take();
        // Where two searches are under way, the list stood where it did before the first.
        self.stood = stood.or_else(|| Some(Box::new(self.clone())));
        filter.trim().clone_into(&mut self.filter);
        order.trim().clone_into(&mut self.order);
        self.rewind();
    }

    /// MLflow refused the search. Where it is a new one, the list stands again where it stood
    /// before; whether it was.
    pub fn refuse(&mut self, message: &str) -> bool {
        if self.filter.is_empty() && self.order.is_empty() {
            return false;
        }
        let refused = Refused {
            filter: self.filter.clone(),
            order: self.order.clone(),
            message: message.to_owned(),
        };
        let stood = self.stood.take();
        let is_new = stood.is_some();
        if let Some(stood) = stood {
            *self = *stood;
        }
        self.refused = Some(refused);
        is_new
    }

    /// The search that was refused last, until one is answered.
    pub fn refused(&self) -> Option<&Refused> {
        self.refused.as_ref()
    }

    /// The page has come: what the next one begins with.
    pub fn came(&mut self, next: Option<String>) {
        let is_refused =
            |refused: &Refused| refused.filter == self.filter && refused.order == self.order;
        if self.stood.take().is_some() || self.refused.as_ref().is_some_and(is_refused) {
            self.refused = None;
        }
        self.next = next;
    }

    /// To the next page; false where there is none.
    pub fn forward(&mut self) -> bool {
        let Some(next) = self.next.take() else {
            return false;
        };
        self.before.push(self.token.replace(next));
        true
    }

    /// To the page before; false on the first.
    pub fn backward(&mut self) -> bool {
        let Some(token) = self.before.pop() else {
            return false;
        };
        self.token = token;
        self.next = None;
        true
    }

    /// To the first page; filter and order stay.
    pub fn to_start(&mut self) {
        self.rewind();
        if let Some(stood) = &mut self.stood {
            stood.rewind();
        }
    }

    fn rewind(&mut self) {
        self.before.clear();
        self.token = None;
        self.next = None;
    }

    /// What is said of it: `page 2 · deleted · where metrics.auc > 0.8 · by start_time`.
    pub fn words(&self) -> String {
        let mut parts = Vec::new();
        if self.number() > 1 || self.has_next() {
            let more = if self.has_next() { ", more follow" } else { "" };
            parts.push(format!("page {}{more}", self.number()));
        }
        if self.view != View::Active {
            parts.push(self.view.word().to_owned());
        }
        if !self.filter.is_empty() {
            parts.push(format!("where {}", self.filter));
        }
        if !self.order.is_empty() {
            parts.push(format!("by {}", self.order));
        }
        parts.join(" · ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_walked_both_ways_and_only_their_tokens_are_held() {
        let mut paging = Paging::default();
        assert!(!paging.forward() && !paging.backward());
        paging.came(Some("b".into()));
        assert!(paging.forward());
        assert_eq!(paging.search().page_token.as_deref(), Some("b"));
        paging.came(Some("c".into()));
        assert!(paging.forward());
        assert_eq!(paging.number(), 3);
        paging.came(None);
        assert!(!paging.forward());
        assert!(paging.backward());
        assert_eq!(paging.search().page_token.as_deref(), Some("b"));
        assert!(paging.backward());
        assert_eq!(paging.search().page_token, None);
        assert_eq!(paging.number(), 1);
    }

    #[test]
    fn a_refused_search_leaves_the_list_where_it_stood() {
        let mut paging = Paging::default();
        paging.came(Some("b".into()));
        paging.forward();
        paging.search_for("metrics.auc >", "");
        paging.search_for(" metrics.auc >> ", "");
        assert_eq!(
            (paging.number(), paging.filter.as_str()),
            (1, "metrics.auc >>")
        );
        assert!(paging.refuse("no"));
        assert_eq!((paging.number(), paging.filter.as_str()), (2, ""));
        let refused = paging.refused().unwrap();
        assert_eq!(refused.filter, "metrics.auc >>");
        paging.came(None);
        assert!(paging.refused().is_some(), "looked at again, not searched");
        paging.search_for("metrics.auc > 1", "");
        paging.came(None);
        assert_eq!(paging.refused(), None);
        assert!(!paging.refuse("no longer taken"), "it is no new search");
    }

    #[test]
    fn a_search_that_is_refused_after_one_went_elsewhere_begins_there_at_the_first_page() {
        let mut paging = Paging::default();
        paging.came(Some("b".into()));
        paging.forward();
        paging.search_for("nonsense", "");
        paging.to_start();
        assert!(paging.refuse("no"));
        assert_eq!((paging.number(), paging.search().page_token), (1, None));
    }

    #[test]
    fn what_is_searched_for_is_said() {
        let mut paging = Paging {
            view: View::Deleted,
            filter: "metrics.auc > 0.8".into(),
            ..Paging::default()
        };
        paging.came(Some("x".into()));
        assert_eq!(
            paging.words(),
            "page 1, more follow · deleted · where metrics.auc > 0.8"
        );
    }
}
