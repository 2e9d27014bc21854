//! The terminal's face: pages, widgets, modals, theme, keymap.
