//! Where stories are found: the sample's labs, and files of one's own in a folder beside the
//! config.

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{LABS, Story, lab};
use crate::domain::{Failure, whole};

/// The name that stands for every lab.
pub const ALL: &str = "all";
/// The folder of one's own stories, beside the config file.
const FOLDER: &str = "stories";
/// How the name of a story's file ends.
const ENDING: &str = "toml";

/// Where stories are found. One of one's own hides a lab of its name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shelf {
    folder: Option<PathBuf>,
}

/// A story that can be named.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shelved {
    /// Its name.
    pub name: String,
    /// Whether it is one's own; else it is a lab of the sample's.
    pub own: bool,
    /// The story, or what is wrong in its file.
    #[serde(with = "whole::outcome")]
    pub story: Result<Story, Failure>,
}

impl Shelf {
    /// The labs, and what is in the folder beside a config file.
    pub fn beside(config_file: &Path) -> Self {
        Self {
            folder: config_file.parent().map(|config| config.join(FOLDER)),
        }
    }

    /// The stories of a name, or of a file.
    ///
    /// # Errors
    /// There is none, it cannot be read, or what [`Story::parse`] says.
    pub fn find(&self, name: &str) -> Result<Vec<Story>, Failure> {
        let path = Path::new(name);
        if name.contains(['/', '\\']) || path.extension().is_some_and(|ending| ending == ENDING) {
            return read(path).map(|story| vec![story]);
        }
        let own = self.folder.as_ref();
        let own = own.map(|folder| folder.join(format!("{name}.{ENDING}")));
        if let Some(own) = own.filter(|own| own.exists()) {
            return read(&own).map(|story| vec![story]);
        }
        if name == ALL {
            return LABS.iter().filter_map(|(name, _)| lab(name)).collect();
        }
        match lab(name) {
            Some(story) => story.map(|story| vec![story]),
            None => Err(self.none(name)),
        }
    }

    /// Every story that can be named: one's own by name, then the labs in the sample's order.
    pub fn all(&self) -> Vec<Shelved> {
        let mut all = self.own();
        for (name, _) in LABS {
            if let Some(story) = lab(name).filter(|_| all.iter().all(|own| own.name != name)) {
                all.push(Shelved {
                    name: name.to_owned(),
                    own: false,
                    story,
                });
            }
        }
        all
    }

    /// One's own, by name. A folder that cannot be read stands for what is in it.
    fn own(&self) -> Vec<Shelved> {
        let Some(folder) = &self.folder else {
            return Vec::new();
        };
        let files = match fs::read_dir(folder) {
            Ok(files) => files,
            Err(error) if error.kind() == ErrorKind::NotFound => return Vec::new(),
            Err(error) => {
                let doing = format!("reading {}", folder.display());
                return vec![Shelved {
                    name: FOLDER.to_owned(),
                    own: true,
                    story: Err(Failure::invalid(doing, error.to_string())),
                }];
            }
        };
        let mut files: Vec<PathBuf> = files
            .filter_map(|file| Some(file.ok()?.path()))
            .filter(|file| file.extension().is_some_and(|ending| ending == ENDING))
            .collect();
        files.sort();
        let own = files.iter().map(|file| Shelved {
            name: name_of(file),
            own: true,
            story: read(file),
        });
        own.collect()
    }

    fn none(&self, name: &str) -> Failure {
        let labs: Vec<&str> = LABS.iter().map(|(lab, _)| *lab).collect();
        let place = self.folder.as_ref().map_or_else(
            || "the config's folder stories".to_owned(),
            |folder| folder.display().to_string(),
        );
        Failure::invalid(format!("looking for the story {name}"), "there is none").advise(format!(
            "use one of {}, {ALL}, a file, or the name of one in {place}",
            labs.join(", ")
        ))
    }
}

/// What a file's story is called.
fn name_of(file: &Path) -> String {
    let stem = file.file_stem().unwrap_or_default();
    stem.to_string_lossy().into_owned()
}

fn read(file: &Path) -> Result<Story, Failure> {
    let text = fs::read_to_string(file).map_err(|error| {
        Failure::invalid(format!("reading {}", file.display()), error.to_string())
            .advise("name a story's file, or one of admin, reader, approver and all")
    })?;
    Story::parse(&name_of(file), &text, &file.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINE: &str = "title = \"Mine\"\n[as]\nbearer = \"group:readers\"\n[[step]]\nrequest = \
                        \"POST experiments/search\"\nbody = { max_results = 1 }\nexpect = \"allow\"\n";

    fn names(shelf: &Shelf) -> Vec<(String, bool)> {
        let all = shelf.all().into_iter();
        all.map(|one| (one.name, one.story.is_ok())).collect()
    }

    #[test]
    fn ones_own_stand_first_hide_a_lab_and_say_what_is_wrong_in_them() {
        let config = tempfile::tempdir().unwrap();
        let shelf = Shelf::beside(&config.path().join("config.toml"));
        assert_eq!(shelf.all().len(), LABS.len(), "no folder yet");
        let folder = config.path().join(FOLDER);
        fs::create_dir(&folder).unwrap();
        for (name, text) in [
            ("broken.toml", "title = \"t\"\n"),
            ("notes.txt", "no story"),
            ("reader.toml", MINE),
        ] {
            fs::write(folder.join(name), text).unwrap();
        }
        let expected = [("broken", false), ("reader", true), ("admin", true)];
        let mut expected = expected
            .map(|(name, whole)| (name.to_owned(), whole))
            .to_vec();
        expected.push(("approver".to_owned(), true));
        assert_eq!(names(&shelf), expected);
        assert_eq!(shelf.find("reader").unwrap()[0].title, "Mine");
        assert_eq!(shelf.find(ALL).unwrap().len(), LABS.len());
        let wrong = shelf.find("broken").unwrap_err().to_string();
        assert!(wrong.contains("line 1, column"), "{wrong}");
        let none = shelf.find("nobody").unwrap_err();
        assert!(none.next_step().contains("approver, all"), "{none:?}");
    }

    #[test]
    fn a_folder_that_is_none_is_told_and_the_labs_stay() {
        let config = tempfile::tempdir().unwrap();
        fs::write(config.path().join(FOLDER), "a file").unwrap();
        let shelf = Shelf::beside(&config.path().join("config.toml"));
        let all = shelf.all();
        assert_eq!(all.len(), LABS.len() + 1);
        assert!(all[0].story.is_err());
    }
}
