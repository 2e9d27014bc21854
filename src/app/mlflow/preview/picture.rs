//! A picture, small enough to keep.

use std::io::Cursor;

use image::{ImageFormat, ImageReader, Limits};

/// The endings of the pictures that can be read.
pub(super) const ENDINGS: [&str; 6] = ["png", "jpg", "jpeg", "gif", "webp", "bmp"];
/// The most dots that a picture may have: a few bytes may claim to be many.
const DOTS: u64 = 16 * 1_024 * 1_024;
/// The most memory that reading one may take, in bytes.
const MEMORY: u64 = 160 * 1_024 * 1_024;
/// The longest side that is kept, in dots: no terminal shows more.
const KEPT: u32 = 400;

/// A picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// `PNG`, `JPEG`, `GIF`, `WebP` or `BMP`.
    pub format: &'static str,
    /// How wide the file says it is, in dots.
    pub width: u32,
    /// How high.
    pub height: u32,
    /// How wide what is kept of it is.
    pub kept_width: u32,
    /// How high.
    pub kept_height: u32,
    /// Red, green, blue and how opaque, dot by dot, line by line.
    dots: Vec<u8>,
}

/// The format that the first bytes tell, if it is one that can be read.
pub(super) fn format(bytes: &[u8]) -> Option<ImageFormat> {
    let format = image::guess_format(bytes).ok()?;
    // Two letters make no picture: a text may begin with `BM`.
    let is_real = format != ImageFormat::Bmp || bytes.get(6..10) == Some(&[0; 4]);
    (is_real && !word(format).is_empty()).then_some(format)
}

/// What a format is called; nothing for one that cannot be read.
pub(super) fn word(format: ImageFormat) -> &'static str {
    match format {
        ImageFormat::Png => "PNG",
        ImageFormat::Jpeg => "JPEG",
        ImageFormat::Gif => "GIF",
        ImageFormat::WebP => "WebP",
        ImageFormat::Bmp => "BMP",
        _ => "",
    }
}

impl Picture {
    /// Reads a whole file; of a moving picture the first frame.
    ///
    /// # Errors
    /// Says why it cannot be shown: broken, cut off, or too large.
    pub(super) fn read(format: ImageFormat, bytes: &[u8]) -> Result<Self, String> {
        let reader = || {
            let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
            let mut limits = Limits::default();
            limits.max_alloc = Some(MEMORY);
            reader.limits(limits);
            reader
        };
        let broken = |error: image::ImageError| format!("the picture cannot be read: {error}");
        let (width, height) = reader().into_dimensions().map_err(broken)?;
        if u64::from(width) * u64::from(height) > DOTS {
            return Err(format!("{width}×{height} is too large to show"));
        }
        let mut picture = reader().decode().map_err(broken)?;
        if width > KEPT || height > KEPT {
            picture = picture.thumbnail(KEPT, KEPT);
        }
        let dots = picture.into_rgba8();
        Ok(Self {
            format: word(format),
            width,
            height,
            kept_width: dots.width(),
            kept_height: dots.height(),
            dots: dots.into_raw(),
        })
    }

    /// The mean colour of a part of what is kept, over a ground: from `left` and `top` on, so
    /// wide and so high, at least one dot. Nothing where the part is outside.
    pub fn mean(
        &self,
        (left, top): (u32, u32),
        (wide, high): (u32, u32),
        ground: [u8; 3],
    ) -> Option<[u8; 3]> {
        let mut sum = [0_u64; 3];
        let mut count = 0;
        let right = left.saturating_add(wide.max(1)).min(self.kept_width);
        let bottom = top.saturating_add(high.max(1)).min(self.kept_height);
        for y in top..bottom {
            for x in left..right {
                let [red, green, blue, opaque] = self.dot(x, y)?;
                for ((sum, part), ground) in sum.iter_mut().zip([red, green, blue]).zip(ground) {
                    let opaque = u64::from(opaque);
                    *sum += (u64::from(part) * opaque + u64::from(ground) * (255 - opaque)) / 255;
                }
                count += 1;
            }
        }
        (count > 0).then(|| sum.map(|sum| u8::try_from(sum / count).unwrap_or(u8::MAX)))
    }

    fn dot(&self, x: u32, y: u32) -> Option<[u8; 4]> {
        let at = (usize::try_from(y).ok()? * usize::try_from(self.kept_width).ok()?
            + usize::try_from(x).ok()?)
            * 4;
        self.dots.get(at..at + 4)?.try_into().ok()
    }
}
