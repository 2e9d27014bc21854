//! What of a text identifies somebody or something by its shape alone.

/// What a word is by its shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    Email,
    Id,
    Pool,
    Domain,
    Client,
    Key,
    Token,
    Host,
}

/// Whether a character can stand within a word: a name, an address, an id.
pub fn in_word(char: char) -> bool {
    char.is_alphanumeric() || matches!(char, '.' | '_' | '%' | '+' | '@' | '-')
}

/// What a word is by its shape, where that says anything.
pub fn shape(word: &str) -> Option<Shape> {
    let lower_or_digit = |text: &str| {
        text.bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    let digits = || word.bytes().any(|byte| byte.is_ascii_digit());
    if let Some((name, domain)) = word.split_once('@') {
        return (!name.is_empty() && !domain.is_empty()).then_some(Shape::Email);
    }
    if is_uuid(word) {
        return Some(Shape::Id);
    }
    if let Some((region, id)) = word.split_once('_')
        && region.split('-').count() == 3
        && region.ends_with(|char: char| char.is_ascii_digit())
        && id.len() >= 6
    {
        return Some(Shape::Pool);
    }
    if let Some(id) = word.strip_prefix("d-")
        && id.len() >= 8
        && lower_or_digit(id)
    {
        return Some(Shape::Domain);
    }
    if word.len() == 26 && lower_or_digit(word) && digits() {
        return Some(Shape::Client);
    }
    if word.len() == 20
        && (word.starts_with("AKIA") || word.starts_with("ASIA"))
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric())
    {
        return Some(Shape::Key);
    }
    if word.starts_with("eyJ") && word.len() > 20 {
        return Some(Shape::Token);
    }
    word.ends_with(".amazonaws.com").then_some(Shape::Host)
}

fn is_uuid(word: &str) -> bool {
    word.len() == 36
        && word.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}
