//! Finds what hangs together on a picture in black and white, row by row.
//! What it could be is left to those who ask.

/// Ink that hangs together, corners included, in pixels; right and bottom are the first outside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) left: usize,
    pub(crate) top: usize,
    pub(crate) right: usize,
    pub(crate) bottom: usize,
    /// How many of the pixels of its box are ink.
    pub(crate) area: usize,
}

impl Part {
    pub(crate) fn width(&self) -> f32 {
        (self.right - self.left) as f32
    }

    pub(crate) fn height(&self) -> f32 {
        (self.bottom - self.top) as f32
    }

    /// The share of its box that is ink.
    pub(crate) fn filled(&self) -> f32 {
        self.area as f32 / (self.width() * self.height())
    }

    fn add(&mut self, other: &Self) {
        (self.left, self.top) = (self.left.min(other.left), self.top.min(other.top));
        (self.right, self.bottom) = (self.right.max(other.right), self.bottom.max(other.bottom));
        self.area += other.area;
    }
}

/// What hangs together in rows of `width` pixels, by where each part begins.
pub(crate) fn parts(ink: &[bool], width: usize) -> Vec<Part> {
    let mut found = Found::default();
    // The runs of ink of the row before: where they begin and end, and their parts.
    let mut before: Vec<(usize, usize, usize)> = Vec::new();
    for (y, row) in ink.chunks_exact(width.max(1)).enumerate() {
        let mut runs = Vec::with_capacity(before.len());
        let (mut at, mut passed) = (0, 0);
        while let Some(start) = row.iter().skip(at).position(|ink| *ink).map(|gap| at + gap) {
            let end = row.iter().skip(start).position(|ink| !ink).map_or(width, |length| start + length);
            at = end;
            let part = found.part(Part { left: start, top: y, right: end, bottom: y + 1, area: end - start });
            while before.get(passed).is_some_and(|(_, end, _)| *end < start) {
                passed += 1;
            }
            for (_, _, other) in before.iter().skip(passed).take_while(|(left, _, _)| *left <= end) {
                found.join(*other, part);
            }
            runs.push((start, end, part));
        }
        before = runs;
    }
    let whole = found.parts.iter().zip(&found.within).enumerate();
    whole.filter(|(at, (_, within))| at == *within).map(|(_, (part, _))| *part).collect()
}

/// The parts found so far: each run of ink begins as one, and becomes a part of what it meets.
#[derive(Default)]
struct Found {
    parts: Vec<Part>,
    /// For each part the one that it became a part of, or itself.
    within: Vec<usize>,
}

impl Found {
    fn part(&mut self, part: Part) -> usize {
        self.parts.push(part);
        self.within.push(self.within.len());
        self.within.len() - 1
    }

    /// The part that `part` is of now.
    fn whole(&mut self, part: usize) -> usize {
        let mut at = part;
        while let Some(&over) = self.within.get(at).filter(|over| **over != at) {
            // Half the way is saved for the next time.
            let further = self.within.get(over).copied().unwrap_or(over);
            if let Some(within) = self.within.get_mut(at) {
                *within = further;
            }
            at = over;
        }
        at
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.whole(one), self.whole(other));
        let (first, second) = (one.min(other), one.max(other));
        let Some(part) = self.parts.get(second).copied().filter(|_| first != second) else { return };
        if let (Some(into), Some(within)) = (self.parts.get_mut(first), self.within.get_mut(second)) {
            into.add(&part);
            *within = first;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(rows: &[&str]) -> Vec<Part> {
        let ink: Vec<bool> = rows.concat().chars().map(|pixel| pixel == '#').collect();
        parts(&ink, rows[0].len())
    }

    #[test]
    fn what_meets_at_sides_or_corners_is_one() {
        let found = of(&["#..#..##", "##..#...", "....#..#", "#......#"]);
        let boxes: Vec<_> = found.iter().map(|it| (it.left, it.top, it.right, it.bottom, it.area)).collect();
        assert_eq!(
            boxes,
            [(0, 0, 2, 2, 3), (3, 0, 5, 3, 3), (6, 0, 8, 1, 2), (7, 2, 8, 4, 2), (0, 3, 1, 4, 1)]
        );
    }

    #[test]
    fn arms_that_meet_further_down_are_one() {
        let found = of(&["#.#.#", "#.#.#", "#####"]);
        assert_eq!(found, [Part { left: 0, top: 0, right: 5, bottom: 3, area: 11 }]);
        assert_eq!(of(&["#####", "#...#", "#.#.#", "#...#"]).len(), 2, "an island");
    }

    #[test]
    fn nothing_is_found_on_nothing() {
        assert_eq!(parts(&[], 0), []);
        assert_eq!(of(&["...", "..."]), []);
    }
}
