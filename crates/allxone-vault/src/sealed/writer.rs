//! Sealing a stream, one chunk in memory.

use std::io::{self, Write};

use chacha20poly1305::XChaCha20Poly1305;
use chacha20poly1305::aead::KeyInit;
use chacha20poly1305::aead::generic_array::GenericArray;
use chacha20poly1305::aead::stream::EncryptorBE32;

use super::header::{Header, LEN};
use super::{CHUNK, TAG};
use crate::{SecretKey, VaultError};

/// Seals what is written to it into `out`. Without [`Writer::finish`] the result does not open.
pub struct Writer<W: Write> {
    out: W,
    stream: EncryptorBE32<XChaCha20Poly1305>,
    header: [u8; LEN],
    header_written: bool,
    buffer: Vec<u8>,
}

impl<W: Write> Writer<W> {
    /// Starts a sealed file under a fresh file key.
    ///
    /// # Errors
    /// [`VaultError::Randomness`].
    pub fn new(key: &SecretKey, out: W) -> Result<Self, VaultError> {
        let header = Header::new(key)?;
        let aead = XChaCha20Poly1305::new(header.file_key.as_ref().into());
        let stream = EncryptorBE32::from_aead(aead, GenericArray::from_slice(header.prefix()));
        Ok(Self {
            out,
            stream,
            header: header.bytes,
            header_written: false,
            buffer: Vec::with_capacity(CHUNK + TAG),
        })
    }

    /// Writes the last chunk and gives the output back. The caller makes it durable.
    ///
    /// # Errors
    /// The output's own.
    pub fn finish(mut self) -> io::Result<W> {
        self.start()?;
        self.stream.encrypt_last_in_place(&self.header, &mut self.buffer).map_err(|_| too_long())?;
        self.out.write_all(&self.buffer)?;
        Ok(self.out)
    }

    fn start(&mut self) -> io::Result<()> {
        if !self.header_written {
            self.out.write_all(&self.header)?;
            self.header_written = true;
        }
        Ok(())
    }

    /// A full buffer is sealed only when more follows: which chunk is the last is known then.
    fn flush_full(&mut self) -> io::Result<()> {
        if self.buffer.len() == CHUNK {
            self.start()?;
            self.stream.encrypt_next_in_place(&self.header, &mut self.buffer).map_err(|_| too_long())?;
            self.out.write_all(&self.buffer)?;
            self.buffer.clear();
        }
        Ok(())
    }
}

impl<W: Write> Write for Writer<W> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        if data.is_empty() {
            return Ok(0);
        }
        self.flush_full()?;
        let take = data.len().min(CHUNK - self.buffer.len());
        self.buffer.extend_from_slice(&data[..take]);
        Ok(take)
    }

    /// Does nothing: a chunk can be sealed only when it is full.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn too_long() -> io::Error {
    io::Error::new(io::ErrorKind::FileTooLarge, "more chunks than the format counts")
}
