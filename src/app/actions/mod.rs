//! The one table of actions: name, words, where they apply, how dangerous they are. Keys, help,
//! hint bar, palette, command line and the README are read from it, so that none of them can
//! say what the others do not.

use serde::{Deserialize, Serialize};

use super::Screen;

/// Something that the user can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Action {
    /// Prove every cell by live requests that change nothing.
    Verify,
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

/// Where an action applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Context {
    /// On every page.
    Everywhere,
    /// On pages with a list.
    List,
    /// On the overview.
    Overview,
    /// On the users and the people.
    Users,
    /// On the groups.
    Groups,
    /// On the matrix.
    Matrix,
    /// On the jobs.
    Jobs,
    /// In the window that shows one thing in words and as JSON.
    Detail,
}

impl Context {
    /// Every context, the most general first.
    pub const ALL: [Self; 8] = [
        Self::Everywhere,
        Self::List,
        Self::Overview,
        Self::Users,
        Self::Groups,
        Self::Matrix,
        Self::Jobs,
        Self::Detail,
    ];

    /// The name in a keymap.
    pub fn name(self) -> &'static str {
        match self {
            Self::Everywhere => "everywhere",
            Self::List => "list",
            Self::Overview => "overview",
            Self::Users => "users",
            Self::Groups => "groups",
            Self::Matrix => "matrix",
            Self::Jobs => "jobs",
            Self::Detail => "detail",
        }
    }

    /// The contexts of a page, the most special first.
    pub fn of(screen: Screen) -> &'static [Self] {
        match screen {
            Screen::Overview => &[Self::Overview, Self::Everywhere],
            Screen::Users | Screen::People => &[Self::Users, Self::List, Self::Everywhere],
            Screen::Groups => &[Self::Groups, Self::List, Self::Everywhere],
            Screen::Matrix => &[Self::Matrix, Self::Everywhere],
            Screen::Jobs => &[Self::Jobs, Self::List, Self::Everywhere],
            Screen::Roles | Screen::Apps | Screen::Findings | Screen::Log | Screen::Answers => {
                &[Self::List, Self::Everywhere]
            }
        }
    }

    /// The contexts of the window that shows one thing.
    pub const DETAIL: &'static [Self] = &[Self::Detail, Self::Everywhere];
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

const fn entry(
    action: Action,
    name: &'static str,
    context: Context,
    section: Section,
    hint: &'static str,
    doc: &'static str,
    danger: Danger,
) -> Entry {
    Entry {
        action,
        name,
        context,
        section,
        hint,
        doc,
        danger,
    }
}

