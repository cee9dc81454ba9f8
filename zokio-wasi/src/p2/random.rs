//! Random bytes.

use crate::p1::Error;

/// Fills `into` with random bytes that are fit for keys.
///
/// # Errors
/// None on preview 2; a program that is built for preview 1 too meets one there.
///
/// ```
/// let (mut one, mut other) = ([0; 16], [0; 16]);
/// zokio_wasi::random(&mut one)?;
/// zokio_wasi::random(&mut other)?;
/// assert_ne!(one, other);
/// # Ok::<(), zokio_wasi::p1::Error>(())
/// ```
pub fn random(into: &mut [u8]) -> Result<(), Error> {
    into.copy_from_slice(&wasip2::random::random::get_random_bytes(into.len() as u64));
    Ok(())
}
