//! The sample's own three labs, as stories.

use super::Story;
use crate::domain::Failure;

/// The labs by name, in the sample's order.
pub const LABS: [(&str, &str); 3] = [
    ("admin", include_str!("../../assets/stories/admin.toml")),
    ("reader", include_str!("../../assets/stories/reader.toml")),
    (
        "approver",
        include_str!("../../assets/stories/approver.toml"),
    ),
];

/// The lab of a name; none where there is no such lab.
pub fn lab(name: &str) -> Option<Result<Story, Failure>> {
    LABS.iter()
        .find(|(known, _)| *known == name)
        .map(|(name, text)| Story::parse(name, text, &format!("the lab {name}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::AuthScheme;

    #[test]
    fn the_labs_are_told_by_both_schemes_and_end_with_an_unsigned_call() {
        for (name, _) in LABS {
            let story = lab(name).unwrap().unwrap();
            let schemes: Vec<AuthScheme> = story
                .tellings(None, &[])
                .iter()
                .map(|telling| telling.scheme)
                .collect();
            assert_eq!(schemes, AuthScheme::ALL, "{name}");
            let last = story.steps.last().unwrap();
            let telling = &story.tellings(None, &[])[0];
            assert_eq!(story.maker(last, telling).to_string(), "anonymous");
        }
        assert!(lab("nobody").is_none());
    }
}
