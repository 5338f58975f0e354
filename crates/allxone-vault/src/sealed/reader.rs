//! Opening a stream, one chunk in memory.

use std::io::{self, Read};

use chacha20poly1305::XChaCha20Poly1305;
use chacha20poly1305::aead::KeyInit;
use chacha20poly1305::aead::generic_array::GenericArray;
use chacha20poly1305::aead::stream::DecryptorBE32;

use super::header::{Header, LEN};
use super::{CHUNK, TAG};
use crate::{SecretKey, VaultError};

/// Opens a sealed file as it is read.
///
/// Each chunk is verified before a byte of it is handed out, so nothing altered is ever seen; but
/// that the file is *complete* is known only when reading has ended with `Ok(0)`. Whoever must not
/// act on a part reads to the end first.
pub struct Reader<R: Read> {
    input: R,
    /// `None` once the last chunk was opened or the seal was found broken.
    stream: Option<DecryptorBE32<XChaCha20Poly1305>>,
    header: [u8; LEN],
    /// Sealed bytes read ahead: at most one chunk and the first byte of the next.
    pub(super) ahead: Vec<u8>,
    pub(super) plain: Vec<u8>,
    given: usize,
    broken: bool,
}

impl<R: Read> Reader<R> {
    /// Reads and checks the header.
    ///
    /// # Errors
    /// [`VaultError::SealBroken`] (not ours, too short, other key) or [`VaultError::SealTooNew`].
    pub fn new(key: &SecretKey, mut input: R) -> Result<Self, VaultError> {
        let mut bytes = [0u8; LEN];
        input.read_exact(&mut bytes).map_err(|_| VaultError::SealBroken)?;
        let header = Header::parse(bytes, key)?;
        let aead = XChaCha20Poly1305::new(header.file_key.as_ref().into());
        Ok(Self {
            input,
            stream: Some(DecryptorBE32::from_aead(aead, GenericArray::from_slice(header.prefix()))),
            header: header.bytes,
            ahead: Vec::with_capacity(CHUNK + TAG + 1),
            plain: Vec::with_capacity(CHUNK + TAG),
            given: 0,
            broken: false,
        })
    }

    /// Whether a read failed because the seal is broken, not because the disk failed.
    pub fn broken(&self) -> bool {
        self.broken
    }

    fn next_chunk(&mut self) -> io::Result<()> {
        let Some(mut stream) = self.stream.take() else { return Ok(()) };
        let want = (CHUNK + TAG + 1).saturating_sub(self.ahead.len());
        if let Err(error) = self.input.by_ref().take(want as u64).read_to_end(&mut self.ahead) {
            self.stream = Some(stream);
            return Err(error);
        }
        self.given = 0;
        self.plain.clear();
        let more = self.ahead.len() > CHUNK + TAG;
        let sealed = self.ahead.len().min(CHUNK + TAG);
        self.plain.extend_from_slice(&self.ahead[..sealed]);
        self.ahead.drain(..sealed);
        let opened = if more {
            let opened = stream.decrypt_next_in_place(&self.header, &mut self.plain);
            self.stream = Some(stream);
            opened
        } else {
            stream.decrypt_last_in_place(&self.header, &mut self.plain)
        };
        opened.map_err(|_| {
            self.stream = None;
            self.broken = true;
            self.plain.clear();
            broken()
        })
    }
}

impl<R: Read> Read for Reader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        if self.broken {
            return Err(broken());
        }
        if self.given == self.plain.len() {
            self.next_chunk()?;
        }
        let take = out.len().min(self.plain.len() - self.given);
        out[..take].copy_from_slice(&self.plain[self.given..self.given + take]);
        self.given += take;
        Ok(take)
    }
}

fn broken() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the sealed file is damaged, incomplete or of another key")
}
