//! The visitor's own images.

mod adding;
mod board;
mod board_touch;
mod camera;
mod folders;
mod held_out;
mod invalid_files;
mod large_board;
mod photographs;
mod training;
