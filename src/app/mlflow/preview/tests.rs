use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgba, RgbaImage};
use proptest::prelude::*;
use rstest::rstest;

use super::*;

/// As MLflow 3.17.2 writes it, its long lines folded.
const MLMODEL: &str = r#"artifact_path: model
flavors:
  python_function:
    env:
      conda: conda.yaml
      virtualenv: python_env.yaml
    loader_module: mlflow.sklearn
    model_path: model.pkl
    python_version: 3.11.2
  sklearn:
    code: null
    pickled_model: model.pkl
    serialization_format: cloudpickle
    sklearn_version: 1.4.2
is_signature_from_type_hint: false
mlflow_version: 3.17.2
model_id: null
model_uuid: 5f0b
prompts: null
run_id: 0123456789abcdef0123456789abcdef
signature:
  inputs: '[{"type": "double", "name": "area", "required": true}, {"type": "string",
    "name": "city of the house, as people write it", "required": false}, {"type":
    "array", "items": {"type": "long"}, "name": "years", "required": true}, {"type":
    "object", "properties": {"a": {"type": "string", "required": true}, "b": {"type":
    "array", "items": {"type": "double"}, "required": false}}, "name": "extra", "required":
    true}, {"type": "map", "values": {"type": "string"}, "name": "tags", "required":
    true}]'
  outputs: '[{"name": "scores", "type": "tensor", "tensor-spec": {"dtype": "float32",
    "shape": [-1, 10]}}]'
  params: '[{"name": "temperature", "default": 0.5, "shape": null, "type": "double"},
    {"name": "stop", "default": ["a", "b"], "shape": [-1], "type": "string"}]'
type_hint_from_example: false
utc_time_created: '2026-11-27 12:00:00.000000'
"#;

fn whole(path: &str, bytes: &[u8]) -> Preview {
    let mut preview = Preview::of(path, bytes, bytes.len() as u64);
    preview.resize(Room {
        width: 80,
        height: 24,
    });
    preview
}

fn lines_of(preview: &Preview) -> &[String] {
    match preview.body() {
        Body::Lines(lines) => lines,
        other => panic!("{other:?}"),
    }
}

fn sheet_of(preview: &Preview) -> &Sheet {
    match preview.body() {
        Body::Sheet(sheet) => sheet,
        other => panic!("{other:?}"),
    }
}

/// What a pane says in words.
fn described(preview: &mut Preview) -> String {
    preview.detail_mut().unwrap().whole()
}

