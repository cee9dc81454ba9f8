//! An SD card over SPI: who made it and how large it is, over `embedded_hal_async::spi::SpiBus`, with a pin that selects it.

use core::fmt;
use core::time::Duration;
use embedded_hal::digital::OutputPin;
use embedded_hal_async::spi::SpiBus;
use zokio_core::time::{Clock, TimedOut};

/// What can go wrong with a card.
#[derive(Debug)]
#[non_exhaustive]
pub enum CardError<B> {
    /// The bus, or the pin.
    Bus(B),
    /// There is no card, or it says nothing.
    Silent,
    /// The card refuses the command of this number, with these flags.
    Refused(u8, u8),
}

impl<B: fmt::Debug> fmt::Display for CardError<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bus(error) => write!(f, "the bus to the card: {error:?}"),
            Self::Silent => f.write_str("the card does not answer: is there one?"),
            Self::Refused(command, flags) => write!(f, "the card answers command {command} with {flags:#04x}"),
        }
    }
}

impl<B: fmt::Debug> core::error::Error for CardError<B> {}

/// A card's names for itself, and its size.
#[derive(Clone, Copy, Debug)]
pub struct Card {
    name: [u8; 5],
    /// Bytes.
    pub size: u64,
}

impl Card {
    /// The product's name.
    pub fn name(&self) -> &str {
        core::str::from_utf8(&self.name).unwrap_or("?????")
    }
}

const RESET: u8 = 0;
const CHECK_VOLTAGE: u8 = 8;
const SIZE: u8 = 9;
const IDENTITY: u8 = 10;
const INITIALISE: u8 = 41;
const NEXT_IS_SPECIAL: u8 = 55;

/// The flag of an answer: not initialised yet.
const IDLE: u8 = 1;
/// What comes before data.
const DATA_BEGINS: u8 = 0xfe;
/// How many bytes a card may take to answer, and to begin with data.
const PATIENCE: usize = 2000;

/// A bus, and the pin that selects the card on it.
pub struct Reader<B, P> {
    bus: B,
    select: P,
}

impl<B: SpiBus, P: OutputPin<Error = B::Error>> Reader<B, P> {
    /// A reader whose card is not selected.
    pub fn new(bus: B, select: P) -> Self {
        Self { bus, select }
    }

    /// Brings the card up and asks who it is. Gives up after a second.
    ///
    /// # Errors
    /// [`CardError`].
    pub async fn identify(&mut self, clock: impl Clock) -> Result<Card, CardError<B::Error>> {
        let second = Duration::from_secs(1);
        match clock.timeout(second, self.bring_up(clock)).await {
            Ok(brought_up) => brought_up?,
            Err(TimedOut) => return Err(CardError::Silent),
        }
        let (mut identity, mut size) = ([0; 16], [0; 16]);
        self.data(IDENTITY, &mut identity).await?;
        self.data(SIZE, &mut size).await?;
        let [_, _, _, a, b, c, d, e, ..] = identity;
        Ok(Card { name: [a, b, c, d, e], size: capacity(size) })
    }

    async fn bring_up(&mut self, clock: impl Clock) -> Result<(), CardError<B::Error>> {
        self.accepts(RESET, 0, IDLE).await?;
        self.accepts(CHECK_VOLTAGE, 0x1aa, IDLE).await?;
        // What it says of the voltage; no host of today has one that a card does not like.
        self.listen(&mut [0; 4]).await?;
        loop {
            self.accepts(NEXT_IS_SPECIAL, 0, IDLE).await?;
            match self.command(INITIALISE, 1 << 30).await? {
                0 => return Ok(()),
                IDLE => clock.sleep(Duration::from_millis(1)).await,
                flags => return Err(CardError::Refused(INITIALISE, flags)),
            }
        }
    }

    /// A command that is to be answered with no other flags than these.
    async fn accepts(&mut self, command: u8, argument: u32, flags: u8) -> Result<(), CardError<B::Error>> {
        match self.command(command, argument).await? {
            answer if answer & !flags == 0 => Ok(()),
            answer => Err(CardError::Refused(command, answer)),
        }
    }

    /// A command and its answer's flags.
    async fn command(&mut self, command: u8, argument: u32) -> Result<u8, CardError<B::Error>> {
        self.ask(command, argument).await?;
        self.answer(|byte| byte & 0x80 == 0).await
    }

    /// A command that data comes back for.
    async fn data(&mut self, command: u8, data: &mut [u8]) -> Result<(), CardError<B::Error>> {
        self.accepts(command, 0, 0).await?;
        self.answer(|byte| byte == DATA_BEGINS).await?;
        self.listen(data).await?;
        // A checksum follows, which the bus here does without.
        self.listen(&mut [0; 2]).await
    }

    /// Takes bytes while saying nothing, which is ones.
    async fn listen(&mut self, bytes: &mut [u8]) -> Result<(), CardError<B::Error>> {
        bytes.fill(0xff);
        self.bus.transfer_in_place(bytes).await.map_err(CardError::Bus)
    }

    async fn ask(&mut self, command: u8, argument: u32) -> Result<(), CardError<B::Error>> {
        // Selecting it anew ends what it was at.
        self.select.set_high().map_err(CardError::Bus)?;
        self.select.set_low().map_err(CardError::Bus)?;
        // Eight clocks for what it was about to say.
        self.bus.write(&[0xff]).await.map_err(CardError::Bus)?;
        let [a, b, c, d] = argument.to_be_bytes();
        // The checksum is looked at for these two only.
        let checksum = if command == RESET { 0x95 } else { 0x87 };
        self.bus.write(&[0x40 | command, a, b, c, d, checksum]).await.map_err(CardError::Bus)
    }

    /// The first byte that is an answer.
    async fn answer(&mut self, is: impl Fn(u8) -> bool) -> Result<u8, CardError<B::Error>> {
        for _ in 0..PATIENCE {
            let mut byte = [0];
            self.listen(&mut byte).await?;
            if is(byte[0]) {
                return Ok(byte[0]);
            }
        }
        Err(CardError::Silent)
    }
}

/// The size that a card's register tells, in its older and its newer form.
fn capacity(register: [u8; 16]) -> u64 {
    let bits = |from: usize, count: usize| {
        (from..from + count)
            .rev()
            .fold(0_u64, |value, bit| value << 1 | u64::from(register[15 - bit / 8] >> (bit % 8) & 1))
    };
    match bits(126, 2) {
        0 => (bits(62, 12) + 1) << (bits(47, 3) + 2 + bits(80, 4)),
        _ => (bits(48, 22) + 1) << 19,
    }
}
