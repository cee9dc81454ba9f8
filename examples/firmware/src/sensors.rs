//! A temperature sensor is read over I2C, its readings go through a channel, and a UART reports them.

use core::convert::Infallible;
use core::time::Duration;
use embedded_hal_async::i2c::{ErrorType, I2c, Operation};
use embedded_io_async::Write;
use zokio_core::sync::Channel;
use zokio_core::time::Clock;

/// Sixteenths of a degree.
pub type Reading = i16;

/// The address of an LM75, and its register for the temperature.
const SENSOR: u8 = 0x48;
const TEMPERATURE: u8 = 0;

/// Reads the sensor every 100 milliseconds, `count` times, and closes the channel.
///
/// # Errors
/// The bus's.
pub async fn measure<B: I2c, const N: usize>(
    bus: &mut B,
    clock: impl Clock,
    readings: &Channel<Reading, N>,
    count: usize,
) -> Result<(), B::Error> {
    let mut interval = clock.interval(Duration::from_millis(100));
    for _ in 0..count {
        interval.tick().await;
        let mut bytes = [0; 2];
        bus.write_read(SENSOR, &[TEMPERATURE], &mut bytes).await?;
        if readings.send(i16::from_be_bytes(bytes) >> 4).await.is_err() {
            break; // nobody listens any more
        }
    }
    readings.close();
    Ok(())
}

/// Writes each reading as a line, with the average of the last four.
///
/// # Errors
/// The line's.
pub async fn report<W: Write, const N: usize>(line: &mut W, readings: &Channel<Reading, N>) -> Result<(), W::Error> {
    let mut last = [None; 4];
    let mut number = 0;
    while let Ok(reading) = readings.recv().await {
        last[number % last.len()] = Some(reading);
        number += 1;
        let known = last.iter().flatten().count() as i16;
        let average = last.iter().flatten().sum::<i16>() / known;
        degrees(line, reading).await?;
        line.write_all(b" average ").await?;
        degrees(line, average).await?;
        line.write_all(b"\n").await?;
    }
    line.flush().await
}

/// One decimal, cut off.
async fn degrees<W: Write>(line: &mut W, sixteenths: Reading) -> Result<(), W::Error> {
    let tenths = (i32::from(sixteenths) * 10 / 16).unsigned_abs();
    let digit = |number: u32| b'0' + (number % 10) as u8;
    let sign = if sixteenths < 0 { b'-' } else { b'+' };
    line.write_all(&[sign, digit(tenths / 100), digit(tenths / 10), b'.', digit(tenths)]).await
}

/// A bus with an LM75 on it that gets warmer, where the emulator has none. A transfer takes a byte's time for each byte.
pub struct MockBus<C> {
    clock: C,
    temperature: Reading,
}

impl<C: Clock> MockBus<C> {
    /// A bus at 100 kbit/s; the sensor says 21.5 degrees.
    pub fn new(clock: C) -> Self {
        Self { clock, temperature: 21 * 16 + 8 }
    }
}

impl<C: Clock> ErrorType for MockBus<C> {
    type Error = Infallible;
}

impl<C: Clock> I2c for MockBus<C> {
    async fn transaction(&mut self, _: u8, operations: &mut [Operation<'_>]) -> Result<(), Infallible> {
        for operation in operations {
            let len = match operation {
                Operation::Read(bytes) => {
                    let value = (self.temperature << 4).to_be_bytes();
                    bytes.iter_mut().zip(value).for_each(|(byte, value)| *byte = value);
                    self.temperature += 5;
                    bytes.len()
                }
                Operation::Write(bytes) => bytes.len(),
            };
            self.clock.sleep(Duration::from_micros(90 * len as u64)).await;
        }
        Ok(())
    }
}
