//! The one table of actions: name, words, where they apply, how dangerous they are. Keys, help,
//! hint bar, palette, command line and the README are read from it, so that none of them can
//! say what the others do not.

mod context;
mod table;

use serde::{Deserialize, Serialize};

pub use context::Context;
pub use table::TABLE;

use super::Screen;

/// Something that the user can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Action {
    /// Prove every cell by live requests that change nothing.
    Verify,
    /// Turn round what is declared under the cursor.
    MatrixChange,
    /// Take the last change of the matrix back.
    MatrixUndo,
    /// What the changes of the matrix mean, and for whom.
    MatrixMeaning,
    /// Write the changes to the matrix file.
    MatrixSave,
    /// Put the matrix into effect for groups, by the authorizer.
    MatrixPublish,
    /// Put a package of before back into the authorizer.
    MatrixRollback,
    /// Put the matrix into effect for the execution roles.
    MatrixApply,
    /// Write down what is deployed.
    MatrixAdopt,
    /// Write who can do what, with the evidence, to a folder.
    Review,
    /// Tell stories: requests in order, each held against what must come of it.
    Story,
    /// Open what is under the cursor.
    Open,
    /// Explain the cell under the cursor; on a permission: show its routes.
    OpenCell,
    /// What is under the cursor, in words.
    Describe,
    /// What is under the cursor, as JSON.
    Json,
    /// Make a user.
    UserCreate,
    /// Put the marked users into groups.
    UserAddToGroups,
    /// Let the marked users sign in.
    UserEnable,
    /// Stop the marked users from signing in.
    UserDisable,
    /// End the sessions of the marked users.
    UserSignOut,
    /// Delete the marked users for good.
    UserDelete,
    /// Take the marked users out of groups.
    UserRemoveFromGroups,
    /// Send the marked users the invitation again.
    UserInvite,
    /// Confirm the sign-up of the marked users.
    UserConfirm,
    /// Set the password of the marked users.
    UserSetPassword,
    /// Make the marked users choose a new password.
    UserResetPassword,
    /// Edit the attributes of a user.
    UserAttributes,
    /// Take the addresses of the marked users as verified.
    UserVerifyEmail,
    /// Say which second factors the marked users have.
    UserMfa,
    /// Give somebody everything: user, groups, Studio profile.
    Onboard,
    /// Stop the marked people at once, then take what is chosen.
    Offboard,
    /// Make a Studio profile.
    ProfileCreate,
    /// Give the marked profiles another execution role.
    ProfileRole,
    /// Delete the marked profiles with their apps and spaces.
    ProfileDelete,
    /// Go to a profile's apps.
    ProfileApps,
    /// Delete the marked apps.
    AppDelete,
    /// Delete the marked spaces with their apps.
    SpaceDelete,
    /// Delete every forgotten app, or the marked ones.
    CleanupRun,
    /// Choose which apps count as forgotten.
    CleanupRule,
    /// Empty the domain, so that it can be deleted.
    CleanupDestroy,
    /// Show the plan that remedies a finding.
    FindingPlan,
    /// Copy the lines that leave a finding as it is.
    FindingSuppress,
    /// Give a role what the matrix declares.
    RolePolicy,
    /// Prove live what a role may do.
    RoleProve,
    /// Choose whom MLflow is seen as.
    MlflowAs,
    /// Go back to whom MLflow was seen as before.
    MlflowAsBefore,
    /// Go round everybody that MLflow was seen as.
    MlflowAsNext,
    /// Choose who looks beside, so that differences show.
    MlflowBeside,
    /// The living, the deleted, or both.
    MlflowView,
    /// Search by MLflow's filter, in MLflow's order.
    MlflowQuery,
    /// The next page of what MLflow has.
    MlflowNext,
    /// The page before.
    MlflowPrevious,
    /// Choose which params, metrics and tags are columns.
    MlflowColumns,
    /// The artifacts of the run.
    MlflowArtifacts,
    /// The run that made it.
    MlflowRun,
    /// The logged models of the experiment.
    MlflowLoggedModels,
    /// The traces of the experiment.
    MlflowTraces,
    /// The evaluation datasets of the experiment.
    MlflowDatasets,
    /// Draw the history of a metric.
    MlflowChart,
    /// Put the marked runs side by side.
    MlflowCompare,
    /// Fold or unfold the runs below a run.
    MlflowFold,
    /// Download the marked files.
    MlflowDownload,
    /// Change what is under the cursor.
    MlflowChange,
    /// Closer.
    ChartZoomIn,
    /// Further away.
    ChartZoomOut,
    /// To the left.
    ChartPanLeft,
    /// To the right.
    ChartPanRight,
    /// All of it.
    ChartAll,
    /// Over steps, time since the start, or time.
    ChartAcross,
    /// Each step upwards multiplies, or adds.
    ChartLog,
    /// Smoother; after the smoothest as it is.
    ChartSmooth,
    /// Differences only, or everything.
    CompareAll,
    /// In words, or as JSON.
    PreviewPart,
    /// Fold or unfold what is under the cursor.
    PreviewFold,
    /// Download the file.
    PreviewDownload,
    /// Send the request again as somebody.
    RequestReplay,
    /// Copy the request as a Python script.
    RequestPython,
    /// Make a group.
    GroupCreate,
    /// Change a group's settings.
    GroupEdit,
    /// Delete a group.
    GroupDelete,
    /// Go to a group's members.
    GroupMembers,
    /// Put users into a group.
    GroupAdd,
    /// Take users out of a group.
    GroupRemove,
    /// Stop the job under the cursor between two steps.
    JobCancel,
    /// Try again what failed in the job under the cursor.
    JobRetry,
    /// Take back what the job under the cursor did.
    JobUndo,
    /// Show or hide the routes of a permission.
    Toggle,
    /// Show or hide the routes of every permission.
    ToggleAll,
    /// Problems only.
    Problems,
    /// Only where token and signature disagree.
    Disagreements,
    /// Filter the rows.
    Filter,
    /// Filter the permissions and routes.
    FilterMatrix,
    /// Give the filter in effect a name.
    FilterSave,
    /// Take a saved filter.
    FilterPick,
    /// Mark the row under the cursor, or take its mark away.
    Mark,
    /// Mark every row that the filter leaves.
    MarkAll,
    /// Mark from the last mark to the cursor.
    MarkRange,
    /// Mark what is not marked, and the reverse.
    MarkInvert,
    /// Take every mark away.
    MarkNone,
    /// Sort by the next column.
    SortNext,
    /// Sort the other way round.
    SortReverse,
    /// The order in which the rows came.
    SortDefault,
    /// Sort by a column, by its place; again turns the direction.
    SortBy(usize),
    /// Make the first column in sight wider.
    Widen,
    /// Make the first column in sight narrower.
    Narrow,
    /// Look again.
    Refresh,
    /// Find any action by its name.
    Palette,
    /// Type a command.
    Command,
    /// The keys of this screen.
    Help,
    /// Leave.
    Quit,
    /// Open the demo: a copy of the whole deployment in this process.
    Demo,
    /// One row down.
    Down,
    /// One row up.
    Up,
    /// One column to the left.
    Left,
    /// One column to the right.
    Right,
    /// Half a page down.
    PageDown,
    /// Half a page up.
    PageUp,
    /// The first row.
    Top,
    /// The last row.
    Bottom,
    /// Go to a page.
    Go(Screen),
    /// The next page.
    NextTab,
    /// The page before.
    PreviousTab,
    /// Where you were before.
    PreviousView,
    /// Forward again.
    NextView,
    /// Close what is on top, clear the filter.
    Back,
    /// The command that shows the same, to copy.
    Equivalent,
    /// Copy the name under the cursor.
    Copy,
    /// Save the list: CSV, JSON or Markdown.
    Save,
    /// Save a picture of the screen: SVG, HTML or text.
    Picture,
    /// Open it in the browser.
    OpenBrowser,
    /// The newest error, whole.
    Errors,
    /// Choose a theme.
    Theme,
    /// Go to another context.
    Context,
    /// Go to another AWS profile.
    Profile,
    /// Go to another region.
    Region,
    /// Draw everything anew.
    Redraw,
    /// Suspend, as in a shell; fg resumes.
    Suspend,
    /// In words, or as JSON.
    NextPart,
    /// Fold or unfold what is under the cursor.
    Fold,
    /// Fold or unfold everything.
    FoldAll,
    /// Search.
    Search,
    /// The next place found.
    SearchNext,
    /// The place found before.
    SearchPrevious,
    /// Copy it whole.
    CopyDetail,
    /// Copy the value under the cursor.
    CopyValue,
    /// Copy the command that shows the same.
    CopyCommand,
    /// Close.
    CloseDetail,
}

