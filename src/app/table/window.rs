//! Which part of something long is in sight.

/// The first of `height` things in sight: as little away from `first` as keeps `cursor` in
/// sight and leaves no room unused at the end of `total`.
pub fn keep_in_view(first: usize, height: usize, cursor: usize, total: usize) -> usize {
    let height = height.max(1);
    let first = first.min(total.saturating_sub(height));
    if cursor < first {
        cursor
    } else {
        first.max((cursor + 1).saturating_sub(height))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_moves_only_when_the_cursor_leaves_it() {
        assert_eq!(keep_in_view(10, 5, 12, 100), 10);
        assert_eq!(keep_in_view(10, 5, 14, 100), 10);
        assert_eq!(keep_in_view(10, 5, 15, 100), 11);
        assert_eq!(keep_in_view(10, 5, 9, 100), 9);
    }

    #[test]
    fn no_room_is_left_unused_at_the_end() {
        assert_eq!(keep_in_view(10, 5, 10, 12), 7);
        assert_eq!(keep_in_view(10, 50, 10, 12), 0);
        assert_eq!(keep_in_view(10, 0, 0, 0), 0);
    }
}
