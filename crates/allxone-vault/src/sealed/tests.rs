//! Every way of tampering that the format promises to notice.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;

use super::*;

fn key() -> SecretKey {
    SecretKey::random().unwrap()
}

fn plain(len: usize) -> Vec<u8> {
    (0..len).map(|i| (i * 31 % 251) as u8).collect()
}

#[test]
fn every_length_around_a_chunk_comes_back() {
    let key = key();
    for len in [0, 1, 15, 16, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 17] {
        let sealed = seal(&key, &plain(len)).unwrap();
        assert_eq!(sealed.len() as u64, sealed_len(len as u64), "{len}");
        assert_eq!(open(&key, &sealed).unwrap(), plain(len), "{len}");
    }
}

#[test]
fn the_same_bytes_never_look_the_same_and_never_show() {
    let key = key();
    let text = b"a canary that must not be found in the file".repeat(3);
    let (a, b) = (seal(&key, &text).unwrap(), seal(&key, &text).unwrap());
    assert_ne!(a[12..], b[12..]);
    assert!(!a.windows(8).any(|w| w == &text[..8]));
}

#[test]
fn another_key_and_other_files_do_not_open() {
    let sealed = seal(&key(), b"x").unwrap();
    assert_eq!(open(&key(), &sealed).unwrap_err().code(), "seal_broken");
    assert_eq!(open(&key(), b"").unwrap_err().code(), "seal_broken");
    assert_eq!(open(&key(), &[0u8; 500]).unwrap_err().code(), "seal_broken");
}

#[test]
fn a_later_format_is_named_as_such() {
    let key = key();
    let mut sealed = seal(&key, b"x").unwrap();
    sealed[8] = 9;
    assert_eq!(open(&key, &sealed).unwrap_err().code(), "seal_too_new");
}

#[test]
fn chunks_cannot_be_swapped_repeated_dropped_or_borrowed() {
    let key = key();
    let sealed = seal(&key, &plain(4 * CHUNK)).unwrap();
    let other = seal(&key, &plain(4 * CHUNK)).unwrap();
    let full = CHUNK + TAG;
    let chunk = |s: &[u8], i: usize| s[header::LEN + i * full..header::LEN + (i + 1) * full].to_vec();
    let build = |s: &[u8], order: &[usize]| {
        let mut out = s[..header::LEN].to_vec();
        order.iter().for_each(|i| out.extend(chunk(s, *i)));
        out
    };
    assert_eq!(open(&key, &build(&sealed, &[0, 1, 2, 3])).unwrap().len(), 4 * CHUNK);
    for order in
        [&[1, 0, 2, 3][..], &[0, 1, 2], &[0, 0, 1, 2, 3], &[0, 1, 3], &[0, 1, 2, 3, 3], &[1, 2, 3], &[3], &[]]
    {
        assert_eq!(open(&key, &build(&sealed, order)).unwrap_err().code(), "seal_broken", "{order:?}");
    }
    let mut mixed = build(&sealed, &[0, 1, 2]);
    mixed.extend(chunk(&other, 3));
    assert_eq!(open(&key, &mixed).unwrap_err().code(), "seal_broken");
    let mut head = other[..header::LEN].to_vec();
    head.extend_from_slice(&sealed[header::LEN..]);
    assert_eq!(open(&key, &head).unwrap_err().code(), "seal_broken");
}

#[test]
fn a_stream_never_hands_out_an_altered_chunk_and_reports_a_cut_at_the_end() {
    let key = key();
    let data = plain(3 * CHUNK);
    let mut sealed = seal(&key, &data).unwrap();
    sealed.truncate(header::LEN + 2 * (CHUNK + TAG));
    let mut reader = Reader::new(&key, &sealed[..]).unwrap();
    let mut got = Vec::new();
    assert!(reader.read_to_end(&mut got).is_err());
    assert!(reader.broken());
    assert!(got.len() <= 2 * CHUNK && data.starts_with(&got));
    assert!(reader.read(&mut [0u8; 8]).is_err(), "stays broken");
}

