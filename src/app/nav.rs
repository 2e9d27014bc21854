//! Where one is, where one was: the history of pages.

use super::Screen;

/// How many pages are remembered.
const REMEMBERED: usize = 50;

/// The page, and the pages before and after it.
#[derive(Clone, Debug, Default)]
pub struct Nav {
    screen: Screen,
    before: Vec<Screen>,
    after: Vec<Screen>,
}

impl Nav {
    /// Starts on a page.
    pub fn new(screen: Screen) -> Self {
        Self {
            screen,
            ..Self::default()
        }
    }

    /// The page.
    pub fn screen(&self) -> Screen {
        self.screen
    }

    /// Goes to a page; the one before can be gone back to.
    pub fn go(&mut self, screen: Screen) {
        if screen == self.screen {
            return;
        }
        self.before.push(self.screen);
        if self.before.len() > REMEMBERED {
            self.before.remove(0);
        }
        self.after.clear();
        self.screen = screen;
    }

    /// The page that was there before, where there is one.
    pub fn back(&mut self) -> Option<Screen> {
        let screen = self.before.pop()?;
        self.after.push(self.screen);
        self.screen = screen;
        Some(screen)
    }

    /// The page that was gone back from, where there is one.
    pub fn forward(&mut self) -> Option<Screen> {
        let screen = self.after.pop()?;
        self.before.push(self.screen);
        self.screen = screen;
        Some(screen)
    }

    /// The pages on the way here, the nearest last; at most `count`.
    pub fn trail(&self, count: usize) -> &[Screen] {
        let from = self.before.len().saturating_sub(count);
        self.before.get(from..).unwrap_or_default()
    }

    /// Whether there is a page to go back to, and one to go forward to.
    pub fn can(&self) -> (bool, bool) {
        (!self.before.is_empty(), !self.after.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn back_and_forward_walk_the_same_way() {
        let mut nav = Nav::default();
        for screen in [Screen::Users, Screen::Users, Screen::Matrix, Screen::Log] {
            nav.go(screen);
        }
        assert_eq!(nav.back(), Some(Screen::Matrix));
        assert_eq!(nav.back(), Some(Screen::Users));
        assert_eq!(nav.forward(), Some(Screen::Matrix));
        nav.go(Screen::Jobs);
        assert_eq!(nav.forward(), None, "a new way forgets the old one");
        assert_eq!(
            nav.trail(9),
            [Screen::Overview, Screen::Users, Screen::Matrix]
        );
    }

    #[test]
    fn a_long_walk_is_not_remembered_whole() {
        let mut nav = Nav::default();
        for _ in 0..1_000 {
            nav.go(Screen::Users);
            nav.go(Screen::Groups);
        }
        assert_eq!(nav.trail(usize::MAX).len(), REMEMBERED);
    }
}
