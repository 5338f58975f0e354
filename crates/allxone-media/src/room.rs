//! Room for the samples of a picture. A camera's photo takes tens of megabytes, and in pages of 4 kB a fifth of the time of decoding it goes
//! into being given them one by one. Linux gives large pages to those who ask.

/// Smaller rooms hold no large page.
const LARGE: usize = 4 << 20;

/// So many zeros.
pub(crate) fn zeroed(len: usize) -> Vec<u8> {
    let room = vec![0; len];
    ask_for_large_pages(room.as_ptr(), len);
    room
}

/// Room for so many bytes, none of them written yet.
pub(crate) fn with_capacity(len: usize) -> Vec<u8> {
    let room = Vec::with_capacity(len);
    ask_for_large_pages(room.as_ptr(), len);
    room
}

#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "advice about whole pages, which changes no byte of them")]
fn ask_for_large_pages(start: *const u8, len: usize) {
    /// A multiple of every page size there is.
    const PAGE: usize = 64 << 10;
    let skipped = start.align_offset(PAGE);
    if len < LARGE || skipped > len {
        return;
    }
    let whole = (len - skipped) / PAGE * PAGE;
    // SAFETY: the pages lie inside the room, which is the caller's alone, and the advice leaves every byte of them as it is.
    unsafe { libc::madvise(start.wrapping_add(skipped).cast_mut().cast(), whole, libc::MADV_HUGEPAGE) };
}

#[cfg(not(target_os = "linux"))]
fn ask_for_large_pages(_start: *const u8, _len: usize) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_of_every_size_is_empty_and_usable() {
        for len in [0, 1, LARGE - 1, LARGE, LARGE + 4097, 9 << 20] {
            let mut room = zeroed(len);
            assert!(room.len() == len && room.iter().all(|byte| *byte == 0));
            room.fill(7);
            let mut empty = with_capacity(len);
            assert!(empty.is_empty() && empty.capacity() >= len);
            empty.extend_from_slice(&room);
            assert_eq!(empty, room);
        }
    }
}
