//! The functions of the package.

pub mod running_images;
