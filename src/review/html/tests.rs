use quick_xml::{Reader, events::Event};

use super::*;
use crate::review::{
    Checked,
    build::tests::{pack, person},
    pack::parse,
};

const HOSTILE: &str = "</script><script>alert(1)</script>\"'&\u{202e}gpj.\u{0}\u{7f} \u{200b}مريم";

fn sealed() -> Sealed {
    let people = [
        person(HOSTILE, &["readers"]),
        person("ada@x.org", &["admins", "readers"]),
    ];
    pack(&people).seal().unwrap()
}

/// Asserts that the page is well-formed, and gives its tags.
fn tags(page: &str) -> Vec<String> {
    let mut reader = Reader::from_str(page);
    reader.config_mut().check_end_names = true;
    let (mut tags, mut open) = (Vec::new(), 0_usize);
    loop {
        match reader.read_event().unwrap() {
            Event::Start(tag) => {
                open += 1;
                tags.push(tag.name().as_ref().to_owned());
            }
            Event::Empty(tag) => tags.push(tag.name().as_ref().to_owned()),
            Event::End(_) => open -= 1,
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(open, 0);
    tags
}

#[test]
fn a_hostile_name_stays_a_text_and_is_seen_whole() {
    let page = to_html(&sealed()).unwrap();
    let scripts = tags(&page);
    let scripts = scripts.iter().filter(|tag| *tag == "script").count();
    assert_eq!(scripts, 2, "the data and the filter");
    assert!(page.contains(
        "&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;‹U+202E›gpj.‹U+0000›‹U+007F› ‹U+200B›مريم"
    ));
    assert!(!page.contains(['\u{202e}', '\u{0}', '\u{7f}']));
}

#[test]
fn nothing_comes_from_elsewhere() {
    let page = to_html(&sealed()).unwrap();
    for word in ["src=", "<link", "@import", "url(", "style=\"", "onclick"] {
        assert!(!page.contains(word), "{word}");
    }
    assert!(page.contains("default-src &#39;none&#39;"));
    for text in [STYLE, SCRIPT] {
        assert!(!text.contains(['<', '&']), "no longer well-formed");
        let hash = STANDARD.encode(Sha256::digest(text));
        assert!(page.contains(&hash));
    }
    assert!(page.contains("mlwarden review verify FILE"));
    assert!(page.contains("<th scope=\"col\">Person</th>"));
}

#[test]
fn the_data_comes_out_as_it_went_in() {
    let sealed = sealed();
    let page = to_html(&sealed).unwrap();
    let value = parse(data_of(&page).unwrap(), "review.html").unwrap();
    assert_eq!(value, sealed.to_json().unwrap());
    assert!(Checked::of(&value).is_intact());
    let read = Sealed::parse(data_of(&page).unwrap(), "review.html").unwrap();
    assert_eq!(read, sealed);
    assert_eq!(to_html(&read).unwrap(), page);
    let twice = page.replace("<main>", &format!("<main>{DATA}{{}}{END}"));
    assert_eq!(data_of(&twice), None);
}

#[test]
fn any_field_that_is_changed_is_told_by_its_section() {
    fn leaves(value: &serde_json::Value, at: &str, out: &mut Vec<String>) {
        match value {
            serde_json::Value::Object(fields) => {
                for (name, field) in fields {
                    leaves(field, &format!("{at}/{}", name.replace('/', "~1")), out);
                }
            }
            serde_json::Value::Array(items) => {
                for (place, item) in items.iter().enumerate() {
                    leaves(item, &format!("{at}/{place}"), out);
                }
            }
            _ => out.push(at.to_owned()),
        }
    }
    let value = sealed().to_json().unwrap();
    let mut places = Vec::new();
    leaves(&value, "", &mut places);
    assert!(places.len() > 100, "{}", places.len());
    for place in places {
        let mut changed = value.clone();
        *changed.pointer_mut(&place).unwrap() = "tampered".into();
        let altered = Checked::of(&changed).altered;
        assert!(!altered.is_empty(), "{place}");
        let section = place.split('/').nth(1).unwrap();
        if !["schema", "kind", "digest"].contains(&section) {
            assert_eq!(altered, [section], "{place}");
        }
    }
}
