//! Downloading artifacts: through cuts and between runs of the program, in ranges that API
//! Gateway carries, and never outside of the chosen folder.
#![expect(clippy::unwrap_used, reason = "a failed preparation fails the test")]

#[path = "support/sandboxed.rs"]
mod sandboxed;

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    sync::{Arc, Mutex},
};

use mlwarden::{
    browse::{Download, Fetched, Host},
    domain::{ErrorClass, Failure, Found, Origin, Principal},
    mlflow::models::Artifact,
    probe::Stay,
    sandbox::{Options, Sandbox},
};
use rstest::rstest;
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// More than two ranges of a file, and not a whole number of them.
const LARGE: usize = 17 * 1024 * 1024 + 4321;

/// A server of files that does as badly as it is told.
#[derive(Default)]
struct Behaviour {
    files: BTreeMap<String, Vec<u8>>,
    /// After how many bytes of a body the connection is cut, request after request; the last of
    /// them for good.
    cuts: Vec<usize>,
    /// Whether it knows ranges.
    no_ranges: bool,
    /// Whether each answer has another mark.
    restless_marks: bool,
    /// What the mark is otherwise.
    mark: String,
    /// The ranges that were asked for.
    asked: Vec<Option<(usize, usize)>>,
    /// What a listing of a folder answers.
    listing: String,
}

type Shared = Arc<Mutex<Behaviour>>;

async fn serve(listener: TcpListener, behaviour: Shared) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(one(stream, behaviour.clone()));
    }
}

async fn one(mut stream: TcpStream, behaviour: Shared) -> Option<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let (answer, body, cut) = answer(&String::from_utf8(head).ok()?, &behaviour);
    stream.write_all(answer.as_bytes()).await.ok()?;
    let sent = body.get(..cut).unwrap_or(&body);
    stream.write_all(sent).await.ok()?;
    stream.shutdown().await.ok()
}

fn answer(head: &str, behaviour: &Shared) -> (String, Vec<u8>, usize) {
    let mut behaviour = behaviour.lock().unwrap();
    let target = head.split(' ').nth(1).unwrap();
    let url: url::Url = format!("http://x{target}").parse().unwrap();
    if url.path().ends_with("artifacts/list") {
        let body = behaviour.listing.clone().into_bytes();
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            body.len()
        );
        return (head, body, usize::MAX);
    }
    let path = url
        .query_pairs()
        .find(|(name, _)| name == "path")
        .unwrap()
        .1
        .into_owned();
    let file = behaviour.files[&path].clone();
    let range = head
        .lines()
        .find_map(|line| {
            line.to_ascii_lowercase()
                .strip_prefix("range: bytes=")
                .map(str::to_owned)
        })
        .map(|range| {
            let (first, last) = range.split_once('-').unwrap();
            (first.parse().unwrap(), last.parse().unwrap())
        });
    behaviour.asked.push(range);
    let number = behaviour.asked.len();
    let cut = match behaviour.cuts.len() {
        0 => usize::MAX,
        1 => behaviour.cuts[0],
        _ => behaviour.cuts.remove(0),
    };
    let mark = if behaviour.restless_marks {
        format!("\"{number}\"")
    } else {
        format!("\"{}\"", behaviour.mark)
    };
    let range = range.filter(|_| !behaviour.no_ranges);
    let (status, stated, body) = match range {
        Some((first, _)) if first >= file.len() => {
            ("416 Range Not Satisfiable", String::new(), Vec::new())
        }
        Some((first, last)) => {
            let last = last.min(file.len() - 1);
            let stated = format!("content-range: bytes {first}-{last}/{}\r\n", file.len());
            ("206 Partial Content", stated, file[first..=last].to_vec())
        }
        None => ("200 OK", String::new(), file),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\netag: {mark}\r\n{stated}connection: close\r\n\r\n",
        body.len()
    );
    (head, body, cut)
}

/// A host whose API is the server of files; nobody signs in.
struct Bench {
    _sandbox: Sandbox,
    home: TempDir,
    host: Host,
    stay: Arc<Stay>,
    server: Shared,
}

impl Bench {
    async fn start(behaviour: Behaviour) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = Shared::new(Mutex::new(behaviour));
        tokio::spawn(serve(listener, server.clone()));
        let sandbox = Sandbox::start(Options::default()).await.unwrap();
        let home = tempfile::tempdir().unwrap();
        let mut verifier = sandboxed::verifier(&sandbox, home.path()).await;
        verifier.deployment.api_url = Some(Found::new(url, Origin::Flag("--api-url".into())));
        let host = Host::new(verifier, false, |_| ()).unwrap();
        let stay = host.become_principal(&Principal::Anonymous).await.unwrap();
        Self {
            _sandbox: sandbox,
            home,
            host,
            stay,
            server,
        }
    }

    fn folder(&self) -> std::path::PathBuf {
        self.home.path().join("out")
    }

    fn wanted(&self, overwrite: bool) -> Download {
        Download {
            run: "r1".into(),
            root_uri: "mlflow-artifacts:/1/r1/artifacts".into(),
            folder: self.folder(),
            overwrite,
            concurrency: 3,
        }
    }

    async fn fetch(&self, path: &str, size: usize) -> Result<Fetched, Failure> {
        self.fetch_as(path, size, false).await
    }

    async fn fetch_as(&self, path: &str, size: usize, overwrite: bool) -> Result<Fetched, Failure> {
        let mut outcomes = self
            .host
            .download(
                &self.stay,
                &self.wanted(overwrite),
                vec![artifact(path, size)],
                &|_| (),
            )
            .await;
        outcomes.pop().unwrap().result
    }

    fn server(&self) -> std::sync::MutexGuard<'_, Behaviour> {
        self.server.lock().unwrap()
    }

    /// All that stands in the folder, by name.
    fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        below(&self.folder(), "", &mut names);
        names.sort();
        names
    }
}