/// Every action, in the order of the hint bar.
#[rustfmt::skip]
pub const TABLE: &[Entry] = &[
    entry(Action::Verify, "verify", Context::Matrix, Section::Act, "verify", "prove every cell by live requests that change nothing", Danger::None),
    entry(Action::Open, "open", Context::List, Section::View, "open", "open what is under the cursor", Danger::None),
    entry(Action::OpenCell, "open-cell", Context::Matrix, Section::View, "explain", "explain the cell under the cursor; on a permission: show its routes", Danger::None),
    entry(Action::Describe, "describe", Context::List, Section::View, "describe", "what is under the cursor, in words", Danger::None),
    entry(Action::Json, "json", Context::List, Section::View, "", "what is under the cursor, as JSON", Danger::None),
    entry(Action::UserCreate, "user-create", Context::Users, Section::Act, "add", "make a user", Danger::Confirm),
    entry(Action::UserAddToGroups, "user-add-to-groups", Context::Users, Section::Act, "groups", "put the marked users into groups", Danger::Confirm),
    entry(Action::UserEnable, "user-enable", Context::Users, Section::Act, "", "let the marked users sign in", Danger::Confirm),
    entry(Action::UserDisable, "user-disable", Context::Users, Section::Act, "disable", "stop the marked users from signing in", Danger::Confirm),
    entry(Action::UserSignOut, "user-sign-out", Context::Users, Section::Act, "", "end the sessions of the marked users", Danger::Confirm),
    entry(Action::UserDelete, "user-delete", Context::Users, Section::Act, "", "delete the marked users for good", Danger::TypeName),
    entry(Action::Onboard, "onboard", Context::Users, Section::Act, "onboard", "give somebody everything: user, groups, Studio profile", Danger::Confirm),
    entry(Action::Offboard, "offboard", Context::Users, Section::Act, "offboard", "stop the marked people at once, then take what is chosen", Danger::TypeName),
    entry(Action::UserRemoveFromGroups, "user-remove-from-groups", Context::Users, Section::Act, "", "take the marked users out of groups", Danger::Confirm),
    entry(Action::UserInvite, "user-invite", Context::Users, Section::Act, "", "send the marked users the invitation again", Danger::Confirm),
    entry(Action::UserConfirm, "user-confirm", Context::Users, Section::Act, "", "confirm the sign-up of the marked users", Danger::Confirm),
    entry(Action::UserSetPassword, "user-set-password", Context::Users, Section::Act, "", "set the password of the marked users", Danger::Confirm),
    entry(Action::UserResetPassword, "user-reset-password", Context::Users, Section::Act, "", "make the marked users choose a new password, by a code", Danger::Confirm),
    entry(Action::UserAttributes, "user-attributes", Context::Users, Section::Act, "", "edit the attributes of a user", Danger::Confirm),
    entry(Action::UserVerifyEmail, "user-verify-email", Context::Users, Section::Act, "", "take the addresses of the marked users as verified", Danger::Confirm),
    entry(Action::UserMfa, "user-mfa", Context::Users, Section::Act, "", "say which second factors the marked users have", Danger::Confirm),
    entry(Action::GroupCreate, "group-create", Context::Groups, Section::Act, "new", "make a group", Danger::Confirm),
    entry(Action::GroupAdd, "group-add", Context::Groups, Section::Act, "add", "put users into the group", Danger::Confirm),
    entry(Action::GroupRemove, "group-remove", Context::Groups, Section::Act, "remove", "take users out of the group", Danger::Confirm),
    entry(Action::GroupEdit, "group-edit", Context::Groups, Section::Act, "edit", "change the group's settings", Danger::Confirm),
    entry(Action::GroupDelete, "group-delete", Context::Groups, Section::Act, "", "delete the group; its members lose what it gave", Danger::TypeName),
    entry(Action::GroupMembers, "group-members", Context::Groups, Section::View, "members", "go to the group's members", Danger::None),
    entry(Action::JobCancel, "job-cancel", Context::Jobs, Section::Act, "stop", "stop the job under the cursor between two steps", Danger::Confirm),
    entry(Action::JobRetry, "job-retry", Context::Jobs, Section::Act, "retry", "try again what failed in the job under the cursor", Danger::Confirm),
    entry(Action::JobUndo, "job-undo", Context::Jobs, Section::Act, "undo", "take back what the job under the cursor did, last step first", Danger::Confirm),
    entry(Action::Toggle, "toggle", Context::Matrix, Section::View, "routes", "show or hide the routes of a permission", Danger::None),
    entry(Action::ToggleAll, "toggle-all", Context::Matrix, Section::View, "", "show or hide the routes of every permission", Danger::None),
    entry(Action::Problems, "problems", Context::Matrix, Section::View, "problems", "problems only", Danger::None),
    entry(Action::Disagreements, "disagreements", Context::Matrix, Section::View, "disagree", "only where token and signature disagree", Danger::None),
    entry(Action::Filter, "filter", Context::List, Section::Sort, "filter", "filter the rows", Danger::None),
    entry(Action::FilterMatrix, "filter-matrix", Context::Matrix, Section::Sort, "filter", "filter the permissions and routes", Danger::None),
    entry(Action::Help, "help", Context::Everywhere, Section::Console, "help", "the keys of this screen", Danger::None),
    entry(Action::Command, "command", Context::Everywhere, Section::Console, "command", "type a command", Danger::None),
    entry(Action::Palette, "palette", Context::Everywhere, Section::Console, "actions", "find any action by its name", Danger::None),
    entry(Action::Refresh, "refresh", Context::Everywhere, Section::View, "refresh", "look again", Danger::None),
    entry(Action::Quit, "quit", Context::Everywhere, Section::Console, "quit", "leave", Danger::None),
    entry(Action::FilterSave, "filter-save", Context::List, Section::Sort, "", "give the filter in effect a name", Danger::None),
    entry(Action::FilterPick, "filter-pick", Context::List, Section::Sort, "", "take a saved filter", Danger::None),
    entry(Action::Mark, "mark", Context::List, Section::Marks, "mark", "mark the row under the cursor, or take its mark away", Danger::None),
    entry(Action::MarkAll, "mark-all", Context::List, Section::Marks, "", "mark every row that the filter leaves", Danger::None),
    entry(Action::MarkRange, "mark-range", Context::List, Section::Marks, "", "mark from the last mark to the cursor", Danger::None),
    entry(Action::MarkInvert, "mark-invert", Context::List, Section::Marks, "", "mark what is not marked, and the reverse", Danger::None),
    entry(Action::MarkNone, "mark-none", Context::List, Section::Marks, "", "take every mark away", Danger::None),
    entry(Action::SortNext, "sort-next", Context::List, Section::Sort, "", "sort by the next column", Danger::None),
    entry(Action::SortReverse, "sort-reverse", Context::List, Section::Sort, "", "sort the other way round", Danger::None),
    entry(Action::SortDefault, "sort-default", Context::List, Section::Sort, "", "the order in which the rows came", Danger::None),
    entry(Action::SortBy(0), "sort-1", Context::List, Section::Sort, "", "sort by column 1", Danger::None),
    entry(Action::SortBy(1), "sort-2", Context::List, Section::Sort, "", "sort by column 2", Danger::None),
    entry(Action::SortBy(2), "sort-3", Context::List, Section::Sort, "", "sort by column 3", Danger::None),
    entry(Action::SortBy(3), "sort-4", Context::List, Section::Sort, "", "sort by column 4", Danger::None),
    entry(Action::SortBy(4), "sort-5", Context::List, Section::Sort, "", "sort by column 5", Danger::None),
    entry(Action::SortBy(5), "sort-6", Context::List, Section::Sort, "", "sort by column 6", Danger::None),
    entry(Action::SortBy(6), "sort-7", Context::List, Section::Sort, "", "sort by column 7", Danger::None),
    entry(Action::SortBy(7), "sort-8", Context::List, Section::Sort, "", "sort by column 8", Danger::None),
    entry(Action::SortBy(8), "sort-9", Context::List, Section::Sort, "", "sort by column 9", Danger::None),
    entry(Action::Widen, "widen", Context::List, Section::View, "", "make the first column in sight wider", Danger::None),
    entry(Action::Narrow, "narrow", Context::List, Section::View, "", "make the first column in sight narrower", Danger::None),
    entry(Action::Demo, "demo", Context::Overview, Section::Act, "demo", "open the demo: a copy of the whole deployment in this process", Danger::None),
    entry(Action::Down, "down", Context::Everywhere, Section::Move, "", "one row down", Danger::None),
    entry(Action::Up, "up", Context::Everywhere, Section::Move, "", "one row up", Danger::None),
    entry(Action::Left, "left", Context::Everywhere, Section::Move, "", "one column to the left", Danger::None),
    entry(Action::Right, "right", Context::Everywhere, Section::Move, "", "one column to the right", Danger::None),
    entry(Action::PageDown, "page-down", Context::Everywhere, Section::Move, "", "half a page down", Danger::None),
    entry(Action::PageUp, "page-up", Context::Everywhere, Section::Move, "", "half a page up", Danger::None),
    entry(Action::Top, "top", Context::Everywhere, Section::Move, "", "the first row", Danger::None),
    entry(Action::Bottom, "bottom", Context::Everywhere, Section::Move, "", "the last row", Danger::None),
    entry(Action::Go(Screen::Overview), "go-overview", Context::Everywhere, Section::Go, "", "the overview", Danger::None),
    entry(Action::Go(Screen::Users), "go-users", Context::Everywhere, Section::Go, "", "the users", Danger::None),
    entry(Action::Go(Screen::Groups), "go-groups", Context::Everywhere, Section::Go, "", "the groups", Danger::None),
    entry(Action::Go(Screen::People), "go-people", Context::Everywhere, Section::Go, "", "the people: user, groups, profile, role, apps", Danger::None),
    entry(Action::Go(Screen::Matrix), "go-matrix", Context::Everywhere, Section::Go, "", "the matrix", Danger::None),
    entry(Action::Go(Screen::Roles), "go-roles", Context::Everywhere, Section::Go, "", "the execution roles", Danger::None),
    entry(Action::Go(Screen::Apps), "go-apps", Context::Everywhere, Section::Go, "", "the Studio apps", Danger::None),
    entry(Action::Go(Screen::Findings), "go-findings", Context::Everywhere, Section::Go, "", "the findings", Danger::None),
    entry(Action::Go(Screen::Jobs), "go-jobs", Context::Everywhere, Section::Go, "", "what runs and what ran", Danger::None),
    entry(Action::Go(Screen::Log), "go-log", Context::Everywhere, Section::Go, "", "what happened", Danger::None),
    entry(Action::Go(Screen::Answers), "go-answers", Context::Everywhere, Section::Go, "", "the answer to the last question", Danger::None),
    entry(Action::NextTab, "next-tab", Context::Everywhere, Section::Go, "", "the next page", Danger::None),
    entry(Action::PreviousTab, "previous-tab", Context::Everywhere, Section::Go, "", "the page before", Danger::None),
    entry(Action::PreviousView, "previous-view", Context::Everywhere, Section::Go, "", "where you were before", Danger::None),
    entry(Action::NextView, "next-view", Context::Everywhere, Section::Go, "", "forward again", Danger::None),
    entry(Action::Back, "back", Context::Everywhere, Section::Go, "", "close what is on top, clear the filter", Danger::None),
    entry(Action::Equivalent, "equivalent", Context::Everywhere, Section::View, "", "the command that shows the same, to copy", Danger::None),
    entry(Action::Copy, "copy", Context::Everywhere, Section::View, "", "copy the name under the cursor", Danger::None),
    entry(Action::Save, "save", Context::Everywhere, Section::View, "", "save the list: CSV, JSON or Markdown", Danger::None),
    entry(Action::Picture, "picture", Context::Everywhere, Section::View, "", "save a picture of the screen: SVG, HTML or text", Danger::None),
    entry(Action::OpenBrowser, "open-browser", Context::Everywhere, Section::View, "", "open it in the browser", Danger::None),
    entry(Action::Errors, "errors", Context::Everywhere, Section::Console, "", "the newest error, whole", Danger::None),
    entry(Action::Theme, "theme", Context::Everywhere, Section::Console, "", "choose a theme", Danger::None),
    entry(Action::Context, "context", Context::Everywhere, Section::Console, "", "go to another context", Danger::None),
    entry(Action::Profile, "profile", Context::Everywhere, Section::Console, "", "go to another AWS profile", Danger::None),
    entry(Action::Region, "region", Context::Everywhere, Section::Console, "", "go to another region", Danger::None),
    entry(Action::Redraw, "redraw", Context::Everywhere, Section::Console, "", "draw everything anew", Danger::None),
    entry(Action::Suspend, "suspend", Context::Everywhere, Section::Console, "", "suspend, as in a shell; fg resumes", Danger::None),
    entry(Action::NextPart, "next-part", Context::Detail, Section::View, "words/JSON", "in words, or as JSON", Danger::None),
    entry(Action::Fold, "fold", Context::Detail, Section::View, "fold", "fold or unfold what is under the cursor", Danger::None),
    entry(Action::FoldAll, "fold-all", Context::Detail, Section::View, "", "fold or unfold everything", Danger::None),
    entry(Action::Search, "search", Context::Detail, Section::Sort, "search", "search", Danger::None),
    entry(Action::SearchNext, "search-next", Context::Detail, Section::Sort, "next", "the next place found", Danger::None),
    entry(Action::SearchPrevious, "search-previous", Context::Detail, Section::Sort, "", "the place found before", Danger::None),
    entry(Action::CopyDetail, "copy-detail", Context::Detail, Section::View, "copy", "copy it whole", Danger::None),
    entry(Action::CopyValue, "copy-value", Context::Detail, Section::View, "", "copy the value under the cursor", Danger::None),
    entry(Action::CopyCommand, "copy-command", Context::Detail, Section::View, "as command", "copy the command that shows the same", Danger::None),
    entry(Action::CloseDetail, "close-detail", Context::Detail, Section::Go, "close", "close", Danger::None),
];

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
