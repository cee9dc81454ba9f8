//! Random bytes.

use crate::p1::Error;

/// Fills `into` with random bytes that are fit for keys.
///
/// # Errors
/// None on preview 2; a program that is built for preview 1 too meets one there.
pub fn random(into: &mut [u8]) -> Result<(), Error> {
    into.copy_from_slice(&wasip2::random::random::get_random_bytes(into.len() as u64));
    Ok(())
}
