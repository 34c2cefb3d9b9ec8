//! What the headers of a JPEG 2000 codestream ask of its decoder, known before it is decoded (ISO 15444-1, annexes A, B).
//!
//! A picture of a few hundred bytes may be cut into millions of tiles, precincts and code-blocks. The decoder keeps a
//! record of each, whether or not there is data for it.

use std::ops::RangeInclusive;

/// Tiles have numbers of 16 bits, of which the last is none.
const MOST_TILES: u64 = 65_535;
/// As many decompositions as a header can state.
const MOST_LEVELS: usize = 32;

const SIZ: u8 = 0x51;
const COD: u8 = 0x52;
const COC: u8 = 0x53;
const QCD: u8 = 0x5c;
const QCC: u8 = 0x5d;
const RGN: u8 = 0x5e;
const POC: u8 = 0x5f;
const SOT: u8 = 0x90;
const SOD: u8 = 0x93;
const EOC: u8 = 0xd9;
/// Segments that say nothing of the decoder's work: TLM, PLM, PLT, PPM, PPT, CRG, COM.
const OTHERS: [u8; 7] = [0x55, 0x57, 0x58, 0x60, 0x61, 0x63, 0x64];
/// Markers without a segment.
const BARE: RangeInclusive<u8> = 0x30..=0x3f;

/// The size of a picture and the costliest of the codings that any of its headers states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Codestream {
    x: Axis,
    y: Axis,
    /// How far apart the samples of each channel are, across and down.
    channels: Vec<(u8, u8)>,
    coding: Coding,
}

/// Where the picture and its tiles lie, on one axis of the reference grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Axis {
    start: u32,
    end: u32,
    tile: u32,
    first_tile: u32,
}

/// The costliest coding of any tile and channel.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Coding {
    layers: u16,
    levels: u8,
    /// Changes of the order of packets.
    progressions: u64,
    /// Exponents of the sides of a code-block, the least.
    block: (u8, u8),
    /// Exponents of the sides of a precinct, the least, by how often the picture was halved.
    precincts: [(u8, u8); MOST_LEVELS + 1],
}

impl Codestream {
    /// The headers of a codestream; none if a segment is not as long as its content.
    ///
    /// The decoder goes by contents, so that one which says otherwise could hide the next from us.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        let mut at = Cursor { bytes, position: 0 };
        if at.take()? != [0xff, 0x4f] || at.marker()? != SIZ {
            return None;
        }
        let mut stream = Self::sized(at.segment()?)?;
        let mut part_end = 0;
        // The decoder stops where there is no marker, and at one that it doesn't know.
        while let Some(marker) = at.marker() {
            match marker {
                SOT => {
                    let start = at.position - 2;
                    let [_, _, a, b, c, d, _, _] = *at.segment()? else { return None };
                    part_end = match u32::from_be_bytes([a, b, c, d]) {
                        0 => bytes.len(),
                        length => start + length as usize,
                    };
                }
                SOD => at.position = at.position.max(part_end),
                // Within the headers of a part it ends the headers alone.
                EOC if part_end >= at.position => at.position = part_end,
                COD => stream.coding.add_default(at.segment()?)?,
                COC => stream.coding.add_style(at.segment()?.get(stream.channel_bytes()..)?)?,
                QCD => check_quantization(at.segment()?)?,
                QCC => check_quantization(at.segment()?.get(stream.channel_bytes()..)?)?,
                RGN => {
                    if at.segment()?.len() != stream.channel_bytes() + 2 {
                        return None;
                    }
                }
                POC => {
                    let change = 5 + 2 * stream.channel_bytes();
                    stream.coding.progressions += (at.segment()?.len() / change) as u64;
                }
                marker if OTHERS.contains(&marker) => _ = at.segment()?,
                marker if BARE.contains(&marker) => {}
                _ => break,
            }
        }
        Some(stream)
    }

    fn sized(segment: &[u8]) -> Option<Self> {
        let (fixed, channels) = segment.split_at_checked(36)?;
        let mut words = fixed.get(2..34)?.as_chunks::<4>().0.iter().map(|word| u32::from_be_bytes(*word));
        let mut both = || Some((words.next()?, words.next()?));
        let (end, start, tile, first_tile) = (both()?, both()?, both()?, both()?);
        let (channels, rest) = channels.as_chunks::<3>();
        let count = u16::from_be_bytes(*fixed.last_chunk()?);
        let fits = |axis: &Axis| axis.tile > 0 && axis.first_tile <= axis.start && axis.start < axis.end;
        let x = Axis { start: start.0, end: end.0, tile: tile.0, first_tile: first_tile.0 };
        let y = Axis { start: start.1, end: end.1, tile: tile.1, first_tile: first_tile.1 };
        let whole = rest.is_empty() && channels.len() == usize::from(count) && fits(&x) && fits(&y);
        let channels: Vec<_> = channels.iter().map(|[_, across, down]| (*across, *down)).collect();
        if !whole || channels.iter().any(|(across, down)| *across == 0 || *down == 0) {
            return None;
        }
        let coding = Coding {
            layers: 1,
            levels: 0,
            progressions: 0,
            block: (10, 10),
            precincts: [(15, 15); MOST_LEVELS + 1],
        };
        Some(Self { x, y, channels, coding })
    }

    /// How many bytes a segment takes to name a channel.
    fn channel_bytes(&self) -> usize {
        if self.channels.len() < 257 { 1 } else { 2 }
    }

    /// How many channels there are.
    pub(super) fn channels(&self) -> usize {
        self.channels.len()
    }

    /// About how many tiles, precincts, code-blocks and layers of code-blocks the decoder keeps a record of, and
    /// packets it goes through.
    pub(super) fn parts(&self) -> u64 {
        let tiles = self.x.tiles() * self.y.tiles();
        if tiles > MOST_TILES {
            return u64::MAX;
        }
        let coding = &self.coding;
        let layers = u64::from(coding.layers);
        let mut sum: u64 = 0;
        for &(across, down) in &self.channels {
            let (columns, rows) = (self.x.spans(across), self.y.spans(down));
            for (level, precinct) in (0..=coding.levels).zip(coding.precincts) {
                let area = |shift, exponents: (u8, u8)| {
                    cells(&columns, shift, exponents.0).saturating_mul(cells(&rows, shift, exponents.1))
                };
                let half = |exponent: u8| exponent.saturating_sub(1);
                let block = (coding.block.0.min(half(precinct.0)), coding.block.1.min(half(precinct.1)));
                let packets = area(level, precinct).saturating_mul(1 + layers * (1 + coding.progressions));
                let blocks = area(level + 1, block).saturating_mul(1 + layers);
                // Three bands at each level.
                sum = sum.saturating_add(
                    3_u64.saturating_mul(tiles.saturating_add(packets).saturating_add(blocks)),
                );
            }
        }
        sum
    }
}

