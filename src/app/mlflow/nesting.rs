//! What is nested as a tree: which run, or which span of a trace, stands below which, as far as
//! they are loaded.
//!
//! MLflow names a run's parent in a tag and sends runs a page at a time, in any order. A run
//! whose parent is not loaded, or which is its own ancestor, stands at the outermost level and
//! says so; it moves below its parent when that comes.

use std::collections::{HashMap, HashSet};

use crate::mlflow::models::{PARENT, Run, value_of};

/// What there is below a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Branch {
    /// Nothing.
    Leaf,
    /// So many runs, its children's children included, in sight.
    Open(usize),
    /// So many runs, its children's children included, out of sight.
    Folded(usize),
}

impl Branch {
    /// Whether there is something below, and whether it is in sight.
    pub fn unfolded(self) -> Option<bool> {
        match self {
            Self::Leaf => None,
            Self::Open(_) => Some(true),
            Self::Folded(_) => Some(false),
        }
    }
}

/// A run or span in the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nested {
    /// Its place among those that are loaded.
    pub place: usize,
    /// How deep it stands, 0 being the outermost.
    pub depth: usize,
    /// What there is below it.
    pub branch: Branch,
    /// Whether it has a parent that is not loaded, or is its own ancestor.
    pub strayed: bool,
}

/// Which are folded, by id: it outlives pages and refreshes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Nesting {
    folded: HashSet<String>,
}

impl Nesting {
    /// Folds or unfolds a run or span.
    pub fn toggle(&mut self, id: &str) {
        if !self.folded.remove(id) {
            self.folded.insert(id.to_owned());
        }
    }

    /// Unfolds everything.
    pub fn unfold_all(&mut self) {
        self.folded.clear();
    }

    /// Folds every run that has others below it.
    pub fn fold_all<'a>(&mut self, runs: impl IntoIterator<Item = &'a Run>) {
        let parents = runs.into_iter().filter_map(parent_of);
        self.folded.extend(parents.map(str::to_owned));
    }

    /// The loaded runs as rows of the tree. Runs side by side stay in the order in which they
    /// were loaded, so that another page moves none of those before it but the ones whose
    /// parent it brings.
    pub fn rows<'a>(&self, runs: impl IntoIterator<Item = &'a Run>) -> Vec<Nested> {
        self.tree(
            runs.into_iter()
                .map(|run| (run.info.run_id.as_str(), parent_of(run))),
        )
    }

    /// The same of anything that has an id and names its parent.
    pub fn tree<'a>(
        &self,
        things: impl IntoIterator<Item = (&'a str, Option<&'a str>)>,
    ) -> Vec<Nested> {
        let things: Vec<(&str, Option<&str>)> = things.into_iter().collect();
        let places: HashMap<&str, usize> = things
            .iter()
            .enumerate()
            .rev()
            .map(|(place, (id, _))| (*id, place))
            .collect();
        let parents: Vec<Option<usize>> = things
            .iter()
            .map(|(_, parent)| places.get((*parent)?).copied())
            .collect();
        let parents = without_circles(parents);
        let strayed = |place: usize| {
            things
                .get(place)
                .is_some_and(|(_, parent)| parent.is_some())
        };
        let order = order(&parents);
        let below = below(&parents, &order);
        let mut rows = Vec::with_capacity(things.len());
        // How deep the folded run is whose branch is being passed over.
        let mut hidden = None;
        for (place, depth) in order {
            if hidden.is_some_and(|folded| depth > folded) {
                continue;
            }
            hidden = None;
            let count = below.get(place).copied().unwrap_or(0);
            let is_folded = |(id, _): &(&str, _)| self.folded.contains(*id);
            let branch = if count == 0 {
                Branch::Leaf
            } else if things.get(place).is_some_and(is_folded) {
                hidden = Some(depth);
                Branch::Folded(count)
            } else {
                Branch::Open(count)
            };
            rows.push(Nested {
                place,
                depth,
                branch,
                strayed: depth == 0 && strayed(place),
            });
        }
        rows
    }
}

