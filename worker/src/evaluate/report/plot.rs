//! Where the dots of a calibration plot stand.
//! Drawing them is left to the page, the figures to `calibration`.
//!
//! Both axes are stretched towards 1, as `-log(1 - p)`: nearly all values are there, and 0.99 is as far from 0.999 as it
//! is from 0.9.

use serde::Serialize;

use crate::evaluate::calibration::{Bin, Curve};

/// The plot's side, in the units of its own picture.
const SIDE: f64 = 240.0;
/// What is surer than this is drawn here.
const SUREST: f64 = 0.999;
/// The marks of both axes.
const TICKS: [f64; 6] = [0.0, 0.5, 0.9, 0.97, 0.99, SUREST];

/// One plot.
#[derive(Debug, Serialize)]
pub struct Plot<'a> {
    pub name: &'a str,
    pub curve: &'a Curve,
    pub dots: Vec<Dot<'a>>,
}

/// One bin: where its dot stands, and between where its true share lies with 95 % probability.
#[derive(Debug, Serialize)]
pub struct Dot<'a> {
    pub bin: &'a Bin,
    pub x: f64,
    pub y: f64,
    pub radius: f64,
    pub top: f64,
    pub bottom: f64,
}

/// A mark of both axes: the share, and how far it is from the origin.
#[derive(Debug, Serialize)]
pub struct Tick {
    pub share: f64,
    pub at: f64,
}

impl<'a> Plot<'a> {
    /// The plot of a curve.
    pub fn of(name: &'a str, curve: &'a Curve) -> Self {
        let dots = curve.bins.iter().map(|bin| {
            let (least, most) = bin.interval();
            let radius = (2.0 + 5.0 * (bin.values as f64 / curve.values as f64).sqrt()).min(7.0);
            Dot {
                bin,
                x: along(bin.stated),
                y: SIDE - along(bin.observed),
                radius: tenth(radius),
                top: SIDE - along(most),
                bottom: SIDE - along(least),
            }
        });
        Self { name, curve, dots: dots.collect() }
    }
}

/// The marks of both axes.
pub fn axis() -> Vec<Tick> {
    TICKS.map(|share| Tick { share, at: along(share) }).into()
}

/// How far along an axis a share is.
fn along(share: f64) -> f64 {
    let stretched = |share: f64| -(1.0 - share.clamp(0.0, SUREST)).ln();
    tenth(SIDE * stretched(share) / stretched(SUREST))
}

fn tenth(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_are_stretched_towards_one_and_end_there() {
        for (share, expected) in [(0.0, 0.0), (0.9, 80.0), (0.99, 160.0), (0.999, 240.0), (1.0, 240.0)] {
            assert_eq!(along(share), expected, "{share}");
        }
    }
}