/// What an action has to do with; the help is in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Section {
    /// Doing something.
    Act,
    /// Looking at something.
    View,
    /// Filtering, sorting, searching.
    Sort,
    /// Marking rows.
    Marks,
    /// Moving the cursor.
    Move,
    /// Going to another page.
    Go,
    /// The console itself.
    Console,
}

impl Section {
    /// The sections in the order of the help.
    pub const ALL: [Self; 7] = [
        Self::Act,
        Self::View,
        Self::Sort,
        Self::Marks,
        Self::Move,
        Self::Go,
        Self::Console,
    ];

    /// The title in the help.
    pub fn title(self) -> &'static str {
        match self {
            Self::Act => "Act",
            Self::View => "View",
            Self::Sort => "Filter and sort",
            Self::Marks => "Marks",
            Self::Move => "Move",
            Self::Go => "Go",
            Self::Console => "Console",
        }
    }
}

/// How much an action can destroy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Danger {
    /// Nothing.
    None,
    /// Something that can be done again: asks.
    Confirm,
    /// Something for good: asks for the name of what is lost.
    TypeName,
}

/// An action with its words.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// The action.
    pub action: Action,
    /// The name in keymaps and after `:`.
    pub name: &'static str,
    /// Where it applies.
    pub context: Context,
    /// What it has to do with.
    pub section: Section,
    /// One or two words for the hint bar; empty keeps it out.
    pub hint: &'static str,
    /// One sentence for the help.
    pub doc: &'static str,
    /// How much it can destroy.
    pub danger: Danger,
}

impl Action {
    /// Its words.
    pub fn entry(self) -> Option<&'static Entry> {
        TABLE.iter().find(|entry| entry.action == self)
    }

    /// The action of a name.
    pub fn named(name: &str) -> Option<Self> {
        TABLE
            .iter()
            .find(|entry| entry.name == name)
            .map(|entry| entry.action)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_action_has_one_name_and_one_sentence() {
        let mut names = BTreeSet::new();
        let mut actions = BTreeSet::new();
        for entry in TABLE {
            assert!(names.insert(entry.name), "{} twice", entry.name);
            assert!(actions.insert(entry.action), "{:?} twice", entry.action);
            assert!(!entry.doc.is_empty());
            assert_eq!(Action::named(entry.name), Some(entry.action));
        }
    }

    #[test]
    fn every_page_has_an_action_that_goes_there() {
        for screen in Screen::ALL {
            assert!(Action::Go(screen).entry().is_some(), "{screen:?}");
        }
    }
}
