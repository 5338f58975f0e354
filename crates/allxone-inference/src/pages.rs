//! Large pages for the networks' weights. A short run is little more than one pass over all of them, tens of megabytes, and in pages of 4 kB a
//! fifth of its time goes into looking up where each lies. Linux gives large pages to those who ask; the runtime does not ask, so it is done
//! for it once a network is loaded, over the memory that has come since. Nothing is changed by it but the time a run takes, and where the
//! system has none to give, nothing at all.

use std::collections::BTreeMap;
use std::ops::Range;

/// Smaller pieces hold no large page.
const LARGE: usize = 2 << 20;

/// What memory there was.
pub(crate) struct Before(BTreeMap<usize, usize>);

impl Before {
    /// Looks now.
    pub fn now() -> Self {
        Self(plain(&std::fs::read_to_string("/proc/self/maps").unwrap_or_default()))
    }

    /// Asks for large pages where memory has come since.
    #[expect(unsafe_code, reason = "advice about whole pages, which changes no byte of them")]
    pub fn ask_for_large_pages(&self) {
        for piece in come_since(&self.0, &Self::now().0) {
            let (start, len) = (std::ptr::with_exposed_provenance_mut(piece.start), piece.len());
            // SAFETY: both pieces of advice leave every byte as it is, whoever uses it meanwhile; a piece that is gone by now is refused.
            unsafe {
                libc::madvise(start, len, libc::MADV_HUGEPAGE);
                libc::madvise(start, len, COLLAPSE);
            }
        }
    }
}

/// Puts pages together at once instead of some time later (Linux 6.1).
const COLLAPSE: libc::c_int = 25;

/// Where memory lies that is this process's own, can be written, and has no file behind it: from, to.
fn plain(maps: &str) -> BTreeMap<usize, usize> {
    let piece = |line: &str| {
        let mut words = line.split_ascii_whitespace();
        let (range, rights) = (words.next()?, words.next()?);
        let name = words.nth(3).unwrap_or_default();
        let (from, to) = range.split_once('-')?;
        let ours = rights == "rw-p" && (name.is_empty() || name == "[heap]");
        ours.then_some((usize::from_str_radix(from, 16).ok()?, usize::from_str_radix(to, 16).ok()?))
    };
    maps.lines().filter_map(piece).collect()
}

/// Pieces of `now` that were not there `before` and could hold a large page.
fn come_since(before: &BTreeMap<usize, usize>, now: &BTreeMap<usize, usize>) -> Vec<Range<usize>> {
    let mut come = Vec::new();
    for (from, to) in now {
        let mut at = *from;
        for (old_from, old_to) in before.range(..to).filter(|(_, old_to)| **old_to > *from) {
            come.push(at..(*old_from).max(at));
            at = at.max(*old_to);
        }
        come.push(at..(*to).max(at));
    }
    come.retain(|piece| piece.len() >= LARGE);
    come
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_memory_of_our_own_counts() {
        let maps = "7f0000000000-7f0000400000 rw-p 00000000 00:00 0 \n\
                    7f0000400000-7f0000800000 r--p 00000000 00:00 0 \n\
                    7f0000800000-7f0000c00000 rw-p 00000000 08:01 12 /usr/lib/some.so\n\
                    555500000000-555500800000 rw-p 00000000 00:00 0                          [heap]\n\
                    7ffd00000000-7ffd00800000 rw-p 00000000 00:00 0                          [stack]\n";
        let found: Vec<_> = plain(maps).into_iter().collect();
        assert_eq!(found, [(0x5555_0000_0000, 0x5555_0080_0000), (0x7f00_0000_0000, 0x7f00_0040_0000)]);
    }

    #[test]
    fn what_was_there_before_is_left_alone() {
        let mega = |n: usize| n << 20;
        let before = BTreeMap::from([(mega(10), mega(20)), (mega(40), mega(41))]);
        let now = BTreeMap::from([(mega(5), mega(30)), (mega(40), mega(42)), (mega(50), mega(60))]);
        assert_eq!(come_since(&before, &now), [mega(5)..mega(10), mega(20)..mega(30), mega(50)..mega(60)]);
        assert!(come_since(&now, &now).is_empty());
    }
}