/// The run that a run belongs to, as its tag says.
pub fn parent_of(run: &Run) -> Option<&str> {
    value_of(&run.data.tags, PARENT).filter(|parent| !parent.is_empty())
}

/// The same without the step that leads back to where one came from: the first run of each
/// circle has no parent.
fn without_circles(mut parents: Vec<Option<usize>>) -> Vec<Option<usize>> {
    // In which walk a run was met.
    let mut met = vec![usize::MAX; parents.len()];
    for start in 0..parents.len() {
        let mut at = start;
        while let Some(walk) = met.get_mut(at).filter(|walk| **walk == usize::MAX) {
            *walk = start;
            let Some(parent) = parents.get(at).copied().flatten() else {
                break;
            };
            if met.get(parent) == Some(&start) {
                // All of the circle was met in this walk; `parent` is where it was entered.
                if let Some(parent) = parents.get_mut(parent) {
                    *parent = None;
                }
                break;
            }
            at = parent;
        }
    }
    parents
}

/// All runs with their depth, each before those below it. Not by recursion: runs nest as deep
/// as they like.
fn order(parents: &[Option<usize>]) -> Vec<(usize, usize)> {
    let mut children = vec![Vec::new(); parents.len()];
    let mut stack = Vec::new();
    for (run, parent) in parents.iter().enumerate().rev() {
        match parent.and_then(|parent| children.get_mut(parent)) {
            Some(children) => children.push(run),
            None => stack.push((run, 0)),
        }
    }
    let mut order = Vec::with_capacity(parents.len());
    while let Some((run, depth)) = stack.pop() {
        order.push((run, depth));
        let below = children.get(run).map_or(&[][..], Vec::as_slice);
        stack.extend(below.iter().map(|child| (*child, depth + 1)));
    }
    order
}

