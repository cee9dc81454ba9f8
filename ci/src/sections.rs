//! How large an image is: text, data and bss, from ELF sections or from a WebAssembly module.

use crate::problem::{Problem, Result};
use object::elf::{SHF_ALLOC, SHF_WRITE, SHT_NOBITS};
use object::read::elf::{FileHeader, SectionHeader};
use object::{Endianness, FileKind};
use std::path::Path;

/// Bytes of an image, as `size` in its Berkeley format counts them: `text` is code and constants, `data` is what starts
/// with a value in RAM, `bss` what starts as zero or uninitialised. Room reserved for a stack or a heap is no bss.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Sizes {
    pub text: u64,
    pub data: u64,
    pub bss: u64,
}

impl Sizes {
    /// RAM that is taken before the first instruction runs, stack and heap not included.
    pub fn static_ram(&self) -> u64 {
        self.data + self.bss
    }

    /// Reads the sizes of the image at `path`.
    pub fn of(path: &Path) -> Result<Self> {
        let wrong = |what: String| Problem::new(format!("{}: {what}", path.display()));
        let image = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
        match FileKind::parse(&*image) {
            Ok(FileKind::Elf32) => elf::<object::elf::FileHeader32<Endianness>>(&image),
            Ok(FileKind::Elf64) => elf::<object::elf::FileHeader64<Endianness>>(&image),
            _ if image.starts_with(b"\0asm\x01\0\0\0") => wasm(&image),
            _ => Err("neither ELF nor a WebAssembly module".to_owned()),
        }
        .map_err(wrong)
    }
}

fn elf<H: FileHeader<Endian = Endianness>>(image: &[u8]) -> std::result::Result<Sizes, String> {
    let failed = |error: object::Error| error.to_string();
    let header = H::parse(image).map_err(failed)?;
    let endian = header.endian().map_err(failed)?;
    let sections = header.sections(endian, image).map_err(failed)?;
    let mut sizes = Sizes::default();
    for section in sections.iter() {
        let flags = section.sh_flags(endian);
        let name = sections.section_name(endian, section).unwrap_or_default();
        // riscv-rt gives the rest of the RAM to these two, so that they say nothing about the program.
        if !flags.contains(SHF_ALLOC) || name == b".stack" || name == b".heap" {
            continue;
        }
        let size: u64 = section.sh_size(endian).into();
        if section.sh_type(endian) == SHT_NOBITS {
            sizes.bss += size;
        } else if flags.contains(SHF_WRITE) {
            sizes.data += size;
        } else {
            sizes.text += size;
        }
    }
    Ok(sizes)
}

/// Of a module, text is everything but the payload of the data section; bss is the rest of the initial linear memory,
/// whose first part is the stack (`--stack-first`, which is where rustc's `__stack_pointer` starts).
fn wasm(module: &[u8]) -> std::result::Result<Sizes, String> {
    const CUSTOM: u8 = 0;
    const MEMORY: u8 = 5;
    const GLOBAL: u8 = 6;
    const DATA: u8 = 11;
    const PAGE: u64 = 65536;
    let mut rest = Cursor(&module[8..]);
    let (mut data, mut text, mut memory, mut stack) = (0, 0, 0, 0);
    while !rest.0.is_empty() {
        let kind = rest.byte()?;
        let length = rest.leb()?;
        let mut section = Cursor(rest.take(length)?);
        match kind {
            CUSTOM => {}
            DATA => data += length,
            _ => text += length,
        }
        if kind == MEMORY && section.leb()? > 0 {
            section.byte()?;
            memory = section.leb()? * PAGE;
        }
        if kind == GLOBAL && section.leb()? > 0 {
            // The first global is the stack pointer: a mutable i32 that starts at a constant.
            let (i32_type, mutable, i32_const) = (section.byte()?, section.byte()?, section.byte()?);
            if (i32_type, mutable, i32_const) == (0x7f, 1, 0x41) {
                stack = section.leb()?;
            }
        }
    }
    Ok(Sizes { text, data, bss: memory.saturating_sub(stack + data) })
}

struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn byte(&mut self) -> std::result::Result<u8, String> {
        Ok(self.take(1)?[0])
    }

    fn take(&mut self, length: u64) -> std::result::Result<&'a [u8], String> {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let (taken, rest) = self.0.split_at_checked(length).ok_or("the module ends in the middle of a section")?;
        self.0 = rest;
        Ok(taken)
    }

    /// An unsigned number in LEB128; a positive signed one reads the same.
    fn leb(&mut self) -> std::result::Result<u64, String> {
        let mut value = 0;
        for shift in (0..63).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err("a number has more than nine bytes".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(kind: u8, payload: &[u8]) -> Vec<u8> {
        [&[kind, u8::try_from(payload.len()).unwrap()], payload].concat()
    }

    #[test]
    fn a_module_counts_code_data_and_memory() {
        let module = [
            b"\0asm\x01\0\0\0".to_vec(),
            section(0, b"\x04nameignored"),
            section(5, &[1, 0, 17]),                                    // one memory of 17 pages
            section(6, &[1, 0x7f, 1, 0x41, 0x80, 0x80, 0xc0, 0, 0x0b]), // the stack pointer starts at 1 MiB
            section(10, &[0; 100]),
            section(11, &[0; 50]),
        ]
        .concat();
        let sizes = wasm(&module).unwrap();
        assert_eq!(sizes, Sizes { text: 3 + 9 + 100, data: 50, bss: 65536 - 50 });
        assert_eq!(sizes.static_ram(), 65536);
    }

    #[test]
    fn a_module_that_ends_early_is_an_error() {
        let mut module = b"\0asm\x01\0\0\0".to_vec();
        module.extend([10, 100, 0]);
        assert!(wasm(&module).unwrap_err().contains("middle of a section"));
        assert!(wasm(b"\0asm\x01\0\0\0\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff").is_err());
    }

    #[test]
    fn this_very_program_has_all_three() {
        let program = std::env::current_exe().unwrap();
        if !cfg!(target_os = "linux") {
            return;
        }
        let sizes = Sizes::of(&program).unwrap();
        assert!(sizes.text > 100_000 && sizes.data > 1000 && sizes.bss > 0, "{sizes:?}");
    }

    #[test]
    fn a_text_file_is_refused_by_name() {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        let problem = Sizes::of(&manifest).unwrap_err().to_string();
        assert!(problem.contains("Cargo.toml") && problem.contains("neither ELF"), "{problem}");
    }
}