impl Coding {
    /// Takes in a default coding style (COD).
    fn add_default(&mut self, segment: &[u8]) -> Option<()> {
        let [style, _, a, b, _, rest @ ..] = segment else { return None };
        self.layers = self.layers.max(u16::from_be_bytes([*a, *b]));
        self.add(style & 1 == 1, rest)
    }

    /// Takes in the coding style of one channel (COC), after its number.
    fn add_style(&mut self, segment: &[u8]) -> Option<()> {
        let (style, rest) = segment.split_first()?;
        self.add(style & 1 == 1, rest)
    }

    fn add(&mut self, has_precincts: bool, parameters: &[u8]) -> Option<()> {
        let [levels, width, height, _, _, precincts @ ..] = parameters else { return None };
        let stated = if has_precincts { usize::from(*levels) + 1 } else { 0 };
        if usize::from(*levels) > MOST_LEVELS || precincts.len() != stated {
            return None;
        }
        self.levels = self.levels.max(*levels);
        let side = |exponent: u8| exponent.saturating_add(2);
        self.block = (self.block.0.min(side(*width)), self.block.1.min(side(*height)));
        // The smallest picture's come first.
        for (least, stated) in self.precincts.iter_mut().zip(precincts.iter().rev()) {
            *least = (least.0.min(stated & 0xf), least.1.min(stated >> 4));
        }
        Some(())
    }
}

impl Axis {
    fn tiles(&self) -> u64 {
        u64::from((self.end - self.first_tile).div_ceil(self.tile))
    }

    /// From where to where each tile has samples of a channel.
    fn spans(&self, apart: u8) -> Vec<(u64, u64)> {
        let (first, apart) = (u64::from(self.first_tile), u64::from(apart));
        let edge = |tile: u64| {
            let edge = first + tile * u64::from(self.tile);
            edge.clamp(self.start.into(), self.end.into()).div_ceil(apart)
        };
        (0..self.tiles()).map(|tile| (edge(tile), edge(tile + 1))).collect()
    }
}

/// Checks that the content of a quantization style (QCD, or QCC after its channel) is as long as its segment.
fn check_quantization(segment: &[u8]) -> Option<()> {
    let (style, sizes) = segment.split_first()?;
    let fits = match style & 0x1f {
        0 => true,
        1 => sizes.len() == 2,
        2 => sizes.len().is_multiple_of(2),
        _ => false,
    };
    fits.then_some(())
}

/// How many cells of a grid the spans touch when halved `shift` times, each span for itself.
fn cells(spans: &[(u64, u64)], shift: u8, exponent: u8) -> u64 {
    let touched = spans.iter().filter(|(start, end)| start < end).map(|(start, end)| {
        let (start, end) = (start >> shift, end.div_ceil(1 << shift));
        end.div_ceil(1 << exponent) - (start >> exponent)
    });
    touched.sum()
}

/// Where we are in the codestream.
struct Cursor<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> Cursor<'a> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let taken = *self.bytes.get(self.position..)?.first_chunk::<N>()?;
        self.position += N;
        Some(taken)
    }

    /// The code of the marker that comes next, if one does.
    fn marker(&mut self) -> Option<u8> {
        let [mark, code] = self.take()?;
        (mark == 0xff).then_some(code)
    }

    /// The segment after a marker, without its length.
    fn segment(&mut self) -> Option<&'a [u8]> {
        let length = usize::from(u16::from_be_bytes(self.take()?).checked_sub(2)?);
        let segment = self.bytes.get(self.position..)?.get(..length)?;
        self.position += length;
        Some(segment)
    }
}