fn encoded(format: ImageFormat, width: u32, height: u32) -> Vec<u8> {
    let mut picture = RgbaImage::new(width, height);
    for (x, _, dot) in picture.enumerate_pixels_mut() {
        *dot = Rgba(if x < width / 2 {
            [255, 0, 0, 255]
        } else {
            [0, 0, 255, 255]
        });
    }
    let picture = match format {
        ImageFormat::Jpeg => DynamicImage::from(picture).into_rgb8().into(),
        _ => DynamicImage::from(picture),
    };
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

#[rstest]
#[case("notes.txt", b"plain\ttext\r\nline two", "text")]
#[case("README.md", b"# Title", "Markdown")]
#[case("conda.yaml", b"a: 1", "YAML")]
#[case("a.json", b"{\"a\": [1, NaN]}", "JSON")]
#[case("no_ending", b" [1, 2]", "JSON")]
#[case("table.csv", b"a,b\n1,2", "CSV")]
#[case("table.tsv", b"a\tb\n1\t2", "TSV")]
#[case("model.pkl", b"\x80\x04\x95\x00", "binary")]
#[case("text.bin", b"", "text")]
#[case("BM.txt", b"BM is a word", "text")]
fn the_kind_is_told_from_name_and_content(
    #[case] path: &str,
    #[case] bytes: &[u8],
    #[case] kind: &str,
) {
    let preview = whole(path, bytes);
    assert_eq!((preview.kind.as_str(), preview.note), (kind, None));
}

#[test]
fn tabulators_go_to_their_stops() {
    let preview = whole("a.txt", b"a\tb\tc\n12345678\tx");
    assert_eq!(
        lines_of(&preview),
        ["a       b       c", "12345678        x"]
    );
}

#[test]
fn of_a_large_file_the_first_bytes_are_shown_and_nothing_is_cut_in_half() {
    let text = "é".repeat(100);
    let preview = Preview::of("a.txt", &text.as_bytes()[..101], 200);
    assert_eq!(lines_of(&preview), ["é".repeat(50)]);
    assert_eq!(preview.note.as_deref(), Some("the first 101 of 200 bytes"));
    let preview = Preview::of("a.csv", b"a,b\n1,2\n3,4567", 99);
    assert_eq!(sheet_of(&preview).rows(), [["1", "2"]]);
    let preview = Preview::of("a.json", b"{\"a\": [1, 2", 99);
    assert_eq!(lines_of(&preview), ["{\"a\": [1, 2"]);
}

#[test]
fn what_is_not_what_its_name_says_is_shown_as_it_is_and_told() {
    let preview = whole("a.json", b"{oops");
    assert_eq!(preview.note.as_deref(), Some("it cannot be read as JSON"));
    let preview = whole("MLmodel", b"just a text");
    assert_eq!(preview.note.as_deref(), Some("it cannot be read as YAML"));
    let png = &encoded(ImageFormat::Png, 40, 20)[..60];
    let preview = whole("a.png", png);
    assert!(
        preview
            .note
            .unwrap()
            .starts_with("the picture cannot be read")
    );
}

#[test]
fn a_table_has_columns_of_its_own_width_with_numbers_told_from_texts() {
    let preview = whole(
        "t.csv",
        "city,price,\nZürich,12.5\n\"a,b\",-3e2,extra\n日本,\n".as_bytes(),
    );
    let sheet = sheet_of(&preview);
    assert_eq!(sheet.heads(), ["city", "price", ""]);
    assert_eq!(sheet.rows()[1], ["a,b", "-3e2", "extra"]);
    assert_eq!(sheet.widths(), [6, 5, 5]);
    assert_eq!(
        [0, 1, 2, 9].map(|at| sheet.is_number(at)),
        [false, true, false, false]
    );
    let semicolons = whole("t.csv", b"a;b;c\n1,5;2;3");
    assert_eq!(sheet_of(&semicolons).rows(), [["1,5", "2", "3"]]);
}

#[test]
fn a_models_description_spells_its_signature() {
    let mut preview = whole("model/MLmodel", MLMODEL.as_bytes());
    assert_eq!(preview.kind, "MLmodel");
    let words = described(&mut preview);
    for said in [
        "run: 0123456789abcdef0123456789abcdef",
        "inputs: area: double\ncity of the house, as people write it: string, optional\n\
         years: array of long\nextra: {a: string, b?: array of double}\ntags: map of string",
        "outputs: scores: float32 [-1,10]",
        "params: temperature: double, by default 0.5\nstop: string [-1], by default [\"a\",\"b\"]",
        "flavor sklearn: pickled_model: model.pkl",
        "uuid: 5f0b",
    ] {
        assert!(words.contains(said), "{said}\n---\n{words}");
    }
    assert!(!words.contains("model: null"), "{words}");
    let mut without = whole("MLmodel", b"flavors: {}\nrun_id: abc\nsignature: null");
    assert!(described(&mut without).contains("signature: none"));
}

#[test]
fn yaml_that_names_its_parts_again_and_again_stays_small() {
    let mut bomb = String::from("run_id: x\na: &a [1,1,1,1,1,1,1,1,1]\n");
    for level in 0..30 {
        let (name, last) = (char::from(b'b' + level % 20), char::from(b'a' + level % 20));
        let part = format!("{name}{level}: &{name} [*{last},*{last},*{last},*{last}]\n");
        bomb.push_str(&part);
    }
    whole("MLmodel", bomb.as_bytes());
    let deep = format!("a: {}", "[".repeat(100_000));
    assert!(whole("MLmodel", deep.as_bytes()).note.is_some());
    let deep = "[".repeat(100_000);
    assert!(whole("a.json", deep.as_bytes()).note.is_some());
}

#[rstest]
#[case(ImageFormat::Png, "PNG 40×20")]
#[case(ImageFormat::Jpeg, "JPEG 40×20")]
#[case(ImageFormat::Gif, "GIF 40×20")]
#[case(ImageFormat::WebP, "WebP 40×20")]
#[case(ImageFormat::Bmp, "BMP 40×20")]
fn pictures_are_read_whatever_their_name(#[case] format: ImageFormat, #[case] kind: &str) {
    let preview = whole("artifact", &encoded(format, 40, 20));
    assert_eq!((preview.kind.as_str(), &preview.note), (kind, &None));
    let Body::Picture(picture) = preview.body() else {
        panic!("{preview:?}");
    };
    let mean = |x| picture.mean((x, 0), (10, 10), [0; 3]).unwrap();
    assert!(mean(2)[0] > 200 && mean(2)[2] < 60, "{:?}", mean(2));
    assert!(mean(25)[2] > 200 && mean(25)[0] < 60, "{:?}", mean(25));
    assert_eq!(picture.mean((40, 0), (1, 1), [0; 3]), None);
}

#[test]
fn a_large_picture_is_made_small_and_a_huge_one_is_refused() {
    let preview = whole("a.png", &encoded(ImageFormat::Png, 1_200, 300));
    let Body::Picture(picture) = preview.body() else {
        panic!("{preview:?}");
    };
    assert_eq!(
        (picture.width, picture.kept_width, picture.kept_height),
        (1_200, 400, 100)
    );
    // A header that claims 60,000 × 60,000 dots.
    let mut bomb = encoded(ImageFormat::Bmp, 4, 4);
    bomb[18..22].copy_from_slice(&60_000_u32.to_le_bytes());
    bomb[22..26].copy_from_slice(&60_000_u32.to_le_bytes());
    let preview = whole("a.bmp", &bomb);
    assert!(matches!(preview.body(), Body::Bytes(_)));
    assert!(preview.note.unwrap().contains("too large"));
}

#[test]
fn what_is_not_opaque_lets_the_ground_through() {
    let mut picture = RgbaImage::new(1, 1);
    picture.put_pixel(0, 0, Rgba([255, 255, 255, 0]));
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
    let preview = whole("a.png", &bytes.into_inner());
    let Body::Picture(picture) = preview.body() else {
        panic!("{preview:?}");
    };
    assert_eq!(
        picture.mean((0, 0), (1, 1), [10, 20, 30]),
        Some([10, 20, 30])
    );
}

#[test]
fn bytes_are_dumped_sixteen_a_line() {
    let bytes: Vec<u8> = (0..=255).chain(*b"end").collect();
    let preview = whole("a.bin", &bytes);
    assert_eq!(preview.count(), 17);
    assert_eq!(
        preview.dumped(4).unwrap(),
        "00000040  40 41 42 43 44 45 46 47  48 49 4a 4b 4c 4d 4e 4f  @ABCDEFGHIJKLMNO"
    );
    assert!(preview.dumped(16).unwrap().ends_with("  end"));
    assert_eq!(preview.dumped(17), None);
}

#[test]
fn the_window_stays_inside() {
    let text: Vec<String> = (0..100)
        .map(|line| format!("{line} {}", "x".repeat(40)))
        .collect();
    let mut preview = whole("a.txt", text.join("\n").as_bytes());
    preview.last_line();
    assert_eq!(preview.top(), 100 - 22);
    preview.page_up();
    assert_eq!(preview.top(), 100 - 44);
    preview.first_line();
    preview.scroll(-1);
    assert_eq!(preview.top(), 0);
    for _ in 0..99 {
        preview.go_right();
    }
    assert_eq!(preview.left(), 40);
    preview.go_left();
    assert_eq!(preview.left(), 32);
}

#[test]
fn only_pictures_are_read_beyond_the_first_bytes() {
    assert_eq!(wanted("a.txt", 10), 10);
    assert_eq!(wanted("a.txt", 1 << 40), FIRST);
    assert_eq!(wanted("plots/roc.PNG", 2_000_000), 2_000_000);
    assert_eq!(wanted("plots/roc.png", 1 << 40), FIRST);
}

proptest! {
    #[test]
    fn no_file_breaks_it(
        name in "(a\\.(json|csv|tsv|yaml|png|gif|bmp|jpg|webp|txt|md)|MLmodel)",
        start in prop_oneof![
            Just(vec![]), Just(b"\x89PNG\r\n\x1a\n".to_vec()), Just(b"GIF89a".to_vec()),
            Just(b"\xff\xd8\xff".to_vec()), Just(b"RIFF\x10\0\0\0WEBPVP8 ".to_vec()),
            Just(b"BM\0\0\0\0\0\0\0\0".to_vec()), Just(b"flavors:\n  - {a: [".to_vec()),
        ],
        rest in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..200),
            "[a-z:{}\\[\\],\"'\n\t -]{0,80}".prop_map(String::into_bytes),
            ".{0,60}".prop_map(String::into_bytes),
        ],
        more in 0_u64..2,
        keys in prop::collection::vec(0_u8..6, 0..12),
    ) {
        let bytes = [start, rest].concat();
        let mut preview = Preview::of(&name, &bytes, bytes.len() as u64 + more);
        preview.resize(Room { width: 20, height: 6 });
        for key in keys {
            match key {
                0 => preview.page_down(),
                1 => preview.page_up(),
                2 => preview.go_left(),
                3 => preview.go_right(),
                4 => preview.last_line(),
                _ => preview.first_line(),
            }
            prop_assert!(preview.top() <= preview.count());
        }
    }
}
