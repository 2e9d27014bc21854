//! Which columns of a list are in sight, and how wide.

use std::ops::Range;

use crate::app::table::Head;

/// Between two columns.
pub(super) const GAP: u16 = 2;

/// The columns in sight.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Columns {
    /// Where each stands, from 0, and its place in the list.
    pub(super) seen: Vec<(Range<u16>, usize)>,
    /// Whether there are some between the frozen one and the rest.
    pub(super) more_left: bool,
    /// Whether there are some to the right.
    pub(super) more_right: bool,
}

/// Deals `width` cells out to columns. When not all have room for the least they want, the
/// first stays and the others are scrolled, `first` being the leftmost of them.
pub(super) fn deal(heads: &[Head], first: usize, width: u16) -> Columns {
    let shown: Vec<usize> = heads
        .iter()
        .enumerate()
        .filter(|(_, head)| head.title.is_some())
        .map(|(place, _)| place)
        .collect();
    if shown.len() == heads.len() {
        return deal_all(heads, first, width);
    }
    let some: Vec<Head> = shown
        .iter()
        .filter_map(|place| heads.get(*place).cloned())
        .collect();
    let before = shown.iter().filter(|place| **place < first).count();
    let mut columns = deal_all(&some, before, width);
    for (_, place) in &mut columns.seen {
        *place = shown.get(*place).copied().unwrap_or(*place);
    }
    columns
}

fn deal_all(heads: &[Head], first: usize, width: u16) -> Columns {
    let least = |place: usize| -> u32 {
        let head = heads.get(place);
        head.map_or(0, |head| {
            u32::from(head.set.unwrap_or(head.width.min).max(1))
        })
    };
    let gap = u32::from(GAP);
    let room = u32::from(width);
    let all: u32 = (0..heads.len()).map(|place| least(place) + gap).sum();
    let mut places: Vec<usize> = vec![0];
    let (mut more_left, mut more_right) = (false, false);
    if all <= room + gap {
        places.extend(1..heads.len());
    } else {
        // One cell is kept for the sign that there is more.
        let room = room.saturating_sub(1);
        let frozen = least(0);
        let mut last_start = heads.len();
        let mut taken = frozen;
        while last_start > 1 && taken + gap + least(last_start - 1) <= room {
            last_start -= 1;
            taken += gap + least(last_start);
        }
        let first = first.clamp(1, last_start.min(heads.len().saturating_sub(1)).max(1));
        let mut taken = frozen;
        for place in first..heads.len() {
            // One other column is shown as far as it goes, so that all can be reached.
            let fits = taken + gap + least(place) <= room;
            if !fits && (place > first || taken + gap >= room) {
                break;
            }
            taken += gap + least(place);
            places.push(place);
        }
        more_left = first > 1;
        more_right = places.last().is_some_and(|last| last + 1 < heads.len());
    }
    let room = room.saturating_sub(u32::from(more_right));
    let widths = widths(heads, &places, room, least);
    let mut x = 0;
    let mut seen = Vec::with_capacity(places.len());
    for (place, wide) in places.into_iter().zip(widths) {
        let end = (x + wide).min(room);
        if x < end {
            let (from, to) = (u16::try_from(x), u16::try_from(end));
            seen.push((from.unwrap_or(width)..to.unwrap_or(width), place));
        }
        x += wide + gap;
    }
    Columns {
        seen,
        more_left,
        more_right,
    }
}

/// The least for each, then up to the ideal, then what is left by weight.
fn widths(heads: &[Head], places: &[usize], room: u32, least: impl Fn(usize) -> u32) -> Vec<u32> {
    let mut widths: Vec<u32> = places.iter().map(|place| least(*place)).collect();
    let gaps = u32::from(GAP) * u32::try_from(places.len().saturating_sub(1)).unwrap_or(0);
    let mut left = room.saturating_sub(widths.iter().sum::<u32>() + gaps);
    let free = |place: usize| heads.get(place).filter(|head| head.set.is_none());
    let lacks: Vec<u32> = places
        .iter()
        .zip(&widths)
        .map(|(place, has)| {
            free(*place).map_or(0, |head| u32::from(head.width.ideal).saturating_sub(*has))
        })
        .collect();
    left -= share(&mut widths, &lacks, left.min(lacks.iter().sum()));
    let weights: Vec<u32> = places
        .iter()
        .map(|place| free(*place).map_or(0, |head| u32::from(head.width.weight)))
        .collect();
    share(&mut widths, &weights, left);
    widths
}

/// Shares `left` out in proportion; what rounding leaves goes to the first ones.
fn share(widths: &mut [u32], wants: &[u32], left: u32) -> u32 {
    let all: u32 = wants.iter().sum();
    if all == 0 {
        return 0;
    }
    let mut given = 0;
    for (width, want) in widths.iter_mut().zip(wants) {
        let part = left.saturating_mul(*want) / all;
        *width += part;
        given += part;
    }
    for (width, _) in widths.iter_mut().zip(wants).filter(|(_, want)| **want > 0) {
        if given == left {
            break;
        }
        *width += 1;
        given += 1;
    }
    given
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::app::table::{Align, Width};

    fn head(width: Width) -> Head {
        Head {
            name: "NAME",
            title: Some("NAME".to_owned()),
            width,
            set: None,
            align: Align::Left,
            sorted: None,
        }
    }

    #[test]
    fn what_is_left_goes_to_the_columns_with_weight() {
        let heads = [
            head(Width::fill(10, 20, 1)),
            head(Width::fixed(5)),
            head(Width::between(5, 10)),
        ];
        let seen = deal(&heads, 1, 60).seen;
        assert_eq!(seen, [(0..41, 0), (43..48, 1), (50..60, 2)]);
    }

    #[test]
    fn columns_without_room_are_scrolled_beside_the_frozen_one() {
        let heads = vec![head(Width::fixed(10)); 6];
        let start = deal(&heads, 1, 40);
        assert_eq!(start.seen, [(0..10, 0), (12..22, 1), (24..34, 2)]);
        assert!(!start.more_left && start.more_right);
        let middle = deal(&heads, 2, 40);
        assert_eq!(
            middle.seen.iter().map(|(_, at)| *at).collect::<Vec<_>>(),
            [0, 2, 3]
        );
        assert!(middle.more_left && middle.more_right);
        let end = deal(&heads, 99, 40);
        assert_eq!(
            end.seen.iter().map(|(_, at)| *at).collect::<Vec<_>>(),
            [0, 4, 5]
        );
        assert!(end.more_left && !end.more_right);
    }

    #[test]
    fn the_width_that_the_user_gave_counts() {
        let mut heads = [head(Width::fill(10, 20, 1)), head(Width::fixed(5))];
        if let Some(head) = heads.get_mut(0) {
            head.set = Some(12);
        }
        assert_eq!(deal(&heads, 1, 60).seen, [(0..12, 0), (14..19, 1)]);
    }

    proptest! {
        #[test]
        fn columns_never_overlap_nor_leave_the_room(
            sizes in prop::collection::vec((0_u16..200, 0_u16..200, 0_u16..9), 1..12),
            first in 0_usize..20,
            width in 0_u16..300,
        ) {
            let heads: Vec<Head> = sizes
                .iter()
                .map(|(min, more, weight)| head(Width::fill(*min, min + more, *weight)))
                .collect();
            let columns = deal(&heads, first, width);
            let mut end = 0;
            for (range, _) in &columns.seen {
                prop_assert!(range.start >= end && range.end > range.start);
                end = range.end;
            }
            prop_assert!(end <= width);
        }
    }
}
