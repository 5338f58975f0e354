//! Reads drawings from their folder. The folder is not trusted: a file must have the hash the catalogue knows, and is
//! decoded by the guarded decoder with limits fit for a drawing.

use super::SceneError;
use super::index::Index;
use super::sprite::{Paint, Sprite, recolour};
use allxone_media::{Limits, Picture};
use sha2::{Digest, Sha256};
use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;

/// Largest drawing file read, bytes.
const MAX_FILE: u64 = 512 * 1024;

/// A drawing by its code points and its paint.
type Loaded = (String, Option<Paint>, Rc<Sprite>);

/// The drawings of one scene.
pub struct Gallery<'a> {
    folder: &'a Path,
    index: &'a Index,
    loaded: RefCell<Vec<Loaded>>,
}

impl<'a> Gallery<'a> {
    /// Over a folder of `<code points>.webp` files.
    pub fn new(folder: &'a Path, index: &'a Index) -> Gallery<'a> {
        Gallery { folder, index, loaded: RefCell::new(Vec::new()) }
    }

    /// One drawing, recoloured if asked; read once per scene.
    ///
    /// # Errors
    /// [`SceneError::Drawing`] if the file is missing, changed or cannot be decoded.
    pub fn sprite(&self, file: &str, paint: Option<Paint>) -> Result<Rc<Sprite>, SceneError> {
        if let Some((_, _, sprite)) = self.loaded.borrow().iter().find(|(f, p, _)| f == file && *p == paint) {
            return Ok(Rc::clone(sprite));
        }
        let sprite = Rc::new(self.read(file, paint)?);
        self.loaded.borrow_mut().push((file.to_owned(), paint, Rc::clone(&sprite)));
        Ok(sprite)
    }

    fn read(&self, file: &str, paint: Option<Paint>) -> Result<Sprite, SceneError> {
        let path = self.folder.join(format!("{file}.webp"));
        let unusable = |detail: String| SceneError::Drawing { path: path.clone(), detail };
        let number = self.index.file(file).ok_or_else(|| unusable("it is not in the catalogue".into()))?;
        let drawing = &self.index.drawings[number];
        let size = std::fs::metadata(&path).map_err(|e| unusable(e.to_string()))?.len();
        if size > MAX_FILE {
            return Err(unusable("the file is far too large for a drawing".into()));
        }
        let bytes = std::fs::read(&path).map_err(|e| unusable(e.to_string()))?;
        let hash: String = Sha256::digest(&bytes).iter().map(|b| format!("{b:02x}")).collect();
        if hash != drawing.sha256 {
            return Err(unusable("the file is not the one the catalogue knows".into()));
        }
        let limits = Limits { max_bytes: MAX_FILE, max_pixels: 1 << 20, max_side: 1024, ..Limits::default() };
        let picture = Picture::received(bytes.into(), &limits).map_err(|e| unusable(e.to_string()))?;
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        let mut rgba = picture.pixels().rgba().to_vec();
        if let Some(paint) = paint {
            recolour(&mut rgba, paint);
        }
        let [x, y, w, h] = drawing.trim.map(usize::from);
        Sprite::new(&rgba, width, height, (x, y, w, h))
    }
}
