//! Where a small explanation goes beside what it explains, so that no edge of the screen cuts it.

/// Distance from the edges of the screen.
const EDGE: f64 = 8.0;
/// Distance from what is explained.
const APART: f64 = 6.0;
/// As wide as the text stays easy to read.
const WIDEST: f64 = 300.0;

/// What is explained, in pixels from the screen's upper left corner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Anchor {
    /// Left edge.
    pub(crate) left: f64,
    /// Upper edge.
    pub(crate) top: f64,
    /// Lower edge.
    pub(crate) bottom: f64,
}

/// Place of the explanation: `top` or `bottom`, never both, so that its height need not be known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Place {
    /// Distance of its left edge from the screen's.
    pub(crate) left: f64,
    /// Its width.
    pub(crate) width: f64,
    /// Distance of its upper edge from the screen's, where it stands below.
    pub(crate) top: Option<f64>,
    /// Distance of its lower edge from the screen's, where it stands above.
    pub(crate) bottom: Option<f64>,
}

/// Below the anchor, or above it in the lower half of a screen of `width` by `height`; moved left
/// where the right edge is near.
pub(crate) fn beside(anchor: Anchor, width: f64, height: f64) -> Place {
    let wide = WIDEST.min(width - 2.0 * EDGE).max(0.0);
    let left = anchor.left.min(width - EDGE - wide).max(EDGE);
    let above = anchor.top + anchor.bottom > height;
    Place {
        left,
        width: wide,
        top: (!above).then_some(anchor.bottom + APART),
        bottom: above.then_some(height - anchor.top + APART),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(left: f64, top: f64) -> Anchor {
        Anchor {
            left,
            top,
            bottom: top + 20.0,
        }
    }

    #[test]
    fn stays_on_the_screen() {
        for (width, height) in [
            (390.0, 844.0),
            (820.0, 1180.0),
            (1440.0, 900.0),
            (200.0, 300.0),
        ] {
            for across in 0..=10 {
                for down in 0..=10 {
                    let anchor = at(
                        width * f64::from(across) / 10.0,
                        height * f64::from(down) / 10.0,
                    );
                    let place = beside(anchor, width, height);
                    assert!(place.left >= EDGE, "{place:?}");
                    assert!(place.left + place.width <= width - EDGE + 1e-9, "{place:?}");
                    assert!(place.top.is_some() != place.bottom.is_some());
                }
            }
        }
    }

    #[test]
    fn stands_where_there_is_more_room() {
        assert_eq!(beside(at(40.0, 100.0), 390.0, 844.0).top, Some(126.0));
        let low = beside(at(40.0, 700.0), 390.0, 844.0);
        assert_eq!(low.bottom, Some(150.0));
        assert_eq!(low.left, 40.0);
        assert_eq!(beside(at(380.0, 100.0), 390.0, 844.0).left, 82.0);
    }
}
