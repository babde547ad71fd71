//! Which values the ends of the heat maps' colours stand for, so that maps which are compared are
//! drawn on one scale.

use crate::ui::model::colour;

/// Lowest and highest value, where there is one.
pub(crate) type Ends = Option<(f32, f32)>;

/// The ends for each image, from `maps[j][k]`, which is what the j-th of the arms beside one another
/// makes of the k-th image: the same for all maps of an image, or `shared` by all of all images.
pub(crate) fn ends(maps: &[Vec<&[f32]>], shared: bool) -> Vec<Ends> {
    let images = maps.iter().map(Vec::len).max().unwrap_or(0);
    if shared {
        let all = maps.iter().flatten().copied().flatten();
        return vec![colour::range(all); images];
    }
    (0..images)
        .map(|k| {
            let of_image = maps.iter().filter_map(|arm| arm.get(k).copied());
            colour::range(of_image.flatten())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_maps_of_an_image_share_their_scale_across_arms() {
        let maps = [
            vec![&[0.0, 1.0][..], &[5.0, 6.0], &[f32::NAN]],
            vec![&[0.5, 4.0][..], &[-1.0, 2.0], &[f32::NAN]],
        ];
        assert_eq!(
            ends(&maps, false),
            [Some((0.0, 4.0)), Some((-1.0, 6.0)), None]
        );
        assert_eq!(ends(&maps, true), [Some((-1.0, 6.0)); 3]);
        // Alone, each image has its own.
        assert_eq!(
            ends(&maps[..1], false)[..2],
            [Some((0.0, 1.0)), Some((5.0, 6.0))]
        );
        assert!(ends(&[], true).is_empty());
    }
}
