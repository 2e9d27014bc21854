//! Reading a file range by range, and telling whether it is still the same file.

use bytes::Bytes;

use super::{Progress, part::Part};
use crate::{
    browse::Host,
    domain::{ErrorClass, Failure},
    mlflow::{Answer, ApiRequest, Incoming},
    probe::Stay,
};

/// How many bytes are asked for at once: less than API Gateway's 10 MB, with room for the
/// headers.
const RANGE: u64 = 8 * 1024 * 1024;
/// How many bytes are read a second time to see that they go together with those that are there.
const OVERLAP: u64 = 32 * 1024;

/// Reads one file.
pub(super) struct Reader<'a> {
    pub host: &'a Host,
    pub stay: &'a Stay,
    pub request: ApiRequest,
    /// The artifact's path.
    pub path: &'a str,
    pub part: Part,
    /// Whether it is asked for as a whole: an empty file has no range.
    pub whole: bool,
    /// Whether the server marks every answer otherwise. MLflow does where it fetches the file
    /// from a bucket for each request.
    pub marks_differ: bool,
    pub progress: &'a (dyn Fn(Progress<'_>) + Send + Sync),
}

/// What came of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progressed {
    /// More of the file is there.
    Further,
    /// All of it is.
    ToTheEnd,
    /// It is another file now: begun anew.
    Changed,
}

/// A range as the answer states it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stated {
    first: u64,
    last: u64,
    size: u64,
}

impl Reader<'_> {
    /// One request, from where the part ends.
    pub async fn step(&mut self) -> Result<Progressed, Failure> {
        self.part.settle().await?;
        let again = self.part.have.min(OVERLAP);
        let first = self.part.have - again;
        let incoming = match self.open(first).await {
            Ok(incoming) => incoming,
            // Nothing there to be had: the file is shorter than it was, or empty.
            Err(failure) if failure.class == ErrorClass::Invalid && !self.whole => {
                self.whole = self.part.have == 0;
                self.part.begin_anew().await?;
                return Ok(Progressed::Changed);
            }
            Err(failure) => return Err(failure),
        };
        if incoming.head.status != 206 {
            return self.all(incoming).await;
        }
        let stated = stated(&incoming.head).ok_or_else(|| self.odd("it names no range"))?;
        if stated.first != first || stated.last < first || stated.size <= stated.last {
            return Err(self.odd("it is another range"));
        }
        let Some(incoming) = self.same(incoming, stated).await? else {
            self.part.begin_anew().await?;
            return Ok(Progressed::Changed);
        };
        self.some(incoming, stated, again).await
    }

    async fn open(&self, first: u64) -> Result<Incoming, Failure> {
        let range = (!self.whole).then_some((first, first + RANGE - 1));
        self.host.open(self.stay, &self.request, range).await
    }

    /// The answer, if it is of the file that the part is of; none where that is another one.
    async fn same(
        &mut self,
        incoming: Incoming,
        stated: Stated,
    ) -> Result<Option<Incoming>, Failure> {
        let mark = etag(&incoming.head);
        if self.part.have == 0 {
            self.part.note.etag = mark;
            self.part.note.size = Some(stated.size);
            self.part.keep_note()?;
            return Ok(Some(incoming));
        }
        if self.part.note.size.is_some_and(|size| size != stated.size) {
            return Ok(None);
        }
        let known = self.part.note.etag.as_ref();
        let differs = mark.is_some() && known.is_some() && mark.as_ref() != known;
        if !differs || self.marks_differ {
            return Ok(Some(incoming));
        }
        // Another file, or a server that marks every answer otherwise? Asked once more, the same
        // file has the same mark.
        drop(incoming);
        let second = self.open(stated.first).await?;
        if etag(&second.head) == mark || self::stated(&second.head) != Some(stated) {
            return Ok(None);
        }
        self.marks_differ = true;
        Ok(Some(second))
    }

    /// Takes in a range, of which the first bytes are there already.
    async fn some(
        &mut self,
        mut incoming: Incoming,
        stated: Stated,
        again: u64,
    ) -> Result<Progressed, Failure> {
        let mut there = Bytes::from(self.part.tail(again)?);
        let mut missing = stated.last - stated.first + 1;
        while let Some(mut chunk) = incoming.chunk().await? {
            let most = usize::try_from(missing).unwrap_or(usize::MAX);
            chunk.truncate(most);
            missing -= u64::try_from(chunk.len()).unwrap_or_default();
            let known = there.split_to(there.len().min(chunk.len()));
            if chunk.split_to(known.len()) != known {
                self.part.begin_anew().await?;
                return Ok(Progressed::Changed);
            }
            self.take(&chunk).await?;
            if missing == 0 {
                // Read to its end, the connection serves the next request.
                incoming.chunk().await?;
                break;
            }
        }
        if missing > 0 {
            return Err(Failure::new(
                ErrorClass::Network,
                format!("reading {:?}", self.path),
                "the answer ended before its end",
            ));
        }
        self.part.settle().await?;
        Ok(if self.part.have >= stated.size {
            Progressed::ToTheEnd
        } else {
            Progressed::Further
        })
    }

    /// Takes in a whole file, from its first byte on: the server sends no ranges of it.
    async fn all(&mut self, mut incoming: Incoming) -> Result<Progressed, Failure> {
        self.part.begin_anew().await?;
        while let Some(chunk) = incoming.chunk().await? {
            self.take(&chunk).await?;
        }
        self.part.settle().await?;
        Ok(Progressed::ToTheEnd)
    }

    async fn take(&mut self, chunk: &[u8]) -> Result<(), Failure> {
        self.part.add(chunk).await?;
        (self.progress)(Progress {
            path: self.path,
            received: self.part.have,
            size: self.part.note.size,
        });
        Ok(())
    }

    fn odd(&self, what: &str) -> Failure {
        Failure::new(
            ErrorClass::Unavailable,
            format!("reading {:?}", self.path),
            format!("the answer is not the part that was asked for: {what}"),
        )
    }
}

fn header<'a>(head: &'a Answer, name: &str) -> Option<&'a str> {
    head.headers
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_str())
}

/// The server's mark of the file's state.
fn etag(head: &Answer) -> Option<String> {
    header(head, "etag").map(ToOwned::to_owned)
}

/// `bytes 0-99/1234`
fn stated(head: &Answer) -> Option<Stated> {
    let text = header(head, "content-range")?
        .trim()
        .strip_prefix("bytes")?;
    let (range, size) = text.trim().split_once('/')?;
    let (first, last) = range.split_once('-')?;
    Some(Stated {
        first: first.trim().parse().ok()?,
        last: last.trim().parse().ok()?,
        size: size.trim().parse().ok()?,
    })
}
