//! A confusion matrix whose cells remember their images.

/// How often each true class was taken for each class, and on which images.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Confusion {
    classes: usize,
    /// Row by row, true class by predicted class: indices of the images.
    cells: Vec<Vec<usize>>,
}

impl Confusion {
    /// Counts pairs of true and predicted classes; a class out of range is left out.
    pub(crate) fn of(labels: &[u16], predicted: &[u16], classes: usize) -> Self {
        let mut cells = vec![Vec::new(); classes * classes];
        for (image, (&label, &class)) in labels.iter().zip(predicted).enumerate() {
            let (label, class) = (usize::from(label), usize::from(class));
            if label < classes && class < classes {
                cells[label * classes + class].push(image);
            }
        }
        Self { classes, cells }
    }

    /// Number of classes.
    pub(crate) fn classes(&self) -> usize {
        self.classes
    }

    /// Images of a true class that were given a class.
    pub(crate) fn cell(&self, label: usize, class: usize) -> &[usize] {
        let cell = self.cells.get(label * self.classes + class);
        cell.map_or(&[], Vec::as_slice)
    }

    /// Images of a true class.
    pub(crate) fn of_class(&self, label: usize) -> usize {
        (0..self.classes)
            .map(|class| self.cell(label, class).len())
            .sum()
    }

    /// Share of a true class that was given a class (its recall on the diagonal).
    pub(crate) fn share(&self, label: usize, class: usize) -> f64 {
        self.cell(label, class).len() as f64 / self.of_class(label).max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_image_stands_in_its_cell() {
        let confusion = Confusion::of(&[0, 1, 1, 0, 7], &[0, 0, 1, 0, 1], 2);
        assert_eq!(confusion.cell(0, 0), [0, 3]);
        assert_eq!(confusion.cell(1, 0), [1]);
        assert_eq!(confusion.cell(1, 1), [2]);
        assert_eq!(confusion.cell(0, 1), [] as [usize; 0]);
        assert_eq!(confusion.of_class(1), 2);
        assert!((confusion.share(1, 0) - 0.5).abs() < 1e-9);
        assert!(Confusion::of(&[], &[], 3).share(2, 2).abs() < 1e-9);
    }
}