/// How many runs stand below each, at any depth.
fn below(parents: &[Option<usize>], order: &[(usize, usize)]) -> Vec<usize> {
    let mut below = vec![0; parents.len()];
    for (run, _) in order.iter().rev() {
        let own = below.get(*run).copied().unwrap_or(0);
        let parent = parents.get(*run).copied().flatten();
        if let Some(count) = parent.and_then(|parent| below.get_mut(parent)) {
            *count += own + 1;
        }
    }
    below
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::mlflow::models::{Pair, RunData, RunInfo};

    fn run(id: &str, parent: &str) -> Run {
        let tag = Pair {
            key: PARENT.to_owned(),
            value: parent.to_owned(),
        };
        Run {
            info: RunInfo {
                run_id: id.to_owned(),
                ..RunInfo::default()
            },
            data: RunData {
                tags: if parent.is_empty() { vec![] } else { vec![tag] },
                ..RunData::default()
            },
            ..Run::default()
        }
    }

    fn runs(runs: &[(&str, &str)]) -> Vec<Run> {
        runs.iter().map(|(id, parent)| run(id, parent)).collect()
    }

    /// `  b` for a run at depth 1, `?` before one that strayed, `+2` after one that is folded.
    fn shown(nesting: &Nesting, runs: &[Run]) -> Vec<String> {
        let row = |row: Nested| {
            let strayed = if row.strayed { "?" } else { "" };
            let folded = match row.branch {
                Branch::Folded(count) => format!("+{count}"),
                _ => String::new(),
            };
            let id = &runs[row.place].info.run_id;
            format!("{}{strayed}{id}{folded}", "  ".repeat(row.depth))
        };
        nesting.rows(runs).into_iter().map(row).collect()
    }

    #[test]
    fn children_stand_below_their_parent_in_the_order_they_came() {
        let runs = runs(&[("c1", "p"), ("x", ""), ("p", ""), ("c2", "p"), ("g", "c1")]);
        let nesting = Nesting::default();
        assert_eq!(shown(&nesting, &runs), ["x", "p", "  c1", "    g", "  c2"]);
        assert_eq!(nesting.rows(&runs)[1].branch, Branch::Open(3));
    }

    #[test]
    fn a_folded_run_says_how_many_it_hides_and_stays_folded_with_more_of_them() {
        let mut nesting = Nesting::default();
        nesting.toggle("p");
        let mut loaded = runs(&[("p", ""), ("c1", "p"), ("x", "")]);
        assert_eq!(shown(&nesting, &loaded), ["p+1", "x"]);
        loaded.extend(runs(&[("c2", "p"), ("g", "c1")]));
        assert_eq!(shown(&nesting, &loaded), ["p+3", "x"]);
        nesting.toggle("p");
        assert_eq!(
            shown(&nesting, &loaded),
            ["p", "  c1", "    g", "  c2", "x"]
        );
        nesting.fold_all(&loaded);
        assert_eq!(shown(&nesting, &loaded), ["p+3", "x"]);
        nesting.unfold_all();
        assert_eq!(shown(&nesting, &loaded).len(), 5);
    }

    #[test]
    fn a_child_stands_outermost_with_a_mark_until_its_parent_comes() {
        let mut loaded = runs(&[("c", "p"), ("x", "")]);
        let nesting = Nesting::default();
        assert_eq!(shown(&nesting, &loaded), ["?c", "x"]);
        loaded.extend(runs(&[("p", "")]));
        assert_eq!(shown(&nesting, &loaded), ["x", "p", "  c"]);
    }

    #[test]
    fn runs_that_are_their_own_ancestors_are_shown_once() {
        let nesting = Nesting::default();
        let circle = runs(&[("a", "b"), ("b", "a"), ("self", "self"), ("c", "a")]);
        assert_eq!(shown(&nesting, &circle), ["?a", "  b", "  c", "?self"]);
    }

    #[test]
    fn a_hundred_thousand_runs_below_each_other_are_no_trouble() {
        let names: Vec<String> = (0..100_000).map(|at| at.to_string()).collect();
        let chain: Vec<Run> = names
            .iter()
            .enumerate()
            .map(|(at, name)| run(name, at.checked_sub(1).map_or("", |at| &names[at])))
            .collect();
        let rows = Nesting::default().rows(&chain);
        assert_eq!(rows.last().map(|row| row.depth), Some(99_999));
        assert_eq!(rows[0].branch, Branch::Open(99_999));
    }

    proptest! {
        #[test]
        fn every_run_has_one_row_below_its_parent_and_a_page_moves_only_strayed_ones(
            links in prop::collection::vec((0_u8..30, 0_u8..40), 0..40),
            page in 0_usize..40,
        ) {
            let mut seen = HashSet::new();
            let loaded: Vec<Run> = links
                .iter()
                .filter(|(id, _)| seen.insert(*id))
                .map(|(id, parent)| {
                    let parent = if *parent < 30 { parent.to_string() } else { String::new() };
                    run(&id.to_string(), &parent)
                })
                .collect();
            let nesting = Nesting::default();
            let rows = nesting.rows(&loaded);
            let mut places: Vec<usize> = rows.iter().map(|row| row.place).collect();
            places.sort_unstable();
            prop_assert_eq!(places, (0..loaded.len()).collect::<Vec<_>>());
            for (at, row) in rows.iter().enumerate().filter(|(_, row)| row.depth > 0) {
                let above = rows[..at].iter().rev().find(|other| other.depth < row.depth);
                let parent = above.map(|above| loaded[above.place].info.run_id.as_str());
                prop_assert_eq!(parent, parent_of(&loaded[row.place]));
            }
            // What stood firm on the first pages keeps its order on all of them.
            let first = nesting.rows(&loaded[..page.min(loaded.len())]);
            let firm: Vec<usize> = first
                .iter()
                .filter(|row| row.depth == 0 && !row.strayed)
                .map(|row| row.place)
                .collect();
            let later: Vec<usize> = rows.iter().map(|row| row.place).filter(|run| firm.contains(run)).collect();
            prop_assert_eq!(later, firm);
        }
    }
}