fn below(folder: &Path, above: &str, names: &mut Vec<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let entry = entry.unwrap();
        let name = format!("{above}{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            below(&entry.path(), &format!("{name}/"), names);
        } else {
            names.push(name);
        }
    }
}

fn artifact(path: &str, size: usize) -> Artifact {
    Artifact {
        path: path.to_owned(),
        is_dir: false,
        file_size: i64::try_from(size).unwrap(),
    }
}

/// Bytes that tell where they stand.
fn bytes(size: usize) -> Vec<u8> {
    let mut state = 1_u32;
    std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    })
    .take(size)
    .collect()
}

fn holding(path: &str, content: Vec<u8>) -> Behaviour {
    Behaviour {
        files: BTreeMap::from([(path.to_owned(), content)]),
        mark: "a".to_owned(),
        ..Behaviour::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_file_is_read_in_ranges_that_the_gateway_carries() {
    let content = bytes(LARGE);
    let bench = Bench::start(holding("model/weights.bin", content.clone())).await;
    let fetched = bench.fetch("model/weights.bin", LARGE).await.unwrap();
    assert_eq!(fetched.bytes, LARGE as u64);
    assert_eq!(fetched.file, bench.folder().join("model/weights.bin"));
    assert!(fs::read(&fetched.file).unwrap() == content);
    assert_eq!(bench.names(), ["model/weights.bin"], "nothing else is left");
    let asked = bench.server().asked.clone();
    assert_eq!(asked.len(), 3, "{asked:?}");
    for (first, last) in asked.into_iter().flatten() {
        assert!(last - first < 8 * 1024 * 1024);
    }
}

#[rstest]
#[case::with_ranges(false)]
#[case::and_marks_that_differ(true)]
#[tokio::test(flavor = "multi_thread")]
async fn a_cut_file_is_read_on_from_where_it_was(#[case] restless_marks: bool) {
    let content = bytes(LARGE);
    let bench = Bench::start(Behaviour {
        cuts: vec![1_000_000, 3_000_000, 100, usize::MAX],
        restless_marks,
        ..holding("w.bin", content.clone())
    })
    .await;
    let fetched = bench.fetch("w.bin", LARGE).await.unwrap();
    assert!(fs::read(&fetched.file).unwrap() == content);
    let first: Vec<usize> = bench
        .server()
        .asked
        .iter()
        .map(|range| range.unwrap().0)
        .collect();
    // Nothing is read twice but what shows that the parts go together.
    assert_eq!(first[0], 0);
    assert!(
        first[1] > 900_000 && first.iter().skip(1).all(|&at| at > 0),
        "{first:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_process_left_half_read_the_next_one_reads_on() {
    let content = bytes(LARGE);
    let bench = Bench::start(Behaviour {
        cuts: vec![6_000_000, 0],
        ..holding("w.bin", content.clone())
    })
    .await;
    let failure = bench.fetch("w.bin", LARGE).await.unwrap_err();
    assert_eq!(failure.class, ErrorClass::Network, "{failure}");
    assert!(!bench.folder().join("w.bin").exists());
    {
        let mut server = bench.server();
        server.cuts.clear();
        server.asked.clear();
    }
    let fetched = bench.fetch("w.bin", LARGE).await.unwrap();
    assert!(fetched.resumed_at > 5_900_000, "{fetched:?}");
    assert!(bench.server().asked[0].unwrap().0 > 5_900_000);
    assert!(fs::read(&fetched.file).unwrap() == content);
    assert_eq!(bench.names(), ["w.bin"]);
}

#[rstest]
#[case::of_the_same_size(LARGE, "b")]
#[case::of_another_size(LARGE - 7, "b")]
#[case::shorter_than_what_is_there(2_000, "b")]
#[case::and_nobody_marks_it(LARGE, "a")]
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_changed_meanwhile_is_read_anew(#[case] size: usize, #[case] mark: &str) {
    let bench = Bench::start(Behaviour {
        cuts: vec![6_000_000, 0],
        ..holding("w.bin", bytes(LARGE))
    })
    .await;
    bench.fetch("w.bin", LARGE).await.unwrap_err();
    let changed: Vec<u8> = bytes(size).iter().map(|byte| !byte).collect();
    {
        let mut server = bench.server();
        server.cuts.clear();
        server.mark = mark.to_owned();
        server.files.insert("w.bin".into(), changed.clone());
    }
    let fetched = bench.fetch("w.bin", size).await.unwrap();
    assert!(fs::read(&fetched.file).unwrap() == changed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_ranges_sends_the_whole_file() {
    let content = bytes(100_000);
    let bench = Bench::start(Behaviour {
        no_ranges: true,
        cuts: vec![50_000, usize::MAX],
        ..holding("w.bin", content.clone())
    })
    .await;
    let fetched = bench.fetch("w.bin", 100_000).await.unwrap();
    assert!(fs::read(&fetched.file).unwrap() == content);
}

#[rstest]
#[case::as_listed(0)]
#[case::though_the_listing_says_otherwise(7)]
#[tokio::test(flavor = "multi_thread")]
async fn an_empty_file_is_a_file(#[case] listed: usize) {
    let bench = Bench::start(holding("empty", Vec::new())).await;
    let fetched = bench.fetch("empty", listed).await.unwrap();
    assert_eq!(fs::read(&fetched.file).unwrap(), b"");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_there_already_stays_unless_it_is_told_to_go() {
    let bench = Bench::start(holding("a.txt", b"new".to_vec())).await;
    fs::create_dir_all(bench.folder()).unwrap();
    let file = bench.folder().join("a.txt");
    fs::write(&file, "mine").unwrap();
    let refused = bench.fetch("a.txt", 3).await.unwrap_err();
    assert_eq!(refused.class, ErrorClass::Invalid);
    assert!(refused.next_step().contains("--overwrite"), "{refused}");
    assert_eq!(fs::read(&file).unwrap(), b"mine");
    assert!(bench.server().asked.is_empty(), "nothing was asked for");
    bench.fetch_as("a.txt", 3, true).await.unwrap();
    assert_eq!(fs::read(&file).unwrap(), b"new");
    // What was brought before is not brought again.
    assert!(bench.fetch("a.txt", 3).await.unwrap().kept);
    assert_eq!(bench.server().asked.len(), 1);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn no_link_leads_out_of_the_folder() {
    let bench = Bench::start(Behaviour {
        files: ["sub/a.txt", "b.txt"]
            .map(|name| (name.to_owned(), b"evil".to_vec()))
            .into(),
        ..Behaviour::default()
    })
    .await;
    let elsewhere = bench.home.path().join("elsewhere");
    fs::create_dir_all(&elsewhere).unwrap();
    fs::create_dir_all(bench.folder()).unwrap();
    std::os::unix::fs::symlink(&elsewhere, bench.folder().join("sub")).unwrap();
    std::os::unix::fs::symlink(elsewhere.join("b.txt"), bench.folder().join("b.txt")).unwrap();
    for name in ["sub/a.txt", "b.txt"] {
        let refused = bench.fetch_as(name, 4, true).await.unwrap_err();
        assert_eq!(refused.class, ErrorClass::Invalid, "{refused}");
        assert!(refused.message.contains("link"), "{refused}");
    }
    assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_name_among_good_ones_stops_nobody() {
    let bench = Bench::start(Behaviour {
        files: [("good", "1"), ("also/good", "2")]
            .map(|(name, content)| (name.to_owned(), content.as_bytes().to_vec()))
            .into(),
        ..Behaviour::default()
    })
    .await;
    let wanted = ["good", "../../evil", "/etc/evil", "also/good"];
    let outcomes = bench
        .host
        .download(
            &bench.stay,
            &bench.wanted(false),
            wanted.map(|name| artifact(name, 1)).into(),
            &|_| (),
        )
        .await;
    let came: Vec<bool> = outcomes.iter().map(|one| one.result.is_ok()).collect();
    assert_eq!(came, [true, false, false, true]);
    assert_eq!(bench.names(), ["also/good", "good"]);
    assert_eq!(bench.server().asked.len(), 2, "bad names are not asked for");
}

#[rstest]
#[case::something_elsewhere(r#"{"files":[{"path":"../x","is_dir":false}]}"#, true)]
#[case::itself(r#"{"files":[{"path":"sub","is_dir":true}]}"#, true)]
#[case::twice(r#"{"files":[{"path":"sub/a"},{"path":"sub/a"}]}"#, true)]
#[case::pages_without_end(r#"{"files":[],"next_page_token":"1"}"#, true)]
#[case::a_folder(r#"{"files":[{"path":"sub/a","file_size":"3"}]}"#, false)]
#[tokio::test(flavor = "multi_thread")]
async fn a_listing_that_is_no_tree_is_refused(#[case] listing: &str, #[case] refused: bool) {
    let bench = Bench::start(Behaviour {
        listing: listing.to_owned(),
        ..Behaviour::default()
    })
    .await;
    let listed = bench.host.tree(&bench.stay, "r1", "sub", true).await;
    assert_eq!(listed.is_err(), refused, "{listed:?}");
}
