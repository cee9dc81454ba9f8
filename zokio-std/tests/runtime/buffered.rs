//! Buffered streams, and copying.

use crate::peers::pair;
use crate::{Case, poll_once};
use embedded_io_async::Write as _;
use std::io::{ErrorKind, Read, Write};
use zokio_std::Builder;
use zokio_std::io::{BufReader, BufWriter, copy};

pub const CASES: &[Case] = &[
    ("lines_come_whole", lines_come_whole),
    ("small_writes_go_together", small_writes_go_together),
    ("a_stream_is_copied", a_stream_is_copied),
];

fn lines_come_whole(builder: Builder) {
    builder.build().unwrap().block_on(async {
        let (stream, mut peer) = pair().await;
        let mut lines = BufReader::with_capacity(7, stream);
        peer.write_all(b"one\r\ntwo, which is lo").unwrap();
        assert_eq!(lines.next_line().await.unwrap().as_deref(), Some("one"));
        for _ in 0..3 {
            // Dropped with a part of the line taken in.
            assert!(poll_once(&mut Box::pin(lines.next_line())).await.is_none());
        }
        peer.write_all(b"nger\n\n\xff\nlast").unwrap();
        assert_eq!(lines.next_line().await.unwrap().as_deref(), Some("two, which is longer"));
        assert_eq!(lines.next_line().await.unwrap().as_deref(), Some(""));
        assert_eq!(lines.next_line().await.unwrap_err().kind(), ErrorKind::InvalidData);
        drop(peer);
        assert_eq!(lines.next_part(b'a', 64).await.unwrap().as_deref(), Some(&b"la"[..]));
        assert_eq!(lines.next_part(b'a', 1).await.unwrap_err().kind(), ErrorKind::InvalidData);
        assert_eq!(lines.next_part(b'a', 2).await.unwrap().as_deref(), Some(&b"st"[..]));
        assert_eq!(lines.next_line().await.unwrap(), None);
    });
}

fn small_writes_go_together(builder: Builder) {
    builder.build().unwrap().block_on(async {
        let (stream, mut peer) = pair().await;
        let mut writer = BufWriter::with_capacity(100, stream);
        let reader = std::thread::spawn(move || {
            let mut all = Vec::new();
            peer.read_to_end(&mut all).unwrap();
            all
        });
        for number in 0..1000u32 {
            writer.write_all(&number.to_be_bytes()).await.unwrap();
        }
        writer.flush().await.unwrap();
        drop(writer);
        let expected: Vec<u8> = (0..1000u32).flat_map(u32::to_be_bytes).collect();
        assert!(reader.join().unwrap() == expected);
    });
}

fn a_stream_is_copied(builder: Builder) {
    builder.build().unwrap().block_on(async {
        let (mut from, mut source) = pair().await;
        let (mut to, mut sink) = pair().await;
        let bytes: Vec<u8> = (0..500_000u32).map(|at| (at % 241) as u8).collect();
        let sent = bytes.clone();
        let writer = std::thread::spawn(move || source.write_all(&sent).unwrap());
        let reader = std::thread::spawn(move || {
            let mut all = Vec::new();
            sink.read_to_end(&mut all).unwrap();
            all
        });
        assert_eq!(copy(&mut from, &mut to).await.unwrap(), 500_000);
        drop(to);
        writer.join().unwrap();
        assert!(reader.join().unwrap() == bytes);
    });
}
