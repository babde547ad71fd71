//! Pictures that are not in the data.

use pollster::block_on;

use super::{run, small};
use crate::{
    config::*,
    data::{Dataset, SourceImage},
    error::Error,
    model::weights,
    protocol::{ImageRef, Split},
};

fn picture(width: u32, height: u32, rgba: Vec<u8>) -> SourceImage {
    SourceImage {
        name: "picture".into(),
        class: String::new(),
        domain: String::new(),
        test_only: false,
        width,
        height,
        rgba,
    }
}

#[test]
fn a_picture_of_the_data_that_is_predicted_rightly_gives_what_an_inspection_does() {
    let mut run = run(small(|it| it.training.epochs = 8));
    while !run.is_done() {
        run.advance();
    }
    for axis in [Axis::Spatial, Axis::Channel] {
        for (strategy, rounds) in [
            (Strategy::TopGradient, 1),
            (Strategy::TopGradient, 2),
            (Strategy::Off, 1),
        ] {
            let challenge = ChallengeConfig {
                axis,
                strategy,
                rounds,
                ..ChallengeConfig::default()
            };
            let mut right = 0;
            for index in 0..8 {
                let image = ImageRef {
                    domain: 0,
                    split: Split::Test,
                    index,
                };
                let seen = block_on(run.inspect(1, &challenge, &[image])).unwrap();
                let seen = seen.into_iter().next().unwrap();
                let item = run.item(image).unwrap();
                let given = run.fit(&picture(16, 16, Dataset::rgba(item))).unwrap();
                assert_eq!(given.pixels, item.pixels);
                let told = block_on(run.predict(1, &challenge, &given)).unwrap();
                assert_eq!(told.before, seen.before);
                let best = seen.before.iter().copied().reduce(f32::max).unwrap();
                assert_eq!(told.before[told.class], best);
                let labelled = block_on(run.predict_labelled(1, &challenge, item)).unwrap();
                assert_eq!(labelled.class, seen.label);
                assert_eq!(labelled.importance, seen.importance);
                assert_eq!(labelled.muted, seen.muted);
                assert_eq!(
                    (labelled.heat, labelled.after),
                    (seen.heat.clone(), seen.after.clone())
                );
                if told.class == seen.label {
                    right += 1;
                    assert_eq!(told.importance, seen.importance);
                    assert_eq!(told.muted, seen.muted);
                    assert_eq!((told.heat, told.after), (seen.heat, seen.after));
                    assert_eq!((told.axis, told.degenerate), (seen.axis, seen.degenerate));
                }
            }
            assert!(right > 0, "one that is predicted rightly");
        }
    }
}

#[test]
fn a_prediction_trains_nothing_and_is_fitted_as_the_data_are() {
    for (fit, grey) in [(Fit::CenterCrop, 200), (Fit::Contain, 100)] {
        let run = run(small(|it| it.data.fit = fit));
        let before = block_on(weights(&run.arms()[1].network)).unwrap();
        // Black, grey, black: cropped to the grey in the middle, or with the mean around all.
        let row = [[0, 0, 0, 255], [200, 200, 200, 255], [0, 0, 0, 255]];
        let pixels: Vec<u8> = (0..8)
            .flat_map(|_| row.map(|it| it.repeat(8)).concat())
            .collect();
        let item = run.fit(&picture(24, 8, pixels)).unwrap();
        assert_eq!(item.pixels.len(), 16 * 16 * 3);
        let first = if fit == Fit::CenterCrop { grey } else { 67 };
        assert_eq!(item.pixels[0], first);
        let challenge = ChallengeConfig::default();
        let told = block_on(run.predict(1, &challenge, &item)).unwrap();
        assert_eq!(told.muted.len(), 64);
        assert_eq!(before, block_on(weights(&run.arms()[1].network)).unwrap());
    }
    let run = run(small(|_| ()));
    for (width, height, bytes) in [(0, 0, 0), (4, 4, 63), (u32::MAX, u32::MAX, 4)] {
        let refused = run.fit(&picture(width, height, vec![0; bytes]));
        assert!(matches!(refused, Err(Error::Data(_))), "{width} × {height}");
    }
    let item = run.fit(&picture(1, 1, vec![9; 4])).unwrap();
    let challenge = ChallengeConfig::default();
    assert!(
        block_on(run.predict(2, &challenge, &item)).is_err(),
        "no such arm"
    );
    let wrong = ChallengeConfig {
        p: 2.0,
        ..ChallengeConfig::default()
    };
    assert!(matches!(
        block_on(run.predict(1, &wrong, &item)),
        Err(Error::Config(_))
    ));
}