#[test]
fn streaming_keeps_one_chunk_in_memory() {
    /// Endless-looking input that counts how far ahead the writer reads.
    struct Source(u64);
    impl Read for Source {
        fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
            let n = out.len().min(usize::try_from(self.0).unwrap_or(usize::MAX));
            out[..n].fill(0x5a);
            self.0 -= n as u64;
            Ok(n)
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("big");
    let key = key();
    let len = 20 * 1024 * 1024 + 5;
    assert_eq!(write_atomic_from(&path, &key, &mut Source(len)).unwrap(), len);
    assert_eq!(fs::metadata(&path).unwrap().len(), sealed_len(len));
    let mut input = reader(&path, &key).unwrap();
    let mut buffer = vec![0u8; 7000];
    let mut total = 0u64;
    loop {
        let n = input.read(&mut buffer).unwrap();
        if n == 0 {
            break;
        }
        assert!(buffer[..n].iter().all(|b| *b == 0x5a));
        total += n as u64;
        assert!(input.capacity() <= 3 * (CHUNK + TAG + 1), "grew to {}", input.capacity());
    }
    assert_eq!(total, len);
}

impl<R: Read> Reader<R> {
    fn capacity(&self) -> usize {
        self.ahead.capacity() + self.plain.capacity()
    }
}

#[test]
fn files_are_written_whole_or_not_at_all() {
    struct Failing(usize);
    impl Read for Failing {
        fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
            if self.0 == 0 {
                return Err(std::io::Error::other("the source is gone"));
            }
            let n = out.len().min(self.0);
            self.0 -= n;
            Ok(n)
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("blob");
    let key = key();
    write_atomic(&path, &key, b"first").unwrap();
    assert_eq!(write_atomic_from(&path, &key, &mut Failing(200_000)).unwrap_err().code(), "disk_failed");
    assert_eq!(read(&path, &key).unwrap(), b"first");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    assert_eq!(read(&dir.path().join("none"), &key).unwrap_err().code(), "disk_failed");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_changed_bit_is_noticed(len in 0usize..150_000, at in any::<prop::sample::Index>(), bit in 0u8..8) {
        let key = key();
        let mut sealed = seal(&key, &plain(len)).unwrap();
        let at = at.index(sealed.len());
        sealed[at] ^= 1 << bit;
        prop_assert!(open(&key, &sealed).is_err());
    }

    #[test]
    fn any_cut_is_noticed(len in 0usize..150_000, at in any::<prop::sample::Index>()) {
        let key = key();
        let sealed = seal(&key, &plain(len)).unwrap();
        prop_assert!(open(&key, &sealed[..at.index(sealed.len())]).is_err());
    }

    #[test]
    fn anything_appended_is_noticed(len in 0usize..150_000, tail in prop::collection::vec(any::<u8>(), 1..100)) {
        let key = key();
        let mut sealed = seal(&key, &plain(len)).unwrap();
        sealed.extend(tail);
        prop_assert!(open(&key, &sealed).is_err());
    }

    #[test]
    fn any_write_and_read_sizes_give_the_same_bytes(
        pieces in prop::collection::vec(0usize..90_000, 0..5), step in 1usize..100_000
    ) {
        let key = key();
        let data = plain(pieces.iter().sum());
        let mut writer = Writer::new(&key, Vec::new()).unwrap();
        let mut rest = &data[..];
        for n in pieces {
            writer.write_all(&rest[..n]).unwrap();
            rest = &rest[n..];
        }
        let sealed = writer.finish().unwrap();
        let mut reader = Reader::new(&key, &sealed[..]).unwrap();
        let mut got = Vec::new();
        let mut buffer = vec![0u8; step];
        loop {
            let n = reader.read(&mut buffer).unwrap();
            if n == 0 { break }
            got.extend_from_slice(&buffer[..n]);
        }
        prop_assert_eq!(got, data);
    }

    #[test]
    fn garbage_never_opens_and_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(open(&key(), &bytes).is_err());
        let mut lookalike = b"AXSEALED\x01\x10\x00\x00".to_vec();
        lookalike.extend(bytes);
        prop_assert!(open(&key(), &lookalike).is_err());
    }
}
